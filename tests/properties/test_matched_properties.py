"""What makes an audit valid: whatever was learned before, a round gains nothing on average where one model answers."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.evidence.matched import Enrolled, MatchedTest, ShareInterval, SwapWatch, vector
from router.evidence.matched.set_bets import Bet, Scores, log_factors, log_sum
from router.evidence.matched.wealths import Wealths, bets_of

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=6)
BETS = st.builds(Bet, st.floats(0.01, 1), st.floats(-3, 3), st.just(1.0))
VOCABULARY = ("so", "the", "answer", "is", "a", "map", "of", "rivers", "and", "7", "or", "12", "ideas")
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12)
TEXTS = WORDS.map(" ".join)


def turned(items: list[float], place: int) -> tuple[float, ...]:
    """The item at a place first, as if it were the audited one."""
    return (items[place], *items[:place], *items[place + 1 :])


@given(SCORES, BETS, st.floats(0, 50))
def test_a_factor_has_the_mean_one_over_the_places_of_the_audited_answer(
    scores: list[float], bet: Bet, spread: float
) -> None:
    factors = [exp(log_factors([bet], Scores(turned(scores, place), spread))[0].item()) for place in range(len(scores))]
    assert np.mean(factors) == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("pqr"), TEXTS, TEXTS, TEXTS), min_size=1, max_size=8), st.tuples(*[TEXTS] * 3)
)
def test_after_any_past_a_round_gains_nothing_on_average(
    past: list[tuple[str, str, str, str]], last: tuple[str, str, str]
) -> None:
    gains = []
    for place in range(3):
        enrolled = Enrolled("other", np.array([vector(f"well well {n}") for n in range(4)]), {}, 0.05)
        test = MatchedTest(0.05, [enrolled], seed=3)
        test.remember("p", np.array([vector("the answer is a map")] * 4))
        for prompt, *answers in past:
            test.observe(prompt, np.array([vector(text) for text in answers]))
        before = test.wealths.log
        vectors = [vector(last[(place + turn) % 3]) for turn in range(3)]
        test.observe("p", np.array(vectors))
        gains.append(exp(test.wealths.log - before))
    assert np.mean(gains) == pytest.approx(1, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)), st.lists(TEXTS, min_size=4, max_size=4))
def test_scores_do_not_depend_on_which_answer_is_the_audited_one(order: list[int], texts: list[str]) -> None:
    test = MatchedTest(0.05, (), seed=1)
    for start in ("the map of rivers", "7 ideas and 12"):
        test.observe("p", np.array([vector(start), vector("so the answer is"), vector("so the map")]))
    vectors = np.array([vector(text) for text in texts])
    scores, turned_scores = test.score("p", vectors), test.score("p", vectors[order])
    for name, of in scores.items():
        assert np.array(of.of)[order] == pytest.approx(turned_scores[name].of, abs=1e-4)


def test_the_parts_of_all_bets_sum_to_one() -> None:
    for substitutes in ((), ("a",), ("a", "b", "c")):
        assert sum(bet.part for bets in bets_of(substitutes).values() for bet in bets) == pytest.approx(1)
        assert Wealths.fresh(substitutes).log == pytest.approx(0)


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=20))
def test_a_sum_of_logarithms_is_that_of_what_they_stand_for(logs: list[float]) -> None:
    most = max(logs)
    assert log_sum(np.array(logs)) == pytest.approx(most + log(sum(exp(value - most) for value in logs)))


def test_one_model_on_both_sides_seldom_reaches_the_line() -> None:
    """A small simulation; `fungible bench audit` has a large one."""
    texts = [vector(f"so the answer is {n} rivers and {n * 7 % 11} ideas") for n in range(40)]
    shown = 0
    for seed in range(60):
        rng, test = np.random.default_rng(seed), MatchedTest(0.05, (), seed)
        for _ in range(60):
            test.observe(str(rng.integers(3)), np.array([texts[place] for place in rng.integers(0, 40, 2)]))
        shown += test.shown
    assert shown <= 8  # more than that has a chance of 0.5 % at five per cent


def test_another_model_reaches_it_soon() -> None:
    rng, test = np.random.default_rng(5), MatchedTest(0.05, (), 5)
    for _ in range(60):
        numbers = rng.integers(0, 40, 2)
        own, other = f"Certainly! Idea {numbers[0]} it is.", f"so the answer is {numbers[1]} rivers"
        test.observe(str(rng.integers(3)), np.array([vector(own), vector(other)]))
    assert test.shown


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.integers(0, 10_000))
def test_the_interval_holds_the_share(share: float, seed: int) -> None:
    """Each of 40 runs of 150 rounds; a few may miss by chance, which the next test bounds."""
    interval = ShareInterval(1e-6)
    rng = np.random.default_rng(seed)
    for _ in range(150):
        reference, substitute = rng.beta(1, 4), rng.beta(4, 1)
        audited = rng.beta(4, 1) if rng.random() < share else rng.beta(1, 4)
        interval = interval.after(audited, reference, substitute)
    assert interval.low <= share + 0.0025 and share - 0.0025 <= interval.high
    assert interval.estimate is not None


def test_the_interval_misses_as_seldom_as_it_says() -> None:
    missed = 0
    for seed in range(80):
        rng, interval = np.random.default_rng(seed), ShareInterval(0.05)
        for _ in range(120):
            audited = rng.beta(4, 1) if rng.random() < 0.3 else rng.beta(1, 4)
            interval = interval.after(audited, rng.beta(1, 4), rng.beta(4, 1))
            if not interval.low <= 0.3 <= interval.high:
                missed += 1
                break
    assert missed <= 9


def test_a_watch_rings_no_sooner_than_it_says_on_average() -> None:
    waits = []
    for seed in range(30):
        rng, watch, rounds = np.random.default_rng(seed), SwapWatch.fresh(50), 0
        while not watch.alarm and rounds < 2000:
            scores = rng.normal(size=2)
            watch, rounds = watch.after({"novelty": Scores(tuple(scores.tolist()))}), rounds + 1
        waits.append(rounds)
    assert np.mean(waits) >= 50
