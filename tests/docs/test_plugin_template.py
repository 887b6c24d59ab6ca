"""The template of plug-ins passes the contract of providers as an installed package would, and its judge grades."""

import asyncio
import os
import subprocess
import sys
import tomllib
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "docs" / "examples" / "plugin"
PROJECT: dict[str, Any] = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def module(name: str) -> ModuleType:
    spec = spec_from_file_location(f"template_{name}", TEMPLATE / "fungible_echo" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def installed(folder: Path) -> Path:
    """The template as the metadata of an installed package has it."""
    (folder / "fungible_echo").symlink_to(TEMPLATE / "fungible_echo")
    info = folder / f"fungible_echo-{PROJECT['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {PROJECT['name']}\nVersion: {PROJECT['version']}\n", encoding="utf-8")
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {place}" for name, place in rows.items())])
        for group, rows in PROJECT["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n\n".join(groups) + "\n", encoding="utf-8")
    return folder


def test_the_template_passes_the_contract(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "tests/providers/test_provider_contract.py",
        "-k",
        "echo",
        "-rs",
    ]
    environment = {**os.environ, "PYTHONPATH": str(installed(tmp_path)), "COVERAGE_PROCESS_START": ""}
    shown = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout[-3000:] + shown.stderr[-2000:]
    assert "no tests ran" not in shown.stdout


def test_settings_that_are_not_known_are_refused_without_their_value() -> None:
    for name in ("provider", "judge"):
        with pytest.raises(ValueError, match="unknown key") as caught:
            module(name).create({"api_key": "a-secret"})
        assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "grades"), [("a", "bb", (1, 0)), ("bb", "a", (0, 1)), ("a", "b", (0.5, 0.5))]
)
def test_the_judge_grades_both_alike(first: str, second: str, grades: tuple[float, float]) -> None:
    from router.types import Comparison, Spoken, Ungraded

    anything: Any = None
    judge = module("judge").create({})
    pair = Comparison("1", date(2026, 1, 1), anything, anything, Spoken("x", first), Spoken("y", second))
    graded = asyncio.run(judge.grade(pair))
    assert (graded.original, graded.substitute) == grades
    nothing = Comparison("1", date(2026, 1, 1), anything, anything, Spoken("x", ""), Spoken("y", ""))
    assert isinstance(asyncio.run(judge.grade(nothing)), Ungraded)


def test_the_template_imports_what_a_stranger_may() -> None:
    for file in (TEMPLATE / "fungible_echo").glob("*.py"):
        ours = [
            line
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.startswith(("from router", "import router"))
        ]
        assert all(line.startswith(("from router.types", "from router.errors")) for line in ours)
