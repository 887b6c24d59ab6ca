"""The house as syntax trees: every module of `router` and `providers`, and what it imports."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One file. `imports` are full names of what it imports: modules, or names in them."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def lines(self) -> int:
        """The length of the file."""
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def imports(self, *, at_run_time: bool = False) -> set[str]:
        """What is imported anywhere in the file, or only where the module is executed."""
        return {name for node in _walk(self.tree, at_run_time) for name in self._names(node)}

    def _names(self, node: ast.AST) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{self.name} has a relative import"
            return [f"{node.module}.{alias.name}" for alias in node.names]
        return []


def _walk(tree: ast.AST, at_run_time: bool) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        )
        if not (at_run_time and deferred):
            nodes.extend([node, *_walk(node, at_run_time)])
    return nodes


@cache
def modules() -> dict[str, Module]:
    """Every module, by its full name."""
    modules = {}
    for package in ("router", "providers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            modules[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
    return modules


def module_of(imported: str) -> str | None:
    """The module of ours that an imported name is, or stands in."""
    while imported and imported not in modules():
        imported = imported.rpartition(".")[0]
    return imported or None
