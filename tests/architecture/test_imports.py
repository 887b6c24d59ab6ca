"""Pure modules know nothing of the world, providers import what a stranger could, and few load them."""

import ast
import sys

import pytest

from architecture.layout import PURE
from architecture.source import Module, module_of, modules

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


# It writes the `__init__` of records, of the names of their fields alone, as dataclasses do.
WRITTEN_CODE = {"router.types.records.quick_records": {"exec"}}


def ours(module: Module) -> set[str]:
    """The modules of ours that a module imports."""
    return {target for name in module.imports() if (target := module_of(name))}


@pytest.mark.parametrize(
    "module", [p for p in ROUTER if part(str(p.id)) in PURE and not str(p.id).startswith("router.reading.training")]
)
def test_pure_modules_know_nothing_of_the_world(module: Module) -> None:
    assert {name.split(".")[0] for name in module.imports()} & WORLD == set()
    assert {part(name) for name in ours(module)} & {"ids", "tokens"} == set()
    called = {node.func.attr for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _method(node)}
    assert called & CLOCKS == set()
    names = {node.func.id for node in ast.walk(module.tree) if isinstance(node, ast.Call) and _function(node)}
    assert names & {"open", "print", "input", "eval", "exec", "__import__"} == WRITTEN_CODE.get(module.name, set())


def _method(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute)


def _function(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name)


def reached_from(name: str) -> set[str]:
    """All that is imported with a module, before any function of it runs."""
    left, reached = [name], set[str]()
    while left:
        if (name := left.pop()) not in reached:
            reached.add(name)
            imported = modules()[name].imports(at_run_time=True) if name in modules() else set()
            left += [module_of(target) or target for target in imported]
    return reached


def test_a_server_starts_without_what_few_of_its_requests_need() -> None:
    """Quiet routes, pages, replays, scenarios, audits and certificates are imported when somebody asks for them."""
    reached = reached_from("router.cli.serve")
    assert {"router.serving.service", "router.page.layer", "router.api.plain_answers"} <= reached
    needless = (
        "fastapi",
        "starlette",
        "router.api.routes",
        "jinja2",
        "cryptography.x509",
        "router.policy.replay.replay",
        "router.scenarios.p",
        "router.evidence.m",
    )
    assert [name for name in sorted(reached) if name.startswith(needless)] == []


def test_help_is_shown_without_what_commands_need() -> None:
    ours = {name for name in reached_from("router.cli") if name.startswith(("router.", "providers"))}
    assert [name for name in sorted(ours) if part(name) != "cli"] == []


@pytest.mark.parametrize("module", PROVIDERS)
def test_a_provider_imports_what_a_stranger_could(module: Module) -> None:
    for name in module.imports():
        top = name.split(".")[0]
        assert top in {*sys.stdlib_module_names, *LIBRARIES, "providers"} or (module_of(name) or "").startswith(
            ("router.types", "router.errors")
        ), name


@pytest.mark.parametrize("module", ROUTER)
def test_only_the_assembly_and_commands_load_providers(module: Module) -> None:
    loads = {name for name in module.imports() if name.startswith(("providers", "importlib.metadata"))}
    if module.name != "router.api.assembly" and part(module.name) not in {"cli", "bench"}:
        assert loads == set()
