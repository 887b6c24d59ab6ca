"""Every promise of the threat model names tests, and every test that it names exists."""

import ast
import re

import pytest
from architecture.source import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def promises(text: str) -> list[str]:
    """The rows of the tables of promises, without their heads."""
    section = text.split("\n## The promises\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.startswith("| promise |")]


def missing(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    return sorted(f"{path}::{name}" for path, name in _NAMED.findall(text) if name not in _tests_of(path))


def _tests_of(path: str) -> set[str]:
    """The names of a file's tests."""
    if not (ROOT / path).is_file():
        return set()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_every_test_that_is_named_exists() -> None:
    assert missing(PAGE) == []


def test_there_are_promises() -> None:
    assert len(promises(PAGE)) > 20


@pytest.mark.parametrize("row", promises(PAGE), ids=lambda row: row.split("|")[1].strip())
def test_every_promise_says_how_where_it_ends_and_what_holds_it(row: str) -> None:
    promise, how, end, held = (cell.strip() for cell in row.strip("| ").split(" | "))
    assert all((promise, how, end))
    assert _NAMED.search(held)


def test_a_test_that_is_not_there_is_named() -> None:
    here = "tests/docs/test_threat_model.py"
    text = f"`{here}::test_there_are_promises`, `{here}::test_gone` and `tests/docs/test_gone.py::test_it`"
    assert missing(text) == ["tests/docs/test_gone.py::test_it", f"{here}::test_gone"]
