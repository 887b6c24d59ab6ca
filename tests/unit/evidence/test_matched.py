"""Matched sets: vectors, scorers, ends, power and the watch, each by what it should say of small cases."""

from math import inf

import numpy as np
import pytest

from router.evidence.matched import Enrolled, MatchedTest, ShareInterval, Standing, SwapWatch, end_of, vector
from router.evidence.matched.answer_vector import COLUMNS, MOST
from router.evidence.matched.audit_power import (
    FEWEST_ROUNDS,
    Sample,
    accounts_to_meet,
    calls_to_see,
    share_seen,
    share_seen_of,
)
from router.evidence.matched.enrolled_scorer import fit
from router.evidence.matched.novelty import MOST_KEPT, Novelty
from router.evidence.matched.set_bets import Scores
from router.evidence.matched.wealths import Wealths, is_sound


def rows(*texts: str) -> np.ndarray:
    return np.array([vector(text) for text in texts])


def test_a_vector_has_unit_length_and_an_empty_text_none() -> None:
    assert np.linalg.norm(vector("a map of rivers")) == pytest.approx(1, abs=1e-3)
    assert vector("").shape == (COLUMNS,)
    assert not vector("").any()
    assert (vector("é\ud800")).any()


def test_a_text_is_read_up_to_a_length() -> None:
    assert (vector("a " * MOST) == vector("a " * (2 * MOST))).all()


def test_novelty_is_of_prompts_that_come_again() -> None:
    novelty = Novelty()
    answers = rows("Sure! A map it is", "the answer is a river")
    assert novelty.score("p", answers).of == (0, 0)
    novelty.remember("p", rows("the answer is a lake", "the answer is a river"))
    first, other = novelty.score("p", answers).of
    assert first > 0 > other
    assert novelty.score("q", answers).of == (0, 0)


def test_only_so_many_references_are_kept() -> None:
    novelty = Novelty()
    novelty.remember("p", rows("the first of all"))
    for number in range(MOST_KEPT):
        novelty.remember("p", rows(f"another {number}"))
    assert novelty.score("p", rows("the first of all", "another 3")).of[0] > 0


def test_a_scorer_needs_answers_of_both() -> None:
    assert fit(rows("a", "b", "c"), rows("d", "e", "f", "g")) is None
    scorer = fit(rows("the map", "the river", "the lake", "the sea"), rows("Sure! 1", "Sure! 2", "Sure! 3", "Sure! 4"))
    assert scorer is not None
    substitute, reference = scorer.score(rows("Sure! 9", "the hill")).of
    assert substitute > 0 > reference
    assert scorer.chance(rows("Sure! 9"))[0] > 0.9


def test_an_enrolled_substitute_is_named_with_its_share() -> None:
    learn = rows(*(f"Sure! Number {n}" for n in range(8)))
    measure = {"p": rows(*(f"Sure! Number {n + 20}" for n in range(70)))}
    other = Enrolled("third", rows(*(f"Well, hm, {n}" for n in range(8))), {}, 0.025)
    test = MatchedTest(0.05, [Enrolled("other", learn, measure, 0.025), other])
    assert test.nearest is None
    test.remember("p", rows(*(f"the answer is {n}" for n in range(8))))
    for number in range(80):
        swapped = number % 2 == 0
        audited = f"Sure! Number {number + 200}" if swapped else f"the answer is {number + 300}"
        test.observe("p", rows(audited, f"the answer is {number + 100}"))
    assert test.shown
    nearest = test.nearest
    assert nearest is not None and nearest.name == "other"
    assert nearest.interval.low <= 0.5 <= nearest.interval.high
    assert nearest.interval.estimate == pytest.approx(0.5, abs=0.1)
    assert nearest.interval.rounds == 70
    assert len(nearest.samples) == 70
    assert other.interval.rounds == 0
    assert other.interval.estimate is None


def test_a_scorer_that_is_given_stays() -> None:
    scorer = fit(rows("the map", "the river", "the lake", "the sea"), rows("Sure! 1", "Sure! 2", "Sure! 3", "Sure! 4"))
    given = Enrolled("other", rows("Sure! 1"), {}, 0.05, scorer)
    MatchedTest(0.05, [given]).remember("p", rows("a", "b", "c", "d", "e"))
    assert given.scorer is scorer


