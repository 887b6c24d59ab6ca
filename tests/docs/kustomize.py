"""Renders an overlay as far as ours need it: resources and JSON patches; a test compares with kubectl where it is."""

from pathlib import Path
from typing import Any

import yaml


def documents(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document]


def rendered(folder: Path) -> list[dict[str, Any]]:
    (plan,) = documents(folder / "kustomization.yaml")
    resources: list[dict[str, Any]] = []
    for name in plan["resources"]:
        place = folder / name
        resources += rendered(place) if place.is_dir() else documents(place)
    for patch in plan.get("patches", ()):
        (target,) = [one for one in resources if matches(one, patch["target"])]
        for step in yaml.safe_load(patch["patch"]):
            applied(target, step)
    return resources


def matches(resource: dict[str, Any], target: dict[str, str]) -> bool:
    return (resource["kind"], resource["metadata"]["name"]) == (target["kind"], target["name"])


def applied(target: Any, step: dict[str, Any]) -> None:
    *path, last = step["path"].strip("/").split("/")
    for word in path:
        target = target[int(word)] if isinstance(target, list) else target[word]
    if isinstance(target, list):
        if last == "-":
            target.append(step["value"])
        else:
            target[int(last)] = step["value"]
    else:
        assert step["op"] == "add" or last in target, step["path"]
        target[last] = step["value"]
