"""The page on scenarios is true: its example runs as it says, and it names every key, measure and option."""

import re
from dataclasses import fields
from pathlib import Path

from cli.running import fungible

from router.scenarios.measures.all_measures import MEASURES
from router.scenarios.scenario import Askers, Auditor, Course, Event, Population, Scenario, Setting, Traffic

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)(?::[^`]*)?`", PAGE)) | set(re.findall(r"`\w+: ?([\w]+)`", PAGE))


def test_the_worked_example_runs_as_it_is_written(tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if block.startswith("name:"))
    (tmp_path / "mine.yaml").write_text(example, encoding="utf-8")
    commands = [line.split()[1:] for line in re.findall(r"fungible scenario run mine\.yaml.*", PAGE) if "--" in line]
    for words in (["scenario", "run", "mine.yaml"], *commands):
        shown = fungible(tmp_path, *words, columns="80")
        assert shown.returncode == 0, shown.stderr
        assert "of the work goes to mai-1 at the end" in " ".join(shown.stdout.split())


def test_every_key_is_named() -> None:
    keys = {
        field.name
        for shape in (Scenario, Traffic, Askers, Event, Course, Population, Auditor, Setting)
        for field in fields(shape)
    }
    assert keys - NAMED - {"title", "name", "of"} == set()


def test_every_measure_is_named() -> None:
    assert set(MEASURES) - NAMED == set()
