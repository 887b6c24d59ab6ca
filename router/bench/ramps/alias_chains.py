"""`fungible bench aliases`: chains of versions with random gains and losses, and what a name over them then serves.

Invariant: versions are let in by the bets and the parts of alpha that aliases use; every way to choose sees the same
true qualities, and the seed is fixed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from router.bench.ramps.simulated_pairs import Share, Waits, share, waits
from router.evidence import Question
from router.evidence.batch import extend, fresh
from router.evidence.betting import Floats
from router.types import WORDED, VersionAlias

Truth = Literal["gains and losses", "worse by the margin", "a little worse each time"]
TRUTHS: tuple[Truth, ...] = ("gains and losses", "worse by the margin", "a little worse each time")
"""What versions are: better here and worse there, or, to try the promise, none of them good."""
CREEP = 0.4
# Of a scenario in which nothing is decided soon, one run in so many.
HARD_PART = 4
NEAR = 0.01
LEAST, MOST = 0.3, 0.96
FEW = 300
"""Pairs of the rival that looks at a mean once."""
_PAIRS = 512
Versions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """What to simulate. Gains from version to version are normal: `drift` on average, spread by `spread`."""

    margin: float
    alpha: float
    runs: int
    tasks: int
    versions: int
    give_up: int
    drift: float
    spread: float
    base: float
    correlation: float
    seed: int

    @property
    def steps(self) -> int:
        """How many times `measure` reports progress."""
        return len(TRUTHS) * (self.versions - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one way to choose made of the chains.

    `fell` is the share of runs in which an upgrade made some task worse by the margin or more; `fell_in_all` that in
    which a task was ever worse by so much than it had once been. `gap` is the mean distance of the version that
    serves in the end from the best, in quality; `near` the share of tasks within a point of it; `gained` what the last
    version served is better than the first. `pairs` are those of a run, of all tasks and upgrades.
    """

    name: str
    fell: Share
    fell_in_all: Share
    gap: float
    near: Share
    gained: float
    pairs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrades:
    """What became of the alias' upgrades on a task: let in, kept out, given up; and the pairs that it took."""

    let_in: Share
    kept_out: Share
    given_up: Share
    to_let_in: Waits
    to_keep_out: Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One truth: how the alias did, and the others beside it."""

    truth: Truth
    runs: int
    alias: Outcome
    upgrades: Upgrades
    others: tuple[Outcome, ...]


def measure(chains: Chains, step: Callable[[], object] = lambda: None) -> tuple[Measured, ...]:
    """All truths, `step` called after each upgrade."""
    return tuple(_measured(chains, truth, step) for truth in TRUTHS)


def qualities(chains: Chains, truth: Truth, runs: int, random: np.random.Generator) -> Floats:
    """The true chance to be right by run, task and version."""
    first = chains.base + 0.05 * random.standard_normal((runs, chains.tasks, 1))
    shape = runs, chains.tasks, chains.versions - 1
    if truth == "gains and losses":
        gains = chains.drift + chains.spread * random.standard_normal(shape)
    else:
        gains = np.full(shape, -chains.margin * (CREEP if truth == "a little worse each time" else 1))
    if truth == "worse by the margin":
        # Each is worse than the first, which goes on serving while no call is wrong.
        all_gains: Floats = gains
    else:
        all_gains = np.cumsum(gains, axis=2)
    quality: Floats = np.clip(np.concatenate([first, first + all_gains], axis=2), LEAST, MOST)
    return quality


def _measured(chains: Chains, truth: Truth, step: Callable[[], object]) -> Measured:
    runs = chains.runs if truth == TRUTHS[0] else max(10, chains.runs // HARD_PART)
    random = np.random.default_rng([chains.seed, TRUTHS.index(truth)])
    quality = qualities(chains, truth, runs, random).reshape(runs * chains.tasks, chains.versions)
    served, calls = _by_evidence(chains, quality, random, step)
    newest = np.broadcast_to(np.arange(chains.versions), served.shape)
    looked = _by_mean(chains, quality, random)
    pairs = float(np.abs(calls).sum()) / runs
    return Measured(
        truth=truth,
        runs=runs,
        alias=_outcome("the alias", chains, quality, served, pairs),
        upgrades=_upgrades(calls, np.diff(served, axis=1) > 0, chains.give_up),
        others=(
            _outcome(f"a mean of {FEW}", chains, quality, looked, float(FEW * chains.tasks * (chains.versions - 1))),
            _outcome("always the newest", chains, quality, newest, 0.0),
            _outcome("always the first", chains, quality, np.zeros_like(served), 0.0),
        ),
    )


def _by_evidence(
    chains: Chains, quality: Floats, random: np.random.Generator, step: Callable[[], object]
) -> tuple[Versions, Floats]:
    """The version that serves after each upgrade, and the pairs of each: negative where none was let in."""
    promise = VersionAlias(
        name="", because="", versions=(), margin=chains.margin, alpha=chains.alpha, tasks=(WORDED[0],) * chains.tasks
    )
    served = np.zeros((len(quality), chains.versions), np.intp)
    calls = np.zeros((len(quality), chains.versions - 1))
    for version in range(1, chains.versions):
        now = served[:, version - 1]
        question = Question(chains.margin, promise.alpha_of(version))
        rows = np.arange(len(quality))
        decided = _decided(chains, question, quality[rows, now], quality[:, version], random)
        calls[:, version - 1] = decided
        served[:, version] = np.where(decided > 0, version, now)
        step()
    return served, calls


def _decided(
    chains: Chains, question: Question, original: Floats, substitute: Floats, random: np.random.Generator
) -> Floats:
    """The pairs after which each comparison lets the substitute in; negative where it stays out."""
    calls, going, state = np.full(len(original), -float(chains.give_up)), np.arange(len(original)), fresh(len(original))
    for start in range(0, chains.give_up, _PAIRS):
        size = min(_PAIRS, chains.give_up - start)
        outcomes = _differences(original[going], substitute[going], chains.correlation, random, size)
        state, wealth = extend(question, state, outcomes)
        reached = wealth >= question.threshold
        first = np.where(reached.any(axis=2), reached.argmax(axis=2), size)
        # Where both come with one pair, harm outweighs.
        after = start + first.min(axis=0) + 1.0
        calls[going] = np.where(first.min(axis=0) == size, calls[going], np.where(first[0] < first[1], after, -after))
        open_ = first.min(axis=0) == size
        going, state = going[open_], state.kept(open_)
        if not going.size:
            break
    return calls


def _differences(
    original: Floats, substitute: Floats, correlation: float, random: np.random.Generator, size: int
) -> Floats:
    """Differences D of right-or-wrong outcomes, as (comparisons, pairs)."""
    a, b = original[:, None], substitute[:, None]
    both = np.minimum(a * b + correlation * np.sqrt(a * (1 - a) * b * (1 - b)), np.minimum(a, b))
    places = random.random((len(original), size))
    return (places < b - both).astype(np.float64) - (places >= 1 - (a - both))


def _by_mean(chains: Chains, quality: Floats, random: np.random.Generator) -> Versions:
    """Who takes a version whose mean over a few pairs is no lower than the margin allows."""
    served = np.zeros((len(quality), chains.versions), np.intp)
    rows = np.arange(len(quality))
    for version in range(1, chains.versions):
        now = served[:, version - 1]
        means = _differences(quality[rows, now], quality[:, version], chains.correlation, random, FEW).mean(axis=1)
        served[:, version] = np.where(means >= -chains.margin, version, now)
    return served


def _outcome(name: str, chains: Chains, quality: Floats, served: Versions, pairs: float) -> Outcome:
    runs = len(quality) // chains.tasks
    had = np.take_along_axis(quality, served, axis=1)
    # What is computed of a fall of exactly the margin may differ from it in the last digit.
    least = chains.margin - 1e-9
    one = (had[:, :-1] - had[:, 1:] > least).any(axis=1).reshape(runs, -1).any(axis=1)
    whole = (np.maximum.accumulate(had, axis=1) - had > least).any(axis=1).reshape(runs, -1).any(axis=1)
    gap = quality.max(axis=1) - had[:, -1]
    return Outcome(
        name=name,
        fell=share(int(one.sum()), runs),
        fell_in_all=share(int(whole.sum()), runs),
        gap=float(gap.mean()),
        near=share(int((gap <= NEAR + 1e-9).sum()), len(quality)),
        gained=float((had[:, -1] - had[:, 0]).mean()),
        pairs=pairs,
    )


def _upgrades(calls: Floats, let_in: NDArray[np.bool_], give_up: int) -> Upgrades:
    given_up = ~let_in & (-calls >= give_up)
    kept_out = ~let_in & ~given_up
    tried = calls.size
    return Upgrades(
        let_in=share(int(let_in.sum()), tried),
        kept_out=share(int(kept_out.sum()), tried),
        given_up=share(int(given_up.sum()), tried),
        to_let_in=_waits(calls[let_in]),
        to_keep_out=_waits(-calls[kept_out]),
    )


def _waits(pairs: Floats) -> Waits:
    return waits(pairs if pairs.size else np.array([np.inf]))