def test_the_interval_refuses_what_is_no_chance() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ShareInterval(0.05).after(1.5, 0, 1)


def test_ends_that_cross_say_that_no_share_fits() -> None:
    interval = ShareInterval(0.05)
    for _ in range(60):
        interval = interval.after(0.0, 1.0, 1.0)
    assert interval.low > interval.high


@pytest.mark.parametrize(
    ("shown", "rounds", "failed", "seen", "end"),
    [
        (True, 10, 0, None, "another_model"),
        (False, 100, 0, 0.3, "nothing_found"),
        (False, 100, 0, 0.31, "inconclusive"),
        (False, 100, 0, None, "inconclusive"),
        (False, 100, 30, 0.1, "inconclusive"),
        (False, 0, 0, None, "inconclusive"),
    ],
)
def test_three_ends(shown: bool, rounds: int, failed: int, seen: float | None, end: str) -> None:
    assert end_of(Standing(shown, rounds, failed, seen, 0.3)) == end


def test_the_yardstick_takes_more_calls_for_less() -> None:
    for enrolled in (False, True):
        for references in (1, 4, 9):
            calls = [calls_to_see(share, references, 0.05, enrolled=enrolled) for share in (1, 0.5, 0.3, 0.1, 0.05)]
            assert calls == sorted(calls)
    assert calls_to_see(0.5, 1, 0.001, enrolled=False) > calls_to_see(0.5, 1, 0.05, enrolled=False)


def test_what_would_have_been_seen_by_now() -> None:
    assert share_seen(3, 1, 0.05) is None
    early, late = share_seen(60, 1, 0.05), share_seen(600, 1, 0.05)
    assert early is not None and late is not None and late < early
    assert calls_to_see(late, 1, 0.05, enrolled=False) <= 600
    assert share_seen(10**9, 1, 0.05) == pytest.approx(0.01)


def test_accounts_to_be_in_the_moved_share() -> None:
    assert [accounts_to_meet(share) for share in (0.01, 0.05, 0.1, 0.3, 0.5, 1.0)] == [230, 45, 22, 7, 4, 1]


def test_power_by_simulation() -> None:
    far = [Sample((-4.0,), 4.0)] * FEWEST_ROUNDS
    alike = [Sample((0.0,), 0.0)] * FEWEST_ROUNDS
    assert share_seen_of(far[1:], 100, 0.05, 1, seed=0) is None
    assert share_seen_of(alike, 50, 0.05, 1, seed=0) is None
    seen = share_seen_of(far, 200, 0.05, 1, seed=0)
    assert seen is not None and seen <= 0.1
    assert share_seen_of(far, 0, 0.05, 1, seed=0) is None


def test_power_may_reach_the_smallest_share() -> None:
    assert share_seen_of([Sample((-9.0, -9.0), 9.0)] * FEWEST_ROUNDS, 1500, 0.05, 1, seed=0) == 0.01


def test_wealth_is_worked_out_from_scores_alone() -> None:
    wealths = Wealths.fresh(["other"])
    scores = {"novelty": Scores((2.0, -2.0)), "other": Scores((5.0, -5.0))}
    for _ in range(12):
        wealths = wealths.after(scores)
    assert wealths.value > 20
    assert wealths.best == wealths.log
    assert wealths.of("other") > wealths.of("novelty") > wealths.of("style") == 0
    assert wealths.after({"other": Scores((-5.0, 5.0))}).best == wealths.best


def test_scores_that_others_wrote_down_are_looked_at() -> None:
    assert is_sound(Scores((1.0, 2.0)), 2)
    for scores in (Scores((1.0,)), Scores((1.0, inf)), Scores((1.0, 2.0), -1.0)):
        assert not is_sound(scores, 2)


def test_the_watch_rings_after_a_change_and_not_before() -> None:
    watch = SwapWatch.fresh(1000, ("other",))
    assert watch.level == 0
    for _ in range(200):
        watch = watch.after({"novelty": Scores((0.0, 0.0))})
    assert watch.level == pytest.approx(200)
    assert not watch.alarm
    for _ in range(40):
        watch = watch.after({"novelty": Scores((3.0, -3.0)), "other": Scores((5.0, -5.0))})
    assert watch.alarm
    with pytest.raises(ValueError, match="at least 1"):
        SwapWatch.fresh(0.5)
