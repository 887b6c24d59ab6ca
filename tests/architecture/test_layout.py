"""Every part in its place: imports go down the order, no files import each other in a circle, names say one thing."""

import re
from collections import Counter, defaultdict

import pytest

from architecture.layout import MOST_IN_A_FOLDER, ORDER, PARTS, PUBLISHED, SHARED_NAMES
from architecture.source import ROOT, Module, module_of, modules
from architecture.test_shape import public

ROUTER = [pytest.param(module, id=name) for name, module in modules().items() if name.startswith("router.")]
UNCLEAR = re.compile(r"(^|_)(told|telling|hear|hears|heard|hearing)(_|$)")


def part(name: str) -> str:
    """The part that a module belongs to: `router.api.app` to `api`."""
    return name.split(".")[1]


def imported(module: Module) -> set[str]:
    """The modules of ours that a module imports, wherever in the file and for whatever reason."""
    names = {target for name in module.imports() if (target := module_of(name))}
    return {name for name in names if name not in {module.name, "router"}}


def circles(edges: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Groups of files that reach each other by imports."""

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for other in edges.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    reached = {name: reach(name) for name in edges}
    groups = {
        tuple(sorted(other for other in edges if other in reached[name] and name in reached[other])) for name in edges
    }
    return sorted(groups - {()})


def test_the_entries_of_router_are_the_parts() -> None:
    entries = {path.name for path in (ROOT / "router").iterdir() if path.name not in {"__init__.py", "__pycache__"}}
    assert entries - {"py.typed"} == {name for row in PARTS for name in row.names}


@pytest.mark.parametrize("module", ROUTER)
def test_a_part_imports_only_what_stands_before_it(module: Module) -> None:
    place = ORDER.index(part(module.name))
    others = [name for name in imported(module) if name.startswith("router.")]
    assert [name for name in others if ORDER.index(part(name)) > place] == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles({name: imported(module) for name, module in modules().items()}) == []


def test_a_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [("b", "c")]


def test_no_folder_is_crowded() -> None:
    folders = Counter(module.path.parent for module in modules().values() if module.path.stem != "__init__")
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > MOST_IN_A_FOLDER}
    assert crowded == {}


def test_a_file_name_occurs_once() -> None:
    places = defaultdict(list)
    for name, module in modules().items():
        if name.startswith("router.") and module.path.stem not in SHARED_NAMES:
            places[module.path.stem].append(name)
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}


@pytest.mark.parametrize("module", [pytest.param(module, id=name) for name, module in modules().items()])
def test_no_public_name_is_one_that_only_its_author_can_place(module: Module) -> None:
    words = {node.name: re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower() for node in public(module.tree.body)}
    assert [name for name, word in words.items() if UNCLEAR.search(word) and name not in PUBLISHED] == []
