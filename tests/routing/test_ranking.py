"""A table that ranks nothing says so, and about how many prompts it would take."""

import numpy as np

from router.bench.routing.comparison.ranking import unranked
from router.bench.routing.measures import Interval
from router.bench.routing.resampling import NORMAL
from router.bench.routing.strong_weak import PairScore, expected_of_random

DRAWS = np.random.default_rng(0).standard_normal(2_000)


def reader(name: str, apgr: float, spread: float, draws: np.ndarray = DRAWS, widened: float = 1.0) -> PairScore:
    reach = NORMAL * spread * widened
    nothing = Interval(50.0, 50.0, 50.0)
    return PairScore(name, "none", Interval(apgr, apgr - reach, apgr + reach), nothing, nothing, apgr + spread * draws)


def test_readers_that_nothing_tells_apart() -> None:
    own = np.random.default_rng(1).standard_normal(2_000)
    said = unranked([expected_of_random(), reader("length", 0.51, 0.1), reader("fit", 0.60, 0.1, own)], 100)
    assert said is not None
    assert (said.ahead, said.behind, round(said.gap, 2)) == ("fit", "random", 0.1)
    assert said.prompts is not None
    # Alone, 100 prompts tell 0.196 from chance: of half of it, four times as many; of three differences, more still.
    assert 400 <= said.prompts <= 700
    assert f"about {said.prompts:,} would show" in said.sentence(100)


def test_one_that_is_told_from_chance_ranks() -> None:
    assert unranked([expected_of_random(), reader("fit", 0.8, 0.1)], 100) is None
    # What it learned from the table is widened, and so is the difference.
    assert unranked([expected_of_random(), reader("fit", 0.8, 0.1, widened=2.0)], 100) is not None


def test_paired_readers_are_told_apart_though_their_intervals_overlap() -> None:
    assert unranked([reader("a", 0.50, 0.1), reader("b", 0.53, 0.101)], 100) is None


def test_nothing_to_rank() -> None:
    assert unranked([expected_of_random()], 100) is None
    same = unranked([expected_of_random(), reader("length", 0.5, 0.1)], 100)
    assert same is not None
    assert same.prompts is None
    assert same.sentence(100).endswith("from chance neither.")
