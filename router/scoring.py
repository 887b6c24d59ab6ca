"""Who wins: of the models within the band of the best predicted quality, the cheapest or the fastest.

Invariant: ties break by model id, never by chance; a narrower band never lowers predicted quality, and a wider one
never raises the cost (or the latency, where that is what the policy optimizes).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from router.types import Candidate, Code, Policy

Key = tuple[bool, Decimal | float, str]


def best_quality(eligible: Iterable[Candidate]) -> float:
    """The best predicted quality; raises ValueError where nothing is eligible."""
    return max(candidate.quality for candidate in eligible)


def in_band(candidate: Candidate, best: float, band: float) -> bool:
    """Whether the band cannot tell this candidate from the best: then the two are fungible here."""
    return candidate.quality >= best - band


def key(candidate: Candidate, optimize: str) -> Key:
    """What is compared inside the band: preference first, then cost or latency, then the id."""
    measure = candidate.cost if optimize == "cost" else candidate.latency_ms
    return not candidate.preferred, measure, candidate.model


def rank(candidates: Sequence[Candidate], policy: Policy) -> tuple[Candidate, ...]:
    """The candidates, best first: those in the band by key, those outside by quality, then the excluded."""
    eligible = [candidate for candidate in candidates if candidate.code == "chosen"]
    if not eligible:
        return tuple(candidates)
    best = best_quality(eligible)
    inside = [c for c in eligible if in_band(c, best, policy.band)]
    inside.sort(key=lambda candidate: key(candidate, policy.optimize))
    outside = [c for c in eligible if not in_band(c, best, policy.band)]
    outside.sort(key=lambda candidate: (-candidate.quality, candidate.model))
    winner = inside[0]
    return (
        winner,
        *(c.coded(_loss(c, winner, policy.optimize)) for c in inside[1:]),
        *(c.coded("outside_band") for c in outside),
        *(c for c in candidates if c.code != "chosen"),
    )


def _loss(loser: Candidate, winner: Candidate, optimize: str) -> Code:
    mine, theirs = key(loser, optimize), key(winner, optimize)
    if mine[0] != theirs[0]:
        return "not_preferred"
    if mine[1] == theirs[1]:
        return "tie"
    return "dearer" if optimize == "cost" else "slower"
