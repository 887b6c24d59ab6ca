"""How often 95 % intervals hold the truth, on simulated tables whose truth is known.

Invariant: a table is drawn anew each time from one law, in clusters of prompts that resemble each other; the truth is
that of a large table of the same law, or for what learns from each table, its mean over all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.bench.loop.off_policy import Logged, estimate
from router.bench.routing.comparison.simultaneous import Drawn, together
from router.bench.routing.frontier import Router, learned
from router.bench.routing.frontier import judge as judge_router
from router.bench.routing.measures import Array, Interval
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import in_domain
from router.bench.routing.resampling import TRAINED, Resamples
from router.bench.routing.strong_weak import judge as judge_pair
from router.reading.fit_reader import look
from router.tokens import ids

LARGE = 200_000
ABILITIES, PRICES = np.array([2.0, 1.2, 0.2]), np.array([10.0, 2.0, 0.4])
NAMES = ("dear", "middle", "cheap")
NOISE, ALIKE = 1.0, 0.6
SHARE = 0.3
WORDS = 60
Z = 1.959964
Advance = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Covered:
    """How often the intervals of a figure held its truth, of so many tables, with the Wilson interval of that share."""

    figure: str
    held: int
    tables: int

    @property
    def share(self) -> Interval:
        """The share with its 95 % interval."""
        many, part = self.tables, self.held / self.tables
        middle = (part + Z**2 / (2 * many)) / (1 + Z**2 / many)
        reach = Z * np.sqrt(part * (1 - part) / many + Z**2 / (4 * many**2)) / (1 + Z**2 / many)
        return Interval(part, float(middle - reach), float(min(1.0, middle + reach)))

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"share": asdict(self.share)}


@dataclass(frozen=True, slots=True)
class _Simulated:
    """Prompts in clusters: their difficulty, two guesses at it, what three models scored, and a ramp's arms."""

    cluster: NDArray[np.int64]
    difficulty: Array
    guess: Array
    other: Array
    scores: Array
    moved: NDArray[np.bool_]


def coverage(tables: int, prompts: int, rounds: int, fits: int = 0, advance: Advance = lambda: None) -> list[Covered]:
    """The coverage of every kind of interval; of what is learned in each table by so many `fits`, where any."""
    truth = _truth(_simulated(LARGE, np.random.default_rng(1)))
    held = dict.fromkeys(truth, 0)
    families = 0
    for number in range(tables):
        drawn = _simulated(prompts, np.random.default_rng(1000 + number))
        shown, difference = _intervals(drawn, rounds)
        for name, interval in shown.items():
            held[name] += interval.low <= truth[name] <= interval.high
        families += all(row.low <= truth[f"difference of {name}"] <= row.high for name, row in difference.items())
        advance()
    rows = [Covered(name, held[name], tables) for name in truth if not name.startswith("difference")]
    rows.append(Covered("all differences of a table (max-T)", families, tables))
    return rows + ([_learned(fits, prompts, rounds, advance)] if fits else [])


