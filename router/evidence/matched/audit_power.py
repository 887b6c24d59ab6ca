"""What share of swapped answers an audit would have seen by now, and how many calls it takes to see one.

Where a substitute is enrolled its own answers are mixed in by simulation; where none is, two real models are the
yardstick. Invariant: every figure is for nine runs of ten, and for a share that is mixed by chance into the calls.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np

from router.evidence.matched.set_bets import SUREST, Floats
from router.evidence.matched.wealths import FOR_THE_UNKNOWN, bets_of

POWER = 0.9
SHARES = (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01)
PLANNED = (1.0, 0.5, 0.3, 0.1, 0.05)
RUNS = 200
# Fewer rounds say too little of how a scorer does.
FEWEST_ROUNDS = 12
# Below the shares of the yardstick calls grow as this power of 1/share.
STEEPNESS = 1.5


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Calls within which nine of ten audits saw a share, by share, for so many references to a round."""

    references: int
    calls: tuple[tuple[float, int], ...]


# Llama-3-70B-Instruct answered by Mistral-7B-Instruct-v0.3, 64 prompts that come again, alpha .05: docs/auditing.md.
UNKNOWN = (
    Yardstick(1, ((1.0, 30), (0.5, 84), (0.3, 163), (0.1, 923))),
    Yardstick(4, ((1.0, 22), (0.5, 47), (0.3, 89), (0.1, 327))),
)
ENROLLED = (
    Yardstick(1, ((1.0, 8), (0.5, 22), (0.3, 40), (0.1, 157), (0.05, 349))),
    Yardstick(4, ((1.0, 4), (0.5, 13), (0.3, 23), (0.1, 63), (0.05, 187))),
)


def calls_to_see(share: float, references: int, alpha: float, *, enrolled: bool) -> int:
    """Calls to the audited endpoint by which nine of ten audits see such a share, by the yardstick."""
    rows = ENROLLED if enrolled else UNKNOWN
    row = max((row for row in rows if row.references <= references), key=lambda row: row.references)
    # Between two shares on a straight line of logarithms; below the smallest, steeply.
    points = [(-log(known), log(calls)) for known, calls in row.calls]
    smallest = points[-1][0]
    sought = -log(share)
    line = float(np.interp(min(sought, smallest), [place for place, _ in points], [calls for _, calls in points]))
    needed = exp(line + STEEPNESS * max(0.0, sought - smallest))
    # What a wealth needs grows with log(1/alpha); the yardstick has alpha .05.
    return ceil(needed * max(1.0, log(1 / alpha) / log(20)) - 1e-9)


def share_seen(calls: int, references: int, alpha: float, *, enrolled: bool = False) -> float | None:
    """The least share that nine of ten audits have seen by now, by the yardstick; None where not even all."""
    if calls < calls_to_see(1.0, references, alpha, enrolled=enrolled):
        return None
    grid = [exp(log(0.01) * step / 200) for step in range(201)]
    needed = [calls_to_see(share, references, alpha, enrolled=enrolled) for share in grid]
    return grid[max(0, bisect_left(needed, calls + 1) - 1)]


def accounts_to_meet(share: float) -> int:
    """Accounts by which one of them is in the moved share with 90 %, where whole accounts are moved."""
    return 1 if share >= POWER else ceil(log(1 - POWER) / log(1 - share))


@dataclass(frozen=True, slots=True)
class Sample:
    """Scores of one round that its scorer had not seen: of the references, and of one answer of the substitute."""

    references: tuple[float, ...]
    substitute: float


def share_seen_of(samples: Sequence[Sample], calls: int, alpha: float, substitutes: int, seed: int) -> float | None:
    """The least share of an enrolled substitute that nine of ten audits would have seen by now, by simulation.

    None where not even a whole swap would have been, or too few rounds say how the scorer does.
    """
    if len(samples) < FEWEST_ROUNDS or calls < 1:
        return None
    seen = None
    for share in SHARES:
        if _shown(samples, calls, alpha, substitutes, share, np.random.default_rng(seed)) < POWER:
            break
        seen = share
    return seen


def _shown(
    samples: Sequence[Sample], calls: int, alpha: float, substitutes: int, share: float, rng: np.random.Generator
) -> float:
    """The part of simulated audits in which such a share is shown, by the bets on the one scorer alone."""
    bets = bets_of([""])[""]
    part = (1 - FOR_THE_UNKNOWN) / substitutes / sum(bet.part for bet in bets)
    logs = np.log([bet.part * part for bet in bets])[:, None] + np.zeros(RUNS)
    references = np.array([sample.references for sample in samples])
    others = np.array([sample.substitute for sample in samples])
    done = np.zeros(RUNS, bool)
    shares, trust = (np.array([[getattr(bet, of)] for bet in bets]) for of in ("share", "trust"))
    for _ in range(calls):
        rows = references[rng.integers(0, len(references), RUNS)]
        column = rng.integers(0, references.shape[1], RUNS)
        own = references[rng.integers(0, len(references), RUNS), column]
        swapped = others[rng.integers(0, len(others), RUNS)]
        audited = np.where(rng.random(RUNS) < share, swapped, own)
        logs += _factors(shares, trust, audited, rows)
        done |= np.log(np.exp(np.minimum(logs, 600)).sum(axis=0)) >= -log(alpha)
        if done.all():
            break
    return float(done.mean())


def _factors(shares: Floats, trust: Floats, audited: Floats, references: Floats) -> Floats:
    """Logarithms of factors, by bet and run."""
    answers = np.concatenate([audited[None], references.T])
    weights = 1 - shares[..., None] + shares[..., None] * np.exp(np.clip(trust[..., None] * answers, -SUREST, SUREST))
    own, mean = weights[:, 0], weights.mean(axis=1)
    factors: Floats = np.log(own / mean)
    return factors
