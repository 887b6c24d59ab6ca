"""Simulated audits: an adversary against the product's own test, many runs of each, and other tests beside it.

Invariant: what is measured is the code that audits endpoints, round by round; each run has a seed of its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, log, sqrt

import numpy as np

from router.bench.audit.adversaries import HONEST, Adversary, Asked, Deck
from router.bench.audit.answer_pool import Pool, Rows
from router.bench.audit.rival_tests import FirstWord, codes, mmd_p_value
from router.evidence.matched import Enrolled, MatchedTest
from router.evidence.matched.enrolled_scorer import EnrolledScorer, fit

ALPHA = 0.05
LOOKS_OF_MMD = 20


@dataclass(frozen=True, slots=True)
class Method:
    """How it is audited: references to a call, and whether the substitute is enrolled, with half of all answers."""

    name: str
    references: int
    enrolled: bool


METHODS = (
    Method("unknown, K = 1", 1, False),
    Method("unknown, K = 4", 4, False),
    Method("enrolled, K = 1", 1, True),
    Method("enrolled, K = 4", 4, True),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: the call at which it was shown (inf if never), rounds, and the intervals of the share with its end."""

    shown_at: float
    rounds: int
    covered: bool
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Runs of one adversary by one method: part shown with a 95 % interval, and calls at quantiles of all runs."""

    adversary: str
    method: str
    swaps: bool
    runs: int
    calls: int
    shown: float
    shown_low: float
    shown_high: float
    q25: float | None
    median: float | None
    q90: float | None
    covered: float | None = None
    width: float | None = None


class Trials:
    """Runs over one pool; scorers of the enrolled are fitted once."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self.pool, self._seed = pool, seed
        self._half = pool.answers // 2
        self._scorer: EnrolledScorer | None = None

    def cell(
        self,
        adversary: Adversary,
        method: Method,
        runs: int,
        calls: int,
        *,
        share: float | None = None,
        step: Callable[[], object] = int,
    ) -> Cell:
        """Many runs; with a `share` they go on to the end, and its interval is looked at after every round."""
        trials = []
        for number in range(runs):
            trials.append(self._run(adversary, method, calls, np.random.default_rng([self._seed, number]), share))
            step()
        return summary(adversary, method.name, calls, trials, share)

    def _run(
        self, adversary: Adversary, method: Method, calls: int, rng: np.random.Generator, share: float | None
    ) -> Trial:
        test, deck = self._test(method, rng), Deck.shuffled(self.pool, self._half if method.enrolled else 0, rng)
        before: Counter[int] = Counter()
        moved, covered = bool(rng.random() < adversary.moved_accounts), True
        while test.rounds < calls:
            drawn = self._draw(deck, method.references, rng)
            if drawn is None:
                break
            asked = Asked(deck, drawn, test.rounds, before, moved, rng)
            test.observe(str(drawn), self._answers(adversary, asked, method.references))
            before[drawn] += 1
            if share is not None:
                interval = test.enrolled[0].interval
                covered &= interval.low <= share <= interval.high
            elif test.shown:
                break
        shown_at = test.rounds if test.shown else inf
        if share is None:
            return Trial(shown_at, test.rounds, covered)
        return Trial(shown_at, test.rounds, covered, test.enrolled[0].interval.low, test.enrolled[0].interval.high)

    def _draw(self, deck: Deck, references: int, rng: np.random.Generator) -> int | None:
        """A prompt that has enough answers left, or None once none has."""
        for _ in range(20 * self.pool.prompts):
            prompt = int(rng.integers(self.pool.prompts))
            if deck.has(prompt, references + 3):
                return prompt
        return None

    def _answers(self, adversary: Adversary, asked: Asked, references: int) -> Rows:
        model, place = adversary.answer(asked)
        own = [asked.deck.draw(0, asked.prompt) for _ in range(references)]
        vectors = self.pool.vectors
        return np.concatenate([vectors[model, asked.prompt, [place]], vectors[0, asked.prompt, own]])

    def _test(self, method: Method, rng: np.random.Generator) -> MatchedTest:
        seed = int(rng.integers(1 << 31))
        if not method.enrolled:
            return MatchedTest(ALPHA, (), seed)
        vectors, quarter = self.pool.vectors, self._half // 2
        learn = vectors[:, :, :quarter].reshape(2, -1, vectors.shape[-1])
        self._scorer = self._scorer or fit(learn[0], learn[1])
        measure = {str(prompt): vectors[1, prompt, quarter : self._half] for prompt in range(self.pool.prompts)}
        return MatchedTest(ALPHA, [Enrolled(self.pool.models[1], learn[1], measure, ALPHA, self._scorer)], seed)

    def other_methods(
        self, adversary: Adversary, runs: int, calls: int, step: Callable[[], object] = int
    ) -> list[Cell]:
        """A one-word test after every call, and two-sample tests: once at the end, and at twenty looks."""
        words, once, again = [], [], []
        for number in range(runs):
            texts = self._texts(adversary, calls, np.random.default_rng([self._seed, number]))
            words.append(_first_word(texts))
            looks = _mmd_looks(texts, np.random.default_rng([self._seed, number, 1]))
            once.append(Trial(len(texts) if looks[-1] <= ALPHA else inf, len(texts), covered=True))
            early = next((place for place, value in enumerate(looks, 1) if value <= ALPHA), None)
            at = inf if early is None else early * len(texts) / len(looks)
            again.append(Trial(at, len(texts), covered=True))
            step()
        names = "first words, K = 1", "MMD once at the end", f"MMD at {LOOKS_OF_MMD} looks"
        pairs = zip(names, (words, once, again), strict=True)
        return [summary(adversary, name, calls, trials, None) for name, trials in pairs]

    def _texts(self, adversary: Adversary, calls: int, rng: np.random.Generator) -> list[tuple[int, str, str]]:
        """(prompt, audited, reference) of a run."""
        deck, before, texts = Deck.shuffled(self.pool, 0, rng), Counter[int](), list[tuple[int, str, str]]()
        moved = bool(rng.random() < adversary.moved_accounts)
        while len(texts) < calls and (prompt := self._draw(deck, 1, rng)) is not None:
            model, place = adversary.answer(Asked(deck, prompt, len(texts), before, moved, rng))
            reference = self.pool.texts[0][prompt][deck.draw(0, prompt)]
            texts.append((prompt, self.pool.texts[model][prompt][place], reference))
            before[prompt] += 1
        return texts


