"""Files and functions stay short, names say what they are, and everything public says what it does."""

import ast
import re

import pytest

from architecture.source import ROOT, Module, modules

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)(_|$)")
OURS = [pytest.param(module, id=name) for name, module in modules().items()]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions(tree: ast.AST) -> list[Definition]:
    """Every function and class, inner ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, Definition)]


def public(body: list[ast.stmt]) -> list[Definition]:
    """The public functions and classes of a module, with the public methods of those classes."""
    definitions = [node for node in body if isinstance(node, Definition) and not node.name.startswith("_")]
    return definitions + [
        method for node in definitions if isinstance(node, ast.ClassDef) for method in public(node.body)
    ]


def test_there_is_a_house_to_look_at() -> None:
    assert {"router.decision.decide", "router.types", "providers.gpt"} <= set(modules())


@pytest.mark.parametrize("module", OURS)
def test_files_and_functions_are_short(module: Module) -> None:
    assert module.lines <= LONGEST_FILE
    for node in definitions(module.tree):
        if not isinstance(node, ast.ClassDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("module", OURS)
def test_every_module_and_everything_public_has_a_docstring(module: Module) -> None:
    assert ast.get_docstring(module.tree)
    assert [node.name for node in public(module.tree.body) if not ast.get_docstring(node)] == []


def test_no_file_has_a_vague_name() -> None:
    places = [path for top in ("router", "providers", "tests", "seeds") for path in (ROOT / top).rglob("*")]
    assert places
    assert [path.name for path in places if VAGUE.search(path.stem)] == []


@pytest.mark.parametrize("module", OURS)
def test_no_class_has_a_vague_name(module: Module) -> None:
    words = [re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower() for node in definitions(module.tree)]
    assert [word for word in words if VAGUE.search(word)] == []


def test_test_files_are_short_too() -> None:
    long = {
        path.name: count
        for path in (ROOT / "tests").rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}
