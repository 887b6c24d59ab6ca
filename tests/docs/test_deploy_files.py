"""The files for deployment fit the product: commands and options exist, probes, ports, names and metrics are right."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from docs.helm_chart import CHART, chart, resources
from docs.kustomize import documents, rendered
from router.api.http.authentication import OPEN
from router.cli import app
from router.config import load

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
KUSTOMIZE = DEPLOY / "kustomize"
OVERLAYS = ("single", "postgres")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
ENVOY: dict[str, Any] = yaml.safe_load((DEPLOY / "envoy.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
PORT = 8000


def options_of(*words: str) -> tuple[set[str], set[str]]:
    """The options of a command, and the variables that it reads."""
    command: Any = get_command(app)
    for word in words:
        command = command.commands[word]
    flags = {name for parameter in command.params for name in parameter.opts}
    return flags, {str(parameter.envvar) for parameter in command.params if parameter.envvar}


def the(kind: str, overlay: str) -> dict[str, Any]:
    (resource,) = [resource for resource in rendered(KUSTOMIZE / "overlays" / overlay) if resource["kind"] == kind]
    return resource


def container(overlay: str) -> dict[str, Any]:
    pod: dict[str, Any] = the("Deployment", overlay)["spec"]["template"]["spec"]["containers"][0]
    return pod


def jobs() -> list[dict[str, Any]]:
    return [job for file in sorted(KUSTOMIZE.glob("*.yaml")) for job in documents(file)]


def commands() -> list[list[str]]:
    """Every list of words that is given to `fungible`."""
    served = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])
    in_jobs = [job["spec"]["template"]["spec"]["containers"][0]["args"] for job in jobs()]
    compose = [row["command"] for name, row in COMPOSE["services"].items() if name.startswith("router")]
    return [served, *in_jobs, *compose, *(container(overlay)["args"] for overlay in OVERLAYS)]


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words)[:40])
def test_every_command_has_its_options(words: list[str]) -> None:
    path = ("serve",) if words[0] == "serve" else tuple(words[:2])
    flags, _ = options_of(*path)
    assert {word for word in words if word.startswith("--")} <= flags
    if path == ("serve",):
        assert words[words.index("--host") + 1] == "0.0.0.0" and words[words.index("--port") + 1] == str(PORT)


def test_every_variable_is_one_that_is_read() -> None:
    known = options_of("serve")[1] | {"FUNGIBLE_ADMIN_KEY"}
    names = set(re.findall(r"FUNGIBLE_[A-Z_]+", DOCKERFILE)) | set(COMPOSE["x-router"]["environment"])
    for overlay in OVERLAYS:
        names |= {row["name"] for row in container(overlay)["env"]}
    for job in jobs():
        names |= {row["name"] for row in job["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert {name for name in names if name.startswith("FUNGIBLE_")} <= known


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_probes_and_ports_are_the_servers(overlay: str) -> None:
    pod = container(overlay)
    (port,) = pod["ports"]
    assert port["containerPort"] == PORT
    probes = {name: pod[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    paths = {name: probe["path"] for name, probe in probes.items()}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(paths.values()) <= OPEN
    assert the("Service", overlay)["spec"]["ports"][0]["targetPort"] == port["name"]
    assert the("NetworkPolicy", overlay)["spec"]["ingress"][0]["ports"][0]["port"] == PORT


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_has_the_time_that_it_needs_to_end(overlay: str) -> None:
    words = container(overlay)["args"]
    lame, drain = (int(words[words.index(name) + 1]) for name in ("--lame-duck", "--drain"))
    probe = container(overlay)["readinessProbe"]
    cut_s = 4
    assert (
        the("Deployment", overlay)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > lame + drain + cut_s
    )
    assert lame > probe["periodSeconds"] * probe["failureThreshold"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_that_is_mounted_is_there_and_the_root_is_read_only(overlay: str) -> None:
    spec = the("Deployment", overlay)["spec"]["template"]["spec"]
    pods = [spec, *(job["spec"]["template"]["spec"] for job in jobs())]
    for pod in pods:
        assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == {
            row["name"] for row in pod["volumes"]
        }
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 10001
    assert "subPath" not in json.dumps(pods), "a file that is mounted alone never changes"
    names = {resource["metadata"]["name"] for resource in rendered(KUSTOMIZE / "overlays" / overlay)}
    maps = [row["configMap"]["name"] for row in spec["volumes"] if "configMap" in row]
    assert set(maps) <= names


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_config_map_is_a_configuration(overlay: str, tmp_path: Path) -> None:
    for name, text in the("ConfigMap", overlay)["data"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert load(tmp_path).default_policy == "balanced"


def test_one_server_alone_writes_a_file_and_several_share_a_ledger() -> None:
    alone = the("Deployment", "single")["spec"]
    assert alone["strategy"] == {"type": "Recreate"} and alone["replicas"] == 1
    assert "FUNGIBLE_LEDGER" not in {row["name"] for row in container("single")["env"]}
    assert the("Deployment", "postgres")["spec"]["replicas"] > 1
    assert {"FUNGIBLE_LEDGER", "FUNGIBLE_LEDGER_KEY"} <= {row["name"] for row in container("postgres")["env"]}
    assert the("HorizontalPodAutoscaler", "postgres")["spec"]["scaleTargetRef"]["name"] == "fungible"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_takes_what_is_rendered(overlay: str) -> None:
    validate = pytest.importorskip("kubernetes_validate")
    for resource in (*rendered(KUSTOMIZE / "overlays" / overlay), *jobs()):
        validate.validate(resource, validate.latest_version(), strict=True)


def test_the_valkey_of_the_component_is_the_one_that_the_servers_may_ask() -> None:
    validate = pytest.importorskip("kubernetes_validate")
    made = {row["kind"]: row for row in documents(KUSTOMIZE / "components" / "valkey" / "valkey.yaml")}
    for resource in made.values():
        validate.validate(resource, validate.latest_version(), strict=True)
    (port,) = made["Service"]["spec"]["ports"]
    pod = made["Deployment"]["spec"]["template"]
    assert port["targetPort"] == pod["spec"]["containers"][0]["ports"][0]["name"]
    assert pod["metadata"]["labels"] == made["Service"]["spec"]["selector"]
    out = the("NetworkPolicy", "postgres")["spec"]["egress"][1]["ports"]
    assert port["port"] in [row["port"] for row in out]
    asked = made["NetworkPolicy"]["spec"]["ingress"][0]["from"][0]["podSelector"]
    assert asked == the("NetworkPolicy", "postgres")["spec"]["podSelector"]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_renders_the_same(overlay: str) -> None:
    folder = KUSTOMIZE / "overlays" / overlay
    shown = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True).stdout

    def sorted_by_kind(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(resources, key=lambda resource: str(resource["kind"]))

    theirs = [document for document in yaml.safe_load_all(shown) if document]
    assert sorted_by_kind(theirs) == sorted_by_kind(rendered(folder))


def test_the_chart_is_made_of_the_same_files() -> None:
    kept = {str(file.relative_to(CHART)): file.read_text(encoding="utf-8") for file in CHART.rglob("*.yaml")}
    assert kept == chart(), "run `python -m docs.helm_chart` in tests/"


def test_with_its_own_values_the_chart_says_what_kustomize_does() -> None:
    values = {**yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8")), "serviceMonitor": True}

    def block(match: re.Match[str]) -> str:
        return "\n" + textwrap.indent(yaml.safe_dump(values[match[1]]), int(match[2]) * " ")

    made = []
    for file in (CHART / "templates").iterdir():
        text = re.sub(r"^\{\{- (if|end).*\}\}$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        text = re.sub(r" \{\{- toYaml \.Values\.(\w+) \| nindent (\d+) \}\}", block, text)
        text = re.sub(r"\{\{ \.Values\.(\w+) \}\}", lambda match: str(values[match[1]]), text)
        assert "{{" not in text
        made.append(yaml.safe_load(text))
    assert sorted(made, key=str) == sorted(resources(), key=str)


def test_the_image_is_small_in_rights() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users == ["10001:10001"]
    assert re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE) == ['["fungible"]']
    assert f"127.0.0.1:{PORT}/healthz" in DOCKERFILE and "STOPSIGNAL SIGTERM" in DOCKERFILE
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists() and f"!{name}" in kept


def test_what_is_removed_from_the_image_is_never_read(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("shrink", DEPLOY / "shrink.py")
    assert spec and spec.loader
    shrink = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shrink)
    gone = (
        "numpy/f2py/__init__.py",
        "numpy/__init__.pyi",
        "uvloop/loop.pyx",
        "pygments/lexers/rust.py",
        "a/tests/b.py",
    )
    kept = ("numpy/__init__.py", "numpy/core.so", "router/page/static/page.css", "a/licence.txt", "tzdata/__init__.py")
    lexers = [f"pygments/lexers/{name}" for name in shrink.LEXERS]
    for name in (*gone, *kept, *lexers):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shrink.remove(tmp_path)
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()} == {*kept, *lexers}
    for name in (*shrink.OURS, *shrink.EXTRAS):
        assert importlib.util.find_spec(name) is not None


def test_compose_names_files_and_services_that_are_there() -> None:
    services, made = COMPOSE["services"], {"./config", *COMPOSE["volumes"]}
    for service in services.values():
        sources = [volume.split(":")[0] for volume in service.get("volumes", ())]
        assert [source for source in sources if source not in made and not (DEPLOY / source).exists()] == []
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert services["router-1"]["read_only"] is True


def test_envoy_and_prometheus_ask_the_servers_of_compose() -> None:
    servers = {f"{name}:{PORT}" for name in COMPOSE["services"] if name.startswith("router")}
    prometheus = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text(encoding="utf-8"))
    assert set(prometheus["scrape_configs"][0]["static_configs"][0]["targets"]) == servers
    (cluster,) = ENVOY["static_resources"]["clusters"]
    rows = [
        row["endpoint"]["address"]["socket_address"]
        for row in cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    ]
    assert {f"{row['address']}:{row['port_value']}" for row in rows} == servers


def test_envoy_never_makes_a_call_twice() -> None:
    text = json.dumps(ENVOY)
    retries = re.findall(r'"retry_on": "([^"]*)"', text)
    assert retries == ["connect-failure,refused-stream"]
    (cluster,) = ENVOY["static_resources"]["clusters"]
    assert cluster["health_checks"][0]["http_health_check"]["path"] == "/readyz"
    assert cluster["outlier_detection"]["enforcing_consecutive_5xx"] == 0


def test_envoy_takes_its_file() -> None:
    envoy = shutil.which("envoy") or shutil.which("envoy", path=str(Path(sys.executable).parent))
    if envoy is None:
        pytest.skip("no envoy")
    shown = subprocess.run(
        [envoy, "--mode", "validate", "-c", DEPLOY / "envoy.yaml"], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr


def test_the_dashboard_asks_for_metrics_that_are_there() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    source = (ROOT / "router" / "api" / "prometheus.py").read_text(encoding="utf-8")
    known = set(re.findall(r'"(fungible_[a-z_]+)"', source))
    for panel in dashboard["panels"]:
        for name in re.findall(r"fungible_[a-z_]+", panel["targets"][0]["expr"]):
            assert name.removesuffix("_total") in known, name
        assert panel["datasource"]["uid"] == "prometheus"
