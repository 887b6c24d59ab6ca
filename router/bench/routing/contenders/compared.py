"""Contenders side by side over one table: their figures, differences, kinds of prompts, and every decision.

Invariant: the first one that was named is what the others are compared with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from router.bench.routing.comparison.differences import Difference, differences
from router.bench.routing.comparison.operating_points import points
from router.bench.routing.comparison.slices import Slice, Stand, slices
from router.bench.routing.contenders.line_up import Contender, Field
from router.bench.routing.frontier import Standing
from router.bench.routing.frontier import judge as judge_router
from router.bench.routing.resampling import TRAINED, Resamples
from router.bench.routing.robustness import flips_of
from router.bench.routing.strong_weak import PairScore
from router.bench.routing.strong_weak import judge as judge_pair

MOST_PERTURBED = {"url": 40}
PERTURBED = 300


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it; `places` are the points at which the contenders stand, in the order of `standings`."""

    contenders: tuple[Contender, ...]
    standings: tuple[Standing, ...]
    pairs: tuple[PairScore, ...]
    places: tuple[int, ...]
    differences: tuple[Difference, ...]
    slices: tuple[Slice, ...]
    flips: Mapping[str, float]


def compare(
    field: Field,
    contenders: Sequence[Contender],
    kinds: Mapping[str, Sequence[str]],
    resamples: Resamples,
    *,
    priced: bool,
) -> Compared:
    """Measure them all; `resamples` are of the whole table, `kinds` label its whole rows."""
    drawn = resamples.only(field.whole)
    wide = [TRAINED if contender.router.regime == "in-domain" else 1.0 for contender in contenders]
    standings = [
        judge_router(contender.router, field.scores, field.costs, drawn, width)
        for contender, width in zip(contenders, wide, strict=True)
    ]
    pairs = {
        contender.router.name: _pair(field, contender, resamples, width)
        for contender, width in zip(contenders, wide, strict=True)
        if contender.need is not None
    }
    best = float(field.scores.mean(axis=0).max())
    places = points(standings, best, priced=priced)
    stands = [
        Stand(contender.router.name, contender.router.quality[place], contender.router.spent[place], width)
        for contender, place, width in zip(contenders, places, wide, strict=True)
    ]
    return Compared(
        contenders=tuple(contenders),
        standings=tuple(standings),
        pairs=tuple(pairs.values()),
        places=tuple(places),
        differences=differences(standings, places, pairs, priced=priced),
        slices=slices(stands, kinds, drawn, priced=priced),
        flips={contender.router.name: _flips(field, contender) for contender in contenders if contender.answers},
    )


def _pair(field: Field, contender: Contender, resamples: Resamples, width: float) -> PairScore:
    """How well it tells where the strong model is needed, over the rows that every model scored."""
    strong, weak = (field.table.column(name)[field.whole] for name in field.pair)
    need = np.asarray(contender.need)[field.whole]
    router = contender.router
    return judge_pair(router.name, router.regime, need, weak, strong, resamples.only(field.whole), width)


def _flips(field: Field, contender: Contender) -> float:
    """The share of its choices that turn with the prompt's dress, the mean over all of these."""
    assert contender.answers is not None  # noqa: S101 - looked at by who calls
    most = MOST_PERTURBED.get(contender.wanted.kind, PERTURBED)
    prompts = field.prompts
    return flips_of(contender.answers, prompts[:: max(1, len(prompts) // most)][:most])["all"]