def _first_word(texts: Sequence[tuple[int, str, str]]) -> Trial:
    test = FirstWord()
    for place, (prompt, audited, reference) in enumerate(texts, 1):
        if test.observe(prompt, audited, reference) >= -log(ALPHA):
            return Trial(place, place, covered=True)
    return Trial(inf, len(texts), covered=True)


def _mmd_looks(texts: Sequence[tuple[int, str, str]], rng: np.random.Generator) -> list[float]:
    """P-values at looks that are evenly apart, the last at the end."""
    prompts = [prompt for prompt, _, _ in texts]
    audited, references = [codes(own) for _, own, _ in texts], [codes(other) for _, _, other in texts]
    values = []
    for look in range(1, LOOKS_OF_MMD + 1):
        end = max(2, round(len(texts) * look / LOOKS_OF_MMD))
        values.append(mmd_p_value(prompts[:end], audited[:end], references[:end], rng))
    return values


def summary(adversary: Adversary, method: str, calls: int, trials: Sequence[Trial], share: float | None) -> Cell:
    """The cell of some trials."""
    at = np.array([trial.shown_at for trial in trials])
    shown = float((at < inf).mean())
    low, high = wilson(shown, len(trials))
    quantiles = np.quantile(at, (0.25, 0.5, 0.9), method="higher").tolist()
    quarter, half, most = (None if value == inf else value for value in quantiles)
    cell = Cell(
        adversary=adversary.name, method=method, swaps=adversary.swaps, runs=len(trials), calls=calls, shown=shown,
        shown_low=low, shown_high=high, q25=quarter, median=half, q90=most,
    )  # fmt: skip
    if share is None:
        return cell
    covered = float(np.mean([trial.covered for trial in trials]))
    return replace(cell, covered=covered, width=float(np.mean([trial.high - trial.low for trial in trials])))


def wilson(part: float, count: int) -> tuple[float, float]:
    """A 95 % interval of a share (Wilson, 1927)."""
    z = 1.96
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(part * (1 - part) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def null_cells(trials: Trials, runs: int, calls: int, step: Callable[[], object] = int) -> list[Cell]:
    """False alarms of each of our methods under a look after every call."""
    return [trials.cell(HONEST, method, runs, calls, step=step) for method in METHODS]
