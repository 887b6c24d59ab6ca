"""Scores by kind of prompt: task, language, length, source, each contender less the first one within each kind.

Invariant: the intervals of all kinds and contenders of a table hold together; a kind of too few prompts is not shown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from router.bench.routing.comparison.simultaneous import Corrected, Drawn, together
from router.bench.routing.measures import Array
from router.bench.routing.resampling import Resamples, batches

LEAST = 20
MOST_KINDS = 14
LENGTHS = ((200, "under 200 characters"), (1_000, "200 to 999"), (4_000, "1,000 to 3,999"))
LONGEST = "4,000 or more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One contender on one kind of prompt; `difference` is what it scores beyond the first one there."""

    by: str
    kind: str
    prompts: int
    contender: str
    score: float
    cost: float | None
    difference: Corrected | None

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stand:
    """A contender at its point: what each prompt scored and cost, and by how much its intervals are to be wider."""

    name: str
    quality: Array
    spent: Array
    widened: float = 1.0


def length_kind(prompt: str) -> str:
    """Which of four classes of length a prompt is in."""
    return next((name for most, name in LENGTHS if len(prompt) < most), LONGEST)


def slices(
    stands: Sequence[Stand], kinds: Mapping[str, Sequence[str]], resamples: Resamples, *, priced: bool
) -> tuple[Slice, ...]:
    """Every contender on every kind of enough prompts; `kinds` gives a label for each prompt, by what it is told by."""
    masks = {
        (by, kind): np.array([label == kind for label in labels], np.float64)
        for by, labels in kinds.items()
        for kind, count in Counter(labels).most_common(MOST_KINDS)
        if kind and count >= LEAST and count < len(labels)
    }
    corrected = iter(_together(stands, list(masks.values()), resamples))
    rows = []
    for (by, kind), mask in masks.items():
        for place, stand in enumerate(stands):
            rows.append(
                Slice(
                    by=by,
                    kind=kind,
                    prompts=int(mask.sum()),
                    contender=stand.name,
                    score=float(mask @ stand.quality / mask.sum()),
                    cost=float(mask @ stand.spent / mask.sum()) if priced else None,
                    difference=next(corrected) if place else None,
                )
            )
    return tuple(rows)


def _together(stands: Sequence[Stand], masks: Sequence[Array], resamples: Resamples) -> list[Corrected]:
    """The differences from the first one, kind by kind, and in each contender by contender."""
    if not masks or len(stands) < 2:
        return []
    gaps = [stand.quality - stands[0].quality for stand in stands[1:]]
    wide = [max(stand.widened, stands[0].widened) for stand in stands[1:]]
    columns = np.stack([mask * gap for mask in masks for gap in gaps], axis=1)
    counts = np.stack([mask for mask in masks for _ in gaps], axis=1)
    drawn = np.concatenate([weights @ columns / np.maximum(weights @ counts, 1e-9) for weights in batches(resamples)])
    values = (columns.sum(axis=0) / counts.sum(axis=0)).tolist()
    return together([Drawn(value, drawn[:, place], wide[place % len(gaps)]) for place, value in enumerate(values)])
