"""docs/policies-reference.md has every word of policies.yaml, as the schema for editors knows them, and no other."""

import re
from pathlib import Path

import pytest

from router.policy.json_schema import policies_schema
from router.types import TASKS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "policies-reference.md").read_text(encoding="utf-8")
SCHEMA = policies_schema()


def section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def keys(heading: str) -> set[str]:
    """What stands in the first column of the table of a section."""
    first = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section(heading), re.MULTILINE)
    return {key for cell in first for key in re.findall(r"`(\w+)`", cell)}


def known(kind: str) -> set[str]:
    return set(SCHEMA["$defs"][kind]["properties"])


@pytest.mark.parametrize(("heading", "kind"), [("A policy", "Policy"), ("`when`", "When"), ("`budgets`", "Budget")])
def test_a_table_has_every_key_and_no_other(heading: str, kind: str) -> None:
    assert keys(heading) == known(kind)


def test_the_head_of_the_file_has_every_key_and_no_other() -> None:
    assert keys("The head of the file") == set(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("`guards`", ("Guard", "Never")),
        ("`rules`", ("Rule", "Set")),
        ("`budgets`", ("Budget", "Of", "Then")),
        ("`tests`", ("Trial", "Given", "Expect")),
    ],
)
def test_a_section_names_every_key(heading: str, kinds: tuple[str, ...]) -> None:
    text = section(heading)
    needed = set().union(*map(known, kinds)) - {"because"}
    assert {key for key in needed if not re.search(rf"[`{{]{key}[`:]", text)} == set()


def test_the_kinds_of_work_are_all_there_are() -> None:
    (row,) = re.findall(r"^\| `task` \| (.+?) \|$", section("`when`"), re.MULTILINE)
    assert tuple(row.split(", ")) == TASKS
