"""What is left of a file once the places that are wrong are taken out, so that the rest can be judged beside them.

Invariant: what is left stands where it stood: `at` tells the places of the whole file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from router.config.files.yaml_source import Path_, Source
from router.errors import Problem

_MEANT = re.compile(r"(?:did you mean|write) '(\w+)'")
POLICIES, DEFAULT = "policies", "default"
# What a policy needs, and what stands there where what was written is of no use.
_NEEDED = {"because": "?", "band": 0}


@dataclass(frozen=True, slots=True)
class SoundPart:
    """A part of policies.yaml; `origin` gives the place in the file of each of its places."""

    source: Source
    origin: dict[Path_, Path_]

    def place(self, path: Path_) -> Path_:
        """The place in the file of a place in the part, which may be below all that stands there."""
        end = next(end for end in range(len(path), -1, -1) if path[:end] in self.origin)
        return (*self.origin[path[:end]], *path[end:])


def without(source: Source, wrong: Iterable[Path_]) -> SoundPart | None:
    """A policies.yaml without these places; None where nothing of use is left.

    What is missing is wrong, too: then what it is missing in is taken out. What each policy needs is put in its place.
    """
    taken = {place for path in wrong if (place := _taken(source.data, path)) is not None}
    if () in taken or (POLICIES,) in taken or not isinstance(source.data, dict):
        return None
    part = SoundPart(Source(source.name, None, text=source.text), {})
    data = _Copy(source, part, taken).of(source.data, (), ())
    if not isinstance(data.get(POLICIES), dict) or not data[POLICIES]:
        return None
    _complete(data, taken)
    return SoundPart(Source(source.name, data, part.source.places, source.text), part.origin)


def in_their_own_right(problems: Iterable[Problem], wrong: Iterable[Path_]) -> list[Problem]:
    """Those that may not be there only because what was wrong at their place, or below, was taken out."""
    touched = {path[:end] for path in wrong for end in range(len(path) + 1)}
    return [problem for problem in problems if problem.code != "missing-key" or problem.path not in touched]


def once(problems: Iterable[Problem], file: str) -> list[Problem]:
    """The same without what a file lacks only because it is spelt in another way, or has nothing behind it."""
    every = list(problems)
    own = [problem for problem in every if problem.where.rsplit(":", 2)[0] == file]
    meant = {problem.path for problem in own if problem.code == "wrong-value"}
    for problem in own:
        if problem.code == "unknown-key" and (match := _MEANT.search(problem.hint)):
            meant.add((*problem.path[:-1], match[1]))
    lacking = {problem for problem in own if problem.code == "missing-key" and problem.path in meant}
    return [problem for problem in every if problem not in lacking]


def _taken(data: Any, path: Path_) -> Path_ | None:
    """What to take out where something is wrong at a place: that, or what it is missing in."""
    if path == (DEFAULT,) or (len(path) == 3 and path[0] == POLICIES and path[2] in _NEEDED):
        return path
    node = data
    for depth, step in enumerate(path):
        inside = step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node))
        if not inside:
            return path[:depth]
        node = node[step]
    return path


class _Copy(NamedTuple):
    """Copies what stands in a file, without what is taken out; the places of what is left are noted."""

    source: Source
    part: SoundPart
    taken: set[Path_]

    def of(self, node: Any, old: Path_, new: Path_) -> Any:
        """What stands at a place of the file, for another place in the part."""
        self.part.origin[new] = old
        self.part.source.places[new] = self.source.places.get(old, (1, 1))
        if isinstance(node, dict):
            keys = [key for key in node if self._stays((*old, key))]
            return {key: self.of(node[key], (*old, key), (*new, key)) for key in keys}
        if isinstance(node, list):
            kept = [place for place in range(len(node)) if self._stays((*old, place))]
            return [self.of(node[place], (*old, place), (*new, at)) for at, place in enumerate(kept)]
        return node

    def _stays(self, path: Path_) -> bool:
        # A policy stays, for others may name it.
        return path not in self.taken or (len(path) == 2 and path[0] == POLICIES)


def _complete(data: dict[str, Any], taken: set[Path_]) -> None:
    """Put in what is needed in the place of what was taken out."""
    policies = data[POLICIES]
    for name in policies:
        lost = {path[2] for path in taken if len(path) == 3 and path[:2] == (POLICIES, name)}
        if (POLICIES, name) in taken or not isinstance(policies[name], dict):
            policies[name] = dict(_NEEDED)
        elif lost.intersection((*_NEEDED, "extends")):
            policies[name] = _NEEDED | policies[name]
    if (DEFAULT,) in taken:
        data[DEFAULT] = next(iter(policies))
