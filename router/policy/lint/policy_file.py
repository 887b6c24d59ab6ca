"""The policy file as written, beside what it means: which part stands where.

Invariant: a part that several policies share has one place, where it is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

from router.config.files.yaml_source import Path_, Source
from router.config.load import POLICIES
from router.decision.candidates import guarded
from router.policy.lint.finding import Finding
from router.types import ALWAYS, Budget, Config, Guard, Policy, Rule

T = TypeVar("T")
Placed = list[tuple[Path_, T]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Files that load, and their meaning on a day."""

    sources: Mapping[str, Source]
    config: Config
    day: date
    stale_days: int
    _reachable: dict[str, set[str]] = field(default_factory=dict, compare=False)

    @property
    def data(self) -> Mapping[str, Any]:
        """policies.yaml as plain data."""
        data: Mapping[str, Any] = self.sources[POLICIES].data
        return data

    def warn(self, path: Path_, code: str, sentence: str, suggestion: str, file: str = POLICIES) -> Finding:
        """A warning at a place in a file."""
        return Finding(self.sources[file].at(path), code, "warning", sentence, suggestion)

    def guards(self, name: str) -> Placed[Guard]:
        """Every guard of a policy, with its place."""
        return list(zip(self._paths(name, "guards"), self.config.policies[name].guards, strict=True))

    def rules(self, name: str) -> Placed[Rule]:
        """Every rule of a policy, with its place."""
        return list(zip(self._paths(name, "rules"), self.config.policies[name].rules, strict=True))

    def budgets(self, name: str) -> Placed[Budget]:
        """Every budget of a policy, and every step of one, with its place."""
        paths = [step for path in self._paths(name, "budgets") for step in self._steps(path)]
        return list(zip(paths, self.config.policies[name].budgets, strict=True))

    def _steps(self, path: Path_) -> list[Path_]:
        """The place of each step of a budget, or its own where it has none."""
        steps = self.at(path).get("steps") or ()
        return [(*path, "steps", place) for place in range(len(steps))] or [path]

    def own(self, name: str, placed: Placed[T]) -> Placed[T]:
        """Those parts that a policy writes itself."""
        return [(path, part) for path, part in placed if path[:2] == ("policies", name)]

    def all_with(self, path: Path_) -> list[str]:
        """The policies in which the part at a place counts: the one it stands in, those that extend it, or all."""
        policies = self.config.policies
        return [name for name in policies if path[0] != "policies" or path[1] in (name, policies[name].extends)]

    def reachable(self, name: str) -> set[str]:
        """The models that a policy may allow, by itself or by a rule."""
        if (known := self._reachable.get(name)) is None:
            policy = self.config.policies[name]
            allowed = policy.models if policy.models is not None else [model.id for model in self.config.models]
            known = self._reachable[name] = set(allowed).union(*{rule.set.models or () for rule in policy.rules})
        return set(known)

    def barred(self, guards: Iterable[Guard]) -> set[str]:
        """The models that these guards bar together, where all of them apply: the same function decides."""
        always = tuple(replace(guard, when=ALWAYS) for guard in guards)
        return set(guarded(Policy(because="", band=0, guards=always), {}, self.config.models).bars)

    def written(self, name: str, *keys: str) -> Path_ | None:
        """The place of the first of these keys that a policy writes itself."""
        here = self.data["policies"][name]
        return next((("policies", name, key) for key in keys if here.get(key) is not None), None)

    def at(self, path: Path_) -> Any:
        """What is written at a place."""
        value: Any = self.data
        for step in path:
            value = value[step]
        return value

    def _paths(self, name: str, part: Literal["guards", "rules", "budgets"]) -> list[Path_]:
        """Where the parts of a policy stand, in the loader's order: the house's, the extended policy's, its own."""
        homes: list[Path_] = [("policies", home) for home in (self.config.policies[name].extends, name) if home]
        if part != "rules":
            homes.insert(0, ())
        return [(*home, part, place) for home in homes for place in range(len(self.at(home).get(part) or ()))]


def words_in(written: Any) -> list[tuple[Path_, str]]:
    """Names, each with its place below: of a word, a list, lists in a list, or what they mean together."""
    if isinstance(written, dict):
        return [((key, *place), word) for key, part in written.items() for place, word in words_in(part)]
    return [
        ((position, *place), word)
        for position, item in enumerate(written if isinstance(written, list) else [written])
        for place, word in (words_in(item) if isinstance(item, list) else [((), item)])
    ]
