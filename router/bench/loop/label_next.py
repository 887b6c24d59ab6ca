"""Which requests to label next: those whose label says most of how good the answers to one's traffic are.

Requests are put in cells of one task, language and third of difficulty. With n labels in a cell that is a share w of
the traffic and is right with chance p, the mean over the traffic is known with the variance

    sum over cells of w^2 p (1 - p) / (n + 1)

so the next label there takes off w^2 p (1 - p) / ((n + 1)(n + 2)): the largest is taken, again and again (Neyman's
allocation, 1934, one label at a time). Within a cell the request is taken whose outcome is least certain.

Invariant: pure; no request that has an outcome is named, and of a conversation one request at most.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import numpy as np

from router.traffic.answered_requests import Answered

THIRDS = ("easy", "middling", "hard")


class Cell(NamedTuple):
    """Requests of one kind."""

    task: str
    language: str
    third: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLabel:
    """A request to label, and why: its cell's share of the traffic, the labels there by then, and the gain.

    `gain` is by how much the label shrinks the variance of the mean, in parts of what the traffic has now.
    """

    receipt: str
    model: str
    cell: Cell
    share: float
    labels: int
    chance: float
    gain: float

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"cell": self.cell._asdict(), "because": self.because}

    @property
    def because(self) -> str:
        """The reason, in a sentence."""
        kind = f"{self.cell.third} {self.cell.task} ({self.cell.language})"
        known = "has no label" if not self.labels else f"has {self.labels:,} label{'s' * (self.labels > 1)}"
        return f"{self.share:.1%} of the traffic is {kind} and {known}; right with chance {self.chance:.2f}"


def label_next(requests: Sequence[Answered], labelled: Collection[str], most: int) -> list[NextLabel]:
    """So many requests at most, the most telling first; `labelled` are the receipts whose outcome is known."""
    if not requests:
        return []
    cells = _cells(requests)
    shares = {cell: len(members) / len(requests) for cell, members in cells.items()}
    labels = Counter({cell: sum(each.receipt in labelled for each in members) for cell, members in cells.items()})
    chance = {cell: float(np.mean([each.chance for each in members])) for cell, members in cells.items()}
    waiting = {
        cell: sorted((each for each in members if each.receipt not in labelled), key=_certainty, reverse=True)
        for cell, members in cells.items()
    }
    parts = {cell: shares[cell] ** 2 * chance[cell] * (1 - chance[cell]) for cell in cells}
    whole = sum(part / (labels[cell] + 1) for cell, part in parts.items())
    queue = [(-_gain(parts[cell], labels[cell]), cell) for cell in cells]
    heapify(queue)
    chosen: list[NextLabel] = []
    units: set[str] = set()
    while queue and len(chosen) < most:
        gain, cell = heappop(queue)
        request = _first(waiting[cell], units)
        if request is None:
            continue
        chosen.append(
            NextLabel(
                receipt=request.receipt,
                model=request.model,
                cell=cell,
                share=shares[cell],
                labels=labels[cell],
                chance=request.chance,
                gain=-gain / whole if whole else 0.0,
            )
        )
        units.add(request.unit)
        labels[cell] += 1
        heappush(queue, (-_gain(parts[cell], labels[cell]), cell))
    return chosen


def _cells(requests: Sequence[Answered]) -> dict[Cell, list[Answered]]:
    cuts = np.quantile([each.difficulty for each in requests], [1 / 3, 2 / 3])
    cells: dict[Cell, list[Answered]] = defaultdict(list)
    for each in requests:
        third = THIRDS[int(np.searchsorted(cuts, each.difficulty, side="left"))]
        cells[Cell(each.task, each.language, third)].append(each)
    return cells


def _gain(part: float, labels: int) -> float:
    return part / ((labels + 1) * (labels + 2))


def _certainty(request: Answered) -> tuple[float, str]:
    return abs(request.chance - 0.5), request.receipt


def _first(waiting: list[Answered], units: Collection[str]) -> Answered | None:
    """The last of these whose conversation has none yet; those behind it are let go of."""
    while waiting:
        request = waiting.pop()
        if request.unit not in units:
            return request
    return None
