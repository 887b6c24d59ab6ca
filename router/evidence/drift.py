"""Whether what is asked has changed: tasks, languages, difficulty, and how far predictions are from outcomes.

Invariant: each change is tested by dealing whole conversations to the two times at random; chances are corrected for
how many changes were looked at (max-T), so that nothing drifts by being looked at often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ROUNDS = 500
ALPHA = 0.05
LEAST = 30
BINS = 20
DEALT_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests of two times; `late` says which are of the later one, `unit` is the number of the conversation.

    `gap` is an outcome less what was predicted of it, and not a number where no outcome is known.
    """

    late: NDArray[np.bool_]
    unit: NDArray[np.int64]
    task: Sequence[str]
    language: Sequence[str]
    difficulty: Array
    gap: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing in both times: how far apart they are, the chance of that by chance alone, and shares or means."""

    what: str
    distance: float
    p: float
    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def drifted(self) -> bool:
        """Whether it is more than chance, after the correction."""
        return self.p <= ALPHA

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"drifted": self.drifted}


def changes(requests: Requests, rounds: int = ROUNDS) -> tuple[Change, ...]:
    """The changes from the earlier time to the later; what has too few requests in either is left out."""
    if min(int(requests.late.sum()), int((~requests.late).sum())) < LEAST:
        return ()
    tables, units = _tables(requests), np.unique(requests.unit, return_inverse=True)[1]
    distances = np.array([table.distance(requests.late) for table in tables])
    dealt = _dealt(tables, units, float(requests.late.mean()), rounds)
    middle, spread = dealt.mean(axis=0), dealt.std(axis=0) + 1e-12
    most = ((dealt - middle) / spread).max(axis=1)
    chances = [(1 + int((most >= t).sum())) / (1 + rounds) for t in ((distances - middle) / spread).tolist()]
    return tuple(
        Change(
            what=table.what,
            distance=float(distance),
            p=p,
            before=table.shown(~requests.late),
            after=table.shown(requests.late),
        )
        for table, distance, p in zip(tables, distances, chances, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Something of each request as columns whose means are compared."""

    what: str
    names: tuple[str, ...]
    columns: Array
    known: NDArray[np.bool_]
    mean: Array | None = None

    def shown(self, side: NDArray[np.bool_]) -> dict[str, float]:
        kept = side & self.known
        if self.mean is not None:
            return {"mean": float(self.mean[kept].mean())}
        return dict(zip(self.names, self.columns[kept].mean(axis=0).tolist(), strict=True))

    def distance(self, late: NDArray[np.bool_]) -> float:
        """How far apart the two times are."""
        later, earlier = late & self.known, ~late & self.known
        sums = [self.columns[side].sum(axis=0)[None] for side in (later, earlier)]
        counts = [np.array([side.sum()]) for side in (later, earlier)]
        return float(self.apart(sums[0], counts[0], sums[1], counts[1])[0])

    def apart(self, late: Array, late_count: NDArray[Any], early: Array, early_count: NDArray[Any]) -> Array:
        """The same of many ways to deal, from the sums of both sides and how many requests each sums."""
        both = np.minimum(late_count, early_count) > 0
        means = [sums / np.maximum(count, 1)[:, None] for sums, count in ((late, late_count), (early, early_count))]
        gaps = np.abs(means[0] - means[1])
        # Shares of kinds: half the sum is the total variation; else the largest distance (Kolmogorov, Smirnov).
        return np.where(both, gaps.sum(axis=1) / 2 if self.mean is None else gaps.max(axis=1), 0.0)


def _dealt(tables: Sequence[_Table], units: NDArray[np.intp], share: float, rounds: int) -> Array:
    """The distances (rounds x tables) where whole units are dealt to the later time at random, with this chance."""
    random, many = np.random.default_rng(0), int(units.max()) + 1
    sums = [
        (
            _by_unit(table.columns * table.known[:, None], units, many),
            np.bincount(units, table.known, many).astype(np.float64),
        )
        for table in tables
    ]
    distances = []
    for start in range(0, rounds, DEALT_AT_ONCE):
        late = (random.random((min(DEALT_AT_ONCE, rounds - start), many)) < share).astype(np.float64)
        distances.append(np.stack([_apart(table, late, *own) for table, own in zip(tables, sums, strict=True)], axis=1))
    return np.concatenate(distances)


def _apart(table: _Table, late: Array, sums: Array, counts: Array) -> Array:
    above, many = late @ sums, late @ counts
    return table.apart(above, many, sums.sum(axis=0) - above, counts.sum() - many)


def _by_unit(columns: Array, units: NDArray[np.intp], many: int) -> Array:
    """Each column summed over the requests of a unit."""
    return np.stack([np.bincount(units, column, many) for column in columns.T], axis=1)


def _tables(requests: Requests) -> list[_Table]:
    every = np.ones(len(requests.late), np.bool_)
    tables = [_kinds("task", requests.task, every), _kinds("language", requests.language, every)]
    cuts = np.quantile(requests.difficulty, np.linspace(0, 1, BINS + 1)[1:-1])
    below = (requests.difficulty[:, None] <= cuts).astype(np.float64)
    tables.append(_Table("difficulty", (), below, every, requests.difficulty))
    known = ~np.isnan(requests.gap)
    if min(int((known & requests.late).sum()), int((known & ~requests.late).sum())) >= LEAST:
        gap = np.where(known, requests.gap, 0.0)
        tables.append(_Table("calibration", (), gap[:, None], known, gap))
    return tables


def _kinds(what: str, labels: Sequence[str], every: NDArray[np.bool_]) -> _Table:
    names = tuple(sorted(set(labels)))
    places = np.array([names.index(label) for label in labels], np.intp)
    return _Table(what, names, np.eye(len(names))[places], every)
