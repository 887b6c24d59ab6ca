"""Draws the requests of a step: the same for every course of a scenario, so that courses differ by nothing else.

Invariant: a seed, a step and the askers' weights give the same requests; no two requests of a run are the same.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import TypeVar

from router.config.files.seed_data import Case
from router.scenarios.expressions import amount
from router.scenarios.scenario import Askers, Traffic
from router.types import Excerpt, Reader, Reading

T = TypeVar("T")
MARK = re.compile(r" ?\[\d+[.]\d+[.]\d+\]$")
"""What makes each request another: seed, step, place."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request to come: who asks, and what."""

    unit: str
    askers: Askers
    case: Case


class Draws:
    """The cases that there are, and what is drawn of them."""

    def __init__(self, cases: Sequence[Case], seed: int) -> None:
        self._cases = cases
        self._seed = seed
        self._suited: dict[tuple[object, ...], tuple[list[Case], list[float]]] = {}

    def step(self, traffic: Traffic, number: int, names: Mapping[str, float]) -> list[Drawn]:
        """The requests of a step; raises ValueError where nobody asks, or no case suits who does."""
        weights = [max(0.0, amount(askers.weight, names)) for askers in traffic.askers]
        if not sum(weights):
            raise ValueError("nobody asks for anything: the weights of all askers are 0")
        drawn = []
        for place in range(traffic.requests):
            # Each request has its own chance, so that who asks does not change what the next one asks.
            chance = Random(f"{self._seed}.{number}.{place}")  # noqa: S311 - a simulation
            who, what = chance.random(), chance.random()
            askers = _picked(traffic.askers, weights, who)
            cases, worth = self._suiting(askers)
            drawn.append(Drawn(f"{self._seed}.{number}.{place}", askers, _picked(cases, worth, what)))
        return drawn

    def _suiting(self, askers: Askers) -> tuple[list[Case], list[float]]:
        key = (tuple(askers.tasks.items()), askers.easier_than)
        if key not in self._suited:
            cases = [case for case in self._cases if _suits(case, askers)]
            if not cases:
                raise ValueError(f"no case suits the askers {askers.name!r}: look at `tasks` and `easier_than`")
            counts = {task: sum(case.task == task for case in cases) for task in askers.tasks}
            worth = [askers.tasks[case.task] / counts[case.task] if askers.tasks else 1.0 for case in cases]
            self._suited[key] = cases, worth
        return self._suited[key]


def _suits(case: Case, askers: Askers) -> bool:
    wanted = not askers.tasks or askers.tasks.get(case.task, 0) > 0
    return wanted and (askers.easier_than is None or case.difficulty < askers.easier_than)


def _picked(rows: Sequence[T], weights: Sequence[float], chance: float) -> T:
    """The row at a chance in [0, 1)."""
    ends = list(accumulate(weights))
    return rows[min(bisect_right(ends, chance * ends[-1]), len(rows) - 1)]


class ReadOnce:
    """A reader that reads each text of the cases once: the mark that makes it another is left out of reading."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[Excerpt, Reading] = {}

    @property
    def name(self) -> str:
        """What it is."""
        return self._reader.name

    def read(self, excerpt: Excerpt) -> Reading:
        """Read a bounded text, or remember what was read."""
        last = MARK.sub("", excerpt.last)
        plain = replace(excerpt, last=last, characters=excerpt.characters - len(excerpt.last) + len(last))
        if plain not in self._known:
            self._known[plain] = self._reader.read(plain)
        return self._known[plain]
