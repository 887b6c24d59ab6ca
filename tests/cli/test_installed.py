"""An installed wheel, far from the checkout, carries what it needs."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_the_seeds_and_runs(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "wheels")]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = (tmp_path / "wheels").iterdir()
    far = tmp_path / "a far place"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(far)
    assert {f"seeds/{name}" for name in ("catalog.yaml", "prices.yaml", "workload.jsonl", "facts.yaml")} <= names
    page = ("templates/base.html", "texts/ko.json", "static/page.css", "static/vendor/codemirror.js")
    assert {f"router/page/{name}" for name in page} <= names
    assert not [name for name in names if name.startswith("tests")]
    run = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from router.cli import main; main()"]
    shown = subprocess.run([*run, "explain", "hi", "--json"], cwd=far, capture_output=True, text=True, check=False)
    assert json.loads(shown.stdout)["chosen"], shown.stderr
