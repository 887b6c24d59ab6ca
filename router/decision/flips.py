"""What would have to change for another model to win.

Invariant: a flip is only told if the rule of choice, run again with that one change, chooses that model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import log
from typing import Literal

from router.decision.scoring import best_quality, in_band, key
from router.types import Candidate, Decision, Features

# Changes are reported a hair beyond the point where the choice turns.
MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Flip:
    """One change that makes a model win. `size` compares kinds: points of quality, or a share of price or time.

    `first` is what must be lifted before, for a model that was excluded.
    """

    kind: Literal["band", "price", "latency", "ability", "name"]
    now: float
    then: float
    size: float
    first: str | None = None


def flips(decision: Decision, model: str, features: Features) -> tuple[Flip, ...]:
    """Every single change that would make a losing model win, the smallest first; empty for the winner."""
    loser = decision.candidate(model)
    if loser.code == "chosen":
        return ()
    first = f"{loser.code}: {loser.detail}".rstrip(": ") if loser.excluded else None
    # Of a model that answers in another kind, as in speech, no quality is predicted: nothing makes it answer in words.
    if loser.code in ("no_price", "no_ability") or not loser.quality:
        return ()
    # What is asked for by name wins once it is let in, whatever the band and the prices.
    if decision.reason in ("asked", "ramp", "successor") or model == decision.asked:
        return (Flip("name", 0, 1, 0, first),)
    field = [c for c in decision.candidates if not c.excluded and c is not loser]
    candidates = (
        _by_nothing(decision, loser, field),
        _by_band(decision, loser, field),
        _by_measure(decision, loser, field),
        _by_ability(decision, loser, field, features),
    )
    return tuple(sorted((replace(f, first=first) for f in candidates if f), key=lambda flip: flip.size))


def winner(candidates: Iterable[Candidate], band: float, optimize: str) -> str:
    """The model that the rule of choice picks among eligible candidates."""
    eligible = list(candidates)
    best = best_quality(eligible)
    return min((c for c in eligible if in_band(c, best, band)), key=lambda c: key(c, optimize)).model


def _wins(decision: Decision, loser: Candidate, field: Sequence[Candidate], band: float | None = None) -> bool:
    return winner([*field, loser], decision.band if band is None else band, decision.optimize) == loser.model


def _by_nothing(decision: Decision, loser: Candidate, field: Sequence[Candidate]) -> Flip | None:
    """An excluded model may need no more than to be let in."""
    return Flip("name", 0, 1, 0) if loser.excluded and _wins(decision, loser, field) else None


def _by_band(decision: Decision, loser: Candidate, field: Sequence[Candidate]) -> Flip | None:
    best = max(best_quality(field), loser.quality)
    cheaper = [c.quality for c in field if key(c, decision.optimize) < key(loser, decision.optimize)]
    widest = best - max(cheaper) - MARGIN if cheaper else 1.0
    narrowest = best - loser.quality + MARGIN
    band = min(max(decision.band, narrowest), widest)
    if band < 0 or not _wins(decision, loser, field, band) or band == decision.band:
        return None
    return Flip("band", decision.band, band, abs(band - decision.band))


def _by_measure(decision: Decision, loser: Candidate, field: Sequence[Candidate]) -> Flip | None:
    best = max(best_quality(field), loser.quality)
    rivals = [
        c for c in field if in_band(c, best, decision.band) and (c.preferred, c.rank) == (loser.preferred, loser.rank)
    ]
    if not rivals:
        return None
    now, target = _measure(loser, decision), min(_measure(c, decision) for c in rivals)
    if target <= 0 or now <= target * (1 - MARGIN):
        return None
    then = target * (1 - MARGIN)
    if not _wins(decision, _measured(loser, decision, then), field):
        return None
    kind: Literal["price", "latency"] = "price" if decision.optimize == "cost" else "latency"
    return Flip(kind, now, then, 1 - then / now)


def _measure(candidate: Candidate, decision: Decision) -> float:
    return float(candidate.cost) if decision.optimize == "cost" else candidate.latency_ms


def _measured(candidate: Candidate, decision: Decision, value: float) -> Candidate:
    if decision.optimize == "cost":
        return candidate._replace(cost=Decimal(value))
    return candidate._replace(latency_ms=value)


def _by_ability(decision: Decision, loser: Candidate, field: Sequence[Candidate], features: Features) -> Flip | None:
    """Raise quality into the band, or so high that everything that would beat it falls out of the band."""
    better = [c.quality for c in field if key(c, decision.optimize) < key(loser, decision.optimize)]
    levels = [best_quality(field) - decision.band + MARGIN]
    levels.extend(quality + decision.band + MARGIN for quality in better)
    for level in sorted(levels):
        if loser.quality < level < 1 and _wins(decision, loser._replace(quality=level), field):
            now, then = _logit(loser.quality) + features.difficulty, _logit(level) + features.difficulty
            return Flip("ability", now, then, level - loser.quality)
    return None


def _logit(chance: float) -> float:
    return log(chance / (1 - chance))
