"""Makes the Helm chart of the same files as Kustomize: `cd tests && python -m docs.helm_chart` writes it anew."""

from pathlib import Path
from typing import Any

import yaml

from docs.kustomize import documents, rendered
from router import __version__

ROOT = Path(__file__).resolve().parents[2]
KUSTOMIZE = ROOT / "docs" / "deploy" / "kustomize"
CHART = ROOT / "docs" / "deploy" / "helm" / "fungible"
HEAD = "# Made of docs/deploy/kustomize by tests/docs/helm_chart.py: change it there.\n"
MONITOR = "serviceMonitor"
# Where a value of the chart is in the resources of the overlay `postgres`, and how deep a nested one is written.
PLACES: dict[str, tuple[str, tuple[Any, ...], int]] = {
    "image": ("Deployment", ("spec", "template", "spec", "containers", 0, "image"), 0),
    "resources": ("Deployment", ("spec", "template", "spec", "containers", 0, "resources"), 12),
    "minReplicas": ("HorizontalPodAutoscaler", ("spec", "minReplicas"), 0),
    "maxReplicas": ("HorizontalPodAutoscaler", ("spec", "maxReplicas"), 0),
    "targetCpu": ("HorizontalPodAutoscaler", ("spec", "metrics", 0, "resource", "target", "averageUtilization"), 0),
    "maxUnavailable": ("PodDisruptionBudget", ("spec", "maxUnavailable"), 0),
    "clients": ("NetworkPolicy", ("spec", "ingress", 0, "from"), 8),
    "egress": ("NetworkPolicy", ("spec", "egress"), 4),
    "files": ("ConfigMap", ("data",), 4),
}


def resources() -> list[dict[str, Any]]:
    """The overlay; how many servers there are is the autoscaler's, which an upgrade of the chart must not undo."""
    made = rendered(KUSTOMIZE / "overlays" / "postgres")
    for resource in made:
        if resource["kind"] == "Deployment":
            del resource["spec"]["replicas"]
    return [*made, *documents(KUSTOMIZE / "components" / "prometheus" / "service-monitor.yaml")]


def chart() -> dict[str, str]:
    """Every file of the chart, by its path in it."""
    made = {resource["kind"]: resource for resource in resources()}
    values: dict[str, Any] = {MONITOR: False}
    for name, (kind, (*path, last), depth) in PLACES.items():
        part: Any = made[kind]
        for word in path:
            part = part[word]
        values[name], part[last] = part[last], f"Z-{name}-{depth}-Z"
    about = {
        "apiVersion": "v2",
        "name": "fungible",
        "description": "Several servers on one ledger in PostgreSQL",
        "type": "application",
        "version": __version__,
        "appVersion": __version__,
    }
    return {
        "Chart.yaml": HEAD + _written(about),
        "values.yaml": HEAD + _written(values),
        **{f"templates/{kind.lower()}.yaml": HEAD + _template(kind, made[kind]) for kind in made},
    }


def _template(kind: str, resource: dict[str, Any]) -> str:
    text = _written(resource)
    for name, (_, _, depth) in PLACES.items():
        value = f" {{{{- toYaml .Values.{name} | nindent {depth} }}}}" if depth else f" {{{{ .Values.{name} }}}}"
        text = text.replace(f" Z-{name}-{depth}-Z", value)
    return f"{{{{- if .Values.{MONITOR} }}}}\n{text}{{{{- end }}}}\n" if kind == "ServiceMonitor" else text


class _Dumper(yaml.SafeDumper):
    """Files in a file as they are written."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _written(data: dict[str, Any]) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


if __name__ == "__main__":
    for name, text in chart().items():
        (CHART / name).parent.mkdir(parents=True, exist_ok=True)
        (CHART / name).write_text(text, encoding="utf-8")