def _simulated(many: int, random: np.random.Generator) -> _Simulated:
    cluster = random.integers(0, max(1, many // 3), many)
    shared, own = random.standard_normal(many), random.standard_normal(many)
    difficulty = 1.5 * (np.sqrt(ALIKE) * shared[cluster] + np.sqrt(1 - ALIKE) * own)
    chance = 1 / (1 + np.exp(difficulty[:, None] - ABILITIES))
    return _Simulated(
        cluster=cluster,
        difficulty=difficulty,
        guess=difficulty + NOISE * random.standard_normal(many),
        other=difficulty + 2 * NOISE * random.standard_normal(many),
        scores=(random.random((many, 3)) < chance).astype(np.float64),
        moved=(random.random(many) < SHARE),
    )


def _routers(drawn: _Simulated) -> tuple[Router, Router, Array]:
    costs = np.tile(PRICES, (len(drawn.cluster), 1))
    first, second = (
        learned(name, "none", 1 / (1 + np.exp(guess[:, None] / 2 - ABILITIES)), drawn.scores, costs, NAMES)
        for name, guess in (("first", drawn.guess), ("second", drawn.other))
    )
    return first, second, costs


def _logged(drawn: _Simulated) -> Logged:
    """A policy that keeps the hard half with the dear model, where a ramp moved a share to the middle one."""
    hard = drawn.guess > 0
    seen = np.where(hard, ~drawn.moved, drawn.moved)
    return Logged(
        chance=np.where(hard, 1 - SHARE, SHARE),
        seen=seen,
        score=np.where(hard, drawn.scores[:, 0], drawn.scores[:, 1]),
        predicted=np.full(len(hard), 0.5),
        unit=drawn.cluster,
    )


def _truth(whole: _Simulated) -> dict[str, float]:
    one = Resamples.of(whole.cluster, 1)
    figures = _figures(whole, one)
    policy = _logged(whole)
    truth = {name: interval.value for name, (interval, _) in figures.items()}
    truth |= {f"difference of {name}": _less(figures, name)[0] for name in ("APGR", "AIQ", "regret")}
    return truth | dict.fromkeys(("inverse propensity", "doubly robust"), float(policy.score.mean()))


def _figures(drawn: _Simulated, resamples: Resamples) -> dict[str, tuple[Interval, Array]]:
    """Each figure with its draws, of the first router and of the second."""
    weak, strong = drawn.scores[:, 2], drawn.scores[:, 0]
    first, second, costs = _routers(drawn)
    rows = {}
    for name, need, router in (("", drawn.guess, first), ("second ", drawn.other, second)):
        pair = judge_pair(name, "none", _need(need), weak, strong, resamples)
        standing = judge_router(router, drawn.scores, costs, resamples)
        rows[f"{name}APGR"] = (pair.apgr, pair.draws)
        rows[f"{name}AIQ"] = (standing.aiq, standing.draws.figures[:, 0])
        rows[f"{name}regret"] = (standing.regret, standing.draws.figures[:, 3])
    return rows


def _need(guess: Array) -> Array:
    """How much the dear model is worth beyond the cheap one, by a guess at the difficulty."""
    need: Array = 1 / (1 + np.exp(guess / 2 - ABILITIES[0])) - 1 / (1 + np.exp(guess / 2 - ABILITIES[2]))
    return need


def _less(figures: dict[str, tuple[Interval, Array]], name: str) -> tuple[float, Array]:
    (own, draws), (other, more) = figures[name], figures[f"second {name}"]
    return own.value - other.value, draws - more


def _intervals(drawn: _Simulated, rounds: int) -> tuple[dict[str, Interval], dict[str, Any]]:
    figures = _figures(drawn, Resamples.of(drawn.cluster, rounds))
    shown = {name: interval for name, (interval, _) in figures.items()}
    made = estimate(_logged(drawn), rounds)
    shown |= {"inverse propensity": made.inverse_propensity, "doubly robust": made.doubly_robust}
    names = ("APGR", "AIQ", "regret")
    rows = together([Drawn(*_less(figures, name)) for name in names])
    return shown, dict(zip(names, rows, strict=True))


def _learned(fits: int, prompts: int, rounds: int, advance: Advance) -> Covered:
    """The APGR of what is learned from each table in its own folds; its truth is the mean over all tables."""
    made: list[Interval] = []
    for number in range(fits):
        made.append(_fit(prompts, rounds, np.random.default_rng(9000 + number)))
        advance()
    truth = float(np.mean([interval.value for interval in made]))
    held = sum(interval.low <= truth <= interval.high for interval in made)
    return Covered("APGR of a fit, in-domain", held, fits)


def _fit(prompts: int, rounds: int, random: np.random.Generator) -> Interval:
    """A table of texts whose words say something of their difficulty."""
    weights = np.random.default_rng(7).standard_normal(WORDS)
    words = random.integers(0, WORDS, (prompts, 8))
    difficulty = weights[words].sum(axis=1) / np.sqrt(8) * 1.5
    chance = 1 / (1 + np.exp(difficulty[:, None] - ABILITIES))
    scores = (random.random(chance.shape) < chance).astype(np.float64)
    texts = [f"{number} " + " ".join(f"word{place}" for place in row) for number, row in enumerate(words)]
    table = Outcomes("simulated", tuple(texts), NAMES, scores)
    seen = look(texts, dict.fromkeys(texts, 0), ids, list(range(prompts)))
    chances = in_domain(table, seen, 1, lambda: None)
    resamples = Resamples.of(seen.groups, rounds)
    return judge_pair(
        "fit", "in-domain", chances[:, 0] - chances[:, 2], scores[:, 2], scores[:, 0], resamples, TRAINED
    ).apgr


def is_enough(rows: Sequence[Covered], least: float = 0.93) -> bool:
    """Whether no share is shown to lie below."""
    return all(row.share.high >= least for row in rows)
