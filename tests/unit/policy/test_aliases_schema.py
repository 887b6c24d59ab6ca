"""The schema of aliases.yaml takes what the loader takes, and refuses what an editor should mark."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from cli.running import fungible

from router.config.files.yaml_source import parse
from router.config.load import SEEDS
from router.policy.aliases_schema import aliases_schema

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "aliases.md").read_text(encoding="utf-8")
WHOLE = """
aliases:
  a:
    because: x
    versions: [one, two]
    never_worse: {margin: 0.02, alpha: 0.05, give_up: 1000}
    tasks: law
    steps: [0.1, {share: 1, after: 1 day, pairs: 5}]
    after: 1 hour
    pairs: 50
    holdback: 0.05
    unit: user
    shadow: {sample: 0.1, judge: {model: judge, own_family: flag}, budget: 5 USD}
    guardrails: {errors: 0.02, slow: {beyond: 5 s, by: 0.05}}
"""


def faults(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(aliases_schema())
    return [fault.message for fault in validator.iter_errors(parse(text.encode(), "a").data)]


@pytest.mark.parametrize(
    "text",
    [(SEEDS / "aliases.yaml").read_text(encoding="utf-8"), WHOLE, *re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)],
)
def test_files_that_load_fit(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(aliases_schema())
    assert faults(text) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("because: x", "why: x"),
        ("margin: 0.02", "margin: 2"),
        ("tasks: law", "tasks: lore"),
        ("unit: user", "unit: me"),
    ],
)
def test_what_an_editor_should_mark_does_not(right: str, wrong: str) -> None:
    assert right in WHOLE
    assert faults(WHOLE.replace(right, wrong)) != []


def test_the_command_writes_it_and_says_how_to_use_it(tmp_path: Path) -> None:
    assert json.loads(fungible(tmp_path, "alias", "schema").stdout) == aliases_schema()
    shown = fungible(tmp_path, "alias", "schema", "--out", "a.json")
    assert "# yaml-language-server: $schema=a.json" in shown.stdout
    assert fungible(tmp_path, "alias", "schema", "--out", "no/a.json").returncode == 2
