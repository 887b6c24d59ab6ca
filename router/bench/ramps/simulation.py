"""`fungible bench ramps`: how often the evidence of ramps errs, and how many pairs it needs, in simulation.

Invariant: the seed is fixed, and each scenario begins its own stream with it: no figure depends on what else is run.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf

import numpy as np

from router.bench.ramps.alternative_tests import RIVALS, Rival
from router.bench.ramps.simulated_pairs import Law, Share, Times, Waits, crossings, share, waits
from router.errors import BadRequest
from router.evidence import Question
from router.evidence.batch import extend, fresh

# True differences, in margins: better by half of it, equal, worse within it, at it, and beyond it.
DIFFERENCES = (0.5, 0.0, -0.5, -1.0, -1.5, -2.0)
# Other kinds of work, as (base, correlation): the figures of one law say little of another.
ELSEWHERE = ((0.95, 0.5), (0.85, 0.5), (0.6, 0.7))
# Tables beside the first are made of fewer runs, one in so many: nothing is promised by their last digit.
ELSEWHERE_PART, RIVAL_PART = 4, 8
# Blocks that stay in the processor's cache: runs at once, and pairs between two looks at which runs are decided.
_RUNS, _PAIRS = 256, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What came of the runs of one law, each ended by its first decision.

    `ever_promoted` and `ever_harmed` count calls that are ever made, by looking after every pair to the last; they are
    there only at the margin, where either call is wrong.
    """

    law: Law
    runs: int
    promoted: Share
    rolled_back: Share
    undecided: Share
    to_promote: Waits
    to_roll_back: Waits
    ever_promoted: Share | None = None
    ever_harmed: Share | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Another way to decide, on the first law: wrong calls at the margin, and its waits where it should decide."""

    name: str
    runs: int
    wrong_promotions: Share
    wrong_rollbacks: Share
    to_promote: Waits
    to_roll_back: Waits


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured, with what it was measured at."""

    question: Question
    runs: int
    pairs: int
    seed: int
    scenarios: tuple[Scenario, ...]
    elsewhere: tuple[Scenario, ...]
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """What to simulate: the question, the law of equal models, runs of each scenario, pairs of each run, the seed."""

    question: Question
    base: float
    correlation: float
    runs: int
    pairs: int
    seed: int

    @property
    def laws(self) -> list[Law]:
        """The laws of the first table; raises BadRequest where one can't be."""
        return [self._law(self.base, self.correlation, margins) for margins in DIFFERENCES]

    @property
    def other_laws(self) -> list[Law]:
        """Other kinds of work, equal, at the margin and at twice the margin; kinds that can't be are left out."""
        laws: list[Law] = []
        for kind in ELSEWHERE:
            with suppress(BadRequest):
                laws += [self._law(*kind, margins) for margins in (0.0, -1.0, -2.0)]
        return laws

    @property
    def steps(self) -> int:
        """How many times `measure` reports progress; raises BadRequest for a law that can't be."""
        return len(self.laws) + len(self.other_laws) + len(RIVALS)

    def measure(self, step: Callable[[], object]) -> Report:
        """All scenarios, `step` called after each. Raises BadRequest for a law that can't be."""
        laws, others = self.laws, self.other_laws
        scenarios = tuple(self._scenario(law, self.runs, step) for law in laws)
        elsewhere = tuple(self._scenario(law, max(1, self.runs // ELSEWHERE_PART), step) for law in others)
        compared = tuple(self._compared(rival, step) for rival in RIVALS)
        return Report(self.question, self.runs, self.pairs, self.seed, scenarios, elsewhere, compared)

    def _law(self, base: float, correlation: float, margins: float) -> Law:
        return Law(base, margins * self.question.margin, correlation)

    def _scenario(self, law: Law, runs: int, step: Callable[[], object]) -> Scenario:
        at_margin = law.difference == -self.question.margin
        promote, harm = self.first_calls(law, runs, to_the_end=at_margin)
        step()
        # Where both come with one pair, harm outweighs.
        promoted, harmed = promote < harm, (harm <= promote) & (harm < inf)
        counts = int(promoted.sum()), int(harmed.sum())
        return Scenario(
            law=law,
            runs=runs,
            promoted=share(counts[0], runs),
            rolled_back=share(counts[1], runs),
            undecided=share(runs - sum(counts), runs),
            to_promote=waits(np.where(promoted, promote, inf)),
            to_roll_back=waits(np.where(harmed, harm, inf)),
            ever_promoted=share(int((promote < inf).sum()), runs) if at_margin else None,
            ever_harmed=share(int((harm < inf).sum()), runs) if at_margin else None,
        )

    def first_calls(self, law: Law, runs: int, *, to_the_end: bool) -> Times:
        """The pairs after which each run first promotes, and first harms, as (2, runs); infinite where it never does.

        Unless `to_the_end`, a run ends with its first call.
        """
        random = np.random.default_rng(self.seed)
        sizes = _parts(runs, _RUNS)
        return np.concatenate([self._chunk(law, random, size, to_the_end) for size in sizes], axis=1)

    def _chunk(self, law: Law, random: np.random.Generator, runs: int, to_the_end: bool) -> Times:
        calls, going, state = np.full((2, runs), inf), np.arange(runs), fresh(runs)
        for size in _parts(self.pairs, _PAIRS):
            before = state.pairs
            state, wealth = extend(self.question, state, law.draw(random, (len(going), size)))
            reached = before + crossings(wealth >= self.question.threshold)
            calls[:, going] = np.minimum(calls[:, going], reached)
            if not to_the_end:
                undecided = np.isinf(calls[:, going]).all(axis=0)
                going, state = going[undecided], state.kept(undecided)
        return calls

    def _compared(self, rival: Rival, step: Callable[[], object]) -> Compared:
        runs = max(1, self.runs // RIVAL_PART)
        calls = {}
        for margins in (0.0, -1.0, -2.0):
            law, random = self._law(self.base, self.correlation, margins), np.random.default_rng(self.seed)
            parts = (law.draw(random, (size, self.pairs)) for size in _parts(runs, _RUNS))
            crossed = [rival.calls(self.question, law, part) for part in parts]
            calls[margins] = np.concatenate([crossings(reached) for reached in crossed], axis=1)
        step()
        return Compared(
            rival.name,
            runs,
            share(int((calls[-1.0][0] < inf).sum()), runs),
            share(int((calls[-1.0][1] < inf).sum()), runs),
            waits(calls[0.0][0]),
            waits(calls[-2.0][1]),
        )


def _parts(whole: int, most: int) -> Iterator[int]:
    for start in range(0, whole, most):
        yield min(most, whole - start)
