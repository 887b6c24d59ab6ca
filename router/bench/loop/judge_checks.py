"""How far a judge can be believed: what the order of the answers does, agreement with people, its own family, its cost.

A model that judges sees the two answers in an order that chance decides, so that what comes first is better on average
by nothing but the judge's liking for the first place. How much kinder than people it is (its leniency: grade less
label) is compared between answers of its own family and others, since one alone may be a matter of its scale.

Invariant: pure; a figure that too few pairs speak for (`LEAST`) is none, and a judge that is no model has no places.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.measures import Array, Interval
from router.bench.routing.resampling import Resamples, batches, interval
from router.traffic.judged_pairs import JudgedPair

LEAST = 20
ROUNDS = 400
HALF = 0.5
Mask = NDArray[np.bool_]
_MODEL = "model:"


class Label(NamedTuple):
    """What people, or a check, say of a model's answer, in [0, 1]."""

    model: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCheck:
    """One judge: figures with 95 % intervals, None where too few pairs speak for them. Cost in micro-dollars.

    `first_place` is what the first answer gets beyond the second; `agreement` the share of labelled answers that it and
    people find on the same side of a half, `kappa` the same beyond chance (Cohen, 1960); `leniency` its grade less the
    label, `own_family` how much more lenient it is with answers of its own family or owner.
    """

    judge: str
    pairs: int
    labelled: int
    first_place: Interval | None
    agreement: Interval | None
    kappa: float | None
    leniency: Interval | None
    own_family: Interval | None
    own_pairs: int
    cost: Decimal

    def plain(self) -> dict[str, Any]:
        """As plain data, money in USD."""
        usd = self.cost / 1_000_000
        each = usd / self.pairs if self.pairs else usd
        return asdict(self) | {"cost": None, "cost_usd": str(usd), "cost_usd_a_pair": str(each)}


def check_judges(
    pairs: Sequence[JudgedPair],
    labels: Mapping[str, Label],
    is_swapped: Callable[[str], bool],
    kin: Callable[[str], frozenset[str]],
) -> list[JudgeCheck]:
    """Every judge of the pairs; `labels` by receipt, `kin` gives a model's family and owner, none for a stranger."""
    judged: dict[str, list[JudgedPair]] = defaultdict(list)
    for pair in pairs:
        judged[pair.judge].append(pair)
    return [_check(judge, some, labels, is_swapped, kin) for judge, some in sorted(judged.items())]


def _check(
    judge: str,
    pairs: Sequence[JudgedPair],
    labels: Mapping[str, Label],
    is_swapped: Callable[[str], bool],
    kin: Callable[[str], frozenset[str]],
) -> JudgeCheck:
    name = judge.removeprefix(_MODEL).removesuffix(" (own family)") if judge.startswith(_MODEL) else ""
    own = kin(name) if name else frozenset()
    grades = [
        (grade, labels[pair.receipt])
        for pair in pairs
        if pair.receipt in labels and (grade := pair.grade(labels[pair.receipt].model)) is not None
    ]
    given, said = np.array([grade for grade, _ in grades]), np.array([label.score for _, label in grades])
    related = np.array([bool(own & kin(label.model)) for _, label in grades], np.bool_)
    leads = np.array([_lead(pair, is_swapped(pair.receipt)) for pair in pairs])
    return JudgeCheck(
        judge=judge,
        pairs=len(pairs),
        labelled=len(grades),
        first_place=_mean(leads) if name else None,
        agreement=_mean(((given >= HALF) == (said >= HALF)).astype(np.float64)),
        kappa=_kappa(given >= HALF, said >= HALF) if len(grades) >= LEAST else None,
        leniency=_mean(given - said),
        own_family=_difference(given - said, related),
        own_pairs=sum(bool(own & (kin(pair.original) | kin(pair.substitute))) for pair in pairs),
        cost=sum((pair.cost for pair in pairs), Decimal(0)),
    )


def _lead(pair: JudgedPair, swapped: bool) -> float:
    """What the answer in the first place got beyond the other."""
    lead = pair.original_grade - pair.substitute_grade
    return -lead if swapped else lead


def _mean(values: Array) -> Interval | None:
    if len(values) < LEAST:
        return None
    drawn = Resamples.of(np.arange(len(values)), ROUNDS)
    draws = np.concatenate([weights @ values for weights in batches(drawn)])
    return interval(float(values.mean()), draws, drawn.few)


def _difference(values: Array, own: Mask) -> Interval | None:
    """The mean of some less that of the others."""
    if min(int(own.sum()), int((~own).sum())) < LEAST:
        return None
    drawn = Resamples.of(np.arange(len(values)), ROUNDS)
    sides = np.stack([own, ~own], axis=1).astype(np.float64)
    draws = []
    for weights in batches(drawn):
        means = (weights @ (sides * values[:, None])) / np.maximum(weights @ sides, 1e-12)
        draws.append(means[:, 0] - means[:, 1])
    return interval(float(values[own].mean() - values[~own].mean()), np.concatenate(draws), drawn.few)


def _kappa(left: Mask, right: Mask) -> float | None:
    """Agreement beyond what two with these shares would have by chance; None where that is all there can be."""
    agreed, first, second = float((left == right).mean()), float(left.mean()), float(right.mean())
    chance = first * second + (1 - first) * (1 - second)
    return None if chance >= 1 else (agreed - chance) / (1 - chance)
