"""Imports point down, pure modules know nothing of the world, and only the top row loads providers."""

import ast
import sys

import pytest

from architecture.source import Module, module_of, modules

ROWS = [
    {"api", "cli", "bench"},
    {"service", "answering", "calling", "hedging", "fleet", "governing", "pairing", "judging", "setup", "spending"}
    | {"keys", "metering", "trail", "affinity"}
    | {"config", "ledger", "policy", "tokens", "billing", "bookkeeping"},
    {
        "decide",
        "anchoring",
        "attempts",
        "placing",
        "breakers",
        "receipts",
        "asking",
        "explaining",
        "flips",
        "accounting",
    },
    {
        "features",
        "candidates",
        "scoring",
        "conditions",
        "budgets",
        "ramps",
        "ramping",
        "rates",
        "money",
        "evidence",
        "reading",
        "proving",
    },
    {"errors"},
    {"types"},
]
# Beside the rows: a leaf that any row may stand on, for it imports nothing of ours.
LEAVES = {"ids"}
PURE = set().union(*ROWS[2:])
CHANCE = {"time", "random", "secrets", "uuid"}
SYSTEM = {"os", "sys", "io", "pathlib", "logging", "shutil", "tempfile", "subprocess", "threading", "multiprocessing"}
OUTSIDE = {"socket", "asyncio", "urllib", "http", "sqlite3", "asyncpg", "tiktoken", "fastapi", "yaml"}
WORLD = CHANCE | SYSTEM | OUTSIDE
CLOCKS = {"now", "today", "utcnow"}
# What the router depends on in any case: shapes of settings, and the bytes on the wire to a backend.
LIBRARIES = {"pydantic", "annotated_types", "httptools", "orjson"}
OURS = [pytest.param(module, id=name) for name, module in modules().items()]
ROUTER = [param for param in OURS if str(param.id).startswith("router.")]
PROVIDERS = [param for param in OURS if str(param.id).startswith("providers")]


def part(name: str) -> str:
    """The part of the house that a module belongs to: `router.api.chat` to `api`."""
    return [*name.split("."), ""][1]


def row(name: str) -> int:
    """How far down a module stands."""
    return next(place for place, parts in enumerate(ROWS) if part(name) in parts)


def ours(module: Module, *, at_run_time: bool = False) -> set[str]:
    """The modules of ours that a module imports."""
    return {found for name in module.imports(at_run_time=at_run_time) if (found := module_of(name))}


@pytest.mark.parametrize("module", ROUTER)
def test_every_module_has_a_row(module: Module) -> None:
    assert part(module.name) in set().union(*ROWS) | LEAVES


@pytest.mark.parametrize("module", ROUTER)
def test_imports_point_down(module: Module) -> None:
    below = [name for name in ours(module) if part(name) not in LEAVES | {""}]
    if part(module.name) in LEAVES:
        assert not below
        return
    assert [name for name in below if name.startswith("router") and row(name) < row(module.name)] == []


@pytest.mark.parametrize(
    "module", [p for p in ROUTER if part(str(p.id)) in PURE and not str(p.id).startswith("router.reading.training")]
)
def test_pure_modules_know_nothing_of_the_world(module: Module) -> None:
    assert {name.split(".")[0] for name in module.imports()} & WORLD == set()
    assert {part(name) for name in ours(module)} & LEAVES == set()
    called = {node.func.attr for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _method(node)}
    assert called & CLOCKS == set()
    names = {node.func.id for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _function(node)}
    assert names & {"open", "print", "input", "eval", "exec", "__import__"} == set()


def _method(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute)


def _function(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name)


@pytest.mark.parametrize("module", PROVIDERS)
def test_a_provider_imports_what_a_stranger_could(module: Module) -> None:
    for name in module.imports():
        top = name.split(".")[0]
        assert top in {*sys.stdlib_module_names, *LIBRARIES, "providers"} or (module_of(name) or "").startswith(
            ("router.types", "router.errors")
        ), name


@pytest.mark.parametrize("module", ROUTER)
def test_only_the_top_row_loads_providers(module: Module) -> None:
    loads = {name for name in module.imports() if name.startswith(("providers", "importlib.metadata"))}
    if module.name != "router.api.assembly" and part(module.name) not in {"cli", "bench"}:
        assert loads == set()


def test_there_are_no_cycles_at_run_time() -> None:
    edges = {name: ours(module, at_run_time=True) - {name} for name, module in modules().items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in edges:
        visit(name, ())
    assert done == set(edges)
