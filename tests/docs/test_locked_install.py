"""The lock file and the bill of materials say what the default install takes."""

import json
import re
import tomllib
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
INSTALL = REPOSITORY / "docs" / "install"
LOCK = (INSTALL / "requirements.lock").read_text(encoding="utf-8")
LOCKED = [Requirement(row) for row in re.findall(r"^([^ #\n][^\\\n]*?) *\\$", LOCK, flags=re.MULTILINE)]
LINUX = {**default_environment(), "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
BILLED = {key: str(value) for key, value in LINUX.items()} | {"python_version": "3.11", "python_full_version": "3.11.0"}


def version(row: Requirement) -> str:
    (pin,) = row.specifier
    assert pin.operator == "==", row
    return pin.version


def needed() -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(words) for words in project["dependencies"]]


def test_every_dependency_is_locked_at_releases_that_are_allowed() -> None:
    for requirement in needed():
        name = canonicalize_name(requirement.name)
        pins = [version(row) for row in LOCKED if canonicalize_name(row.name) == name]
        assert pins, f"{requirement} is not locked"
        assert all(pin in requirement.specifier for pin in pins), f"{requirement} is locked at {pins}"


def test_every_release_has_hashes() -> None:
    releases = re.split(r"^(?=[^ \n])", LOCK, flags=re.MULTILINE)[1:]
    assert len(releases) == len(LOCKED) > 20
    assert all("--hash=sha256:" in release for release in releases)


def test_the_bill_lists_what_the_lock_installs_on_linux() -> None:
    listed = json.loads((INSTALL / "sbom.json").read_text(encoding="utf-8"))["components"]
    installed = [row for row in LOCKED if row.marker is None or row.marker.evaluate(BILLED)]
    bill = {canonicalize_name(row["name"]): row["version"] for row in listed}
    assert bill == {canonicalize_name(row.name): version(row) for row in installed}
    # tiktoken declares the text of its licence (MIT), not its name.
    assert [row["name"] for row in listed if not row.get("licenses")] == ["tiktoken"]
