"""The figures of the bets, pinned: running ramps keep them, so that a change of the sums changes what is known."""

import pytest

from router.evidence import Evidence, Interval, Question, Split, assigned, difference, narrow, replanned, watch
from router.evidence.interval import grid
from router.evidence.pairs import Wealth
from router.evidence.post_ramp_watch import Watch


def test_the_figures_of_a_watch() -> None:
    state = Watch(0.05, 1000.0)
    for outcome in (-1.0, 0.0, -0.5, 1.0, -1.0, -1.0):
        state = watch(state, outcome)
    assert (state.pairs, state.squares) == (6, 4.25)
    assert (state.patient, state.bold) == pytest.approx((6.99500149795815, 8.96322651928172))
    assert state.level == pytest.approx(7.388646502222864)


def test_a_watch_rings_as_soon_as_it_comes_to_its_run_length() -> None:
    state = Watch(0.05, 8.0, patient=8.0, bold=8.0)
    assert state.level == 8.0
    assert state.alarm
    assert not Watch(0.05, 1.0).alarm
    with pytest.raises(ValueError, match="at least 1"):
        Watch(0.05, 0.99)


def test_the_figures_of_an_interval() -> None:
    interval = Interval(Question(0.1, 0.1))
    ends = []
    for turn in range(46):
        interval = narrow(
            interval, (-1.0, 0.0, -0.5, 1.0, -1.0, -1.0)[turn] if turn < 6 else (-1.0, 0.0, 0.5)[turn % 3]
        )
        ends.append((interval.low, interval.high))
    assert ends[5] == pytest.approx((-0.9116222962975584, 0.5263948605497712))
    assert ends[-1] == pytest.approx((-0.4383394352824804, 0.02))


def test_the_means_that_an_interval_looks_at_are_shared_and_can_t_be_written() -> None:
    means = grid(0.1)
    assert grid(0.1) is means
    assert not means.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        means[0] = 0.0
    assert means[0] == pytest.approx(-0.999)
    assert means[-1] == pytest.approx(0.999)
    assert (len(means), float(sum(means))) == (len(means[::-1]), pytest.approx(0.0, abs=1e-9))


def test_a_question_is_answered_on_its_threshold() -> None:
    question = Question(0.05, 0.25)
    assert question.threshold == 4.0
    assert Evidence(question, promote=Wealth(best=4.0)).promoted
    assert Evidence(question, harm=Wealth(best=4.0)).harmed
    assert not Evidence(question, promote=Wealth(best=3.9)).promoted
    assert not Evidence(question, harm=Wealth(best=3.9)).harmed


@pytest.mark.parametrize(
    ("original", "substitute", "d"), [(0.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, -1.0)]
)
def test_wholly_right_and_wholly_wrong_may_be_compared(original: float, substitute: float, d: float) -> None:
    assert difference(original, substitute) == d


@pytest.mark.parametrize(("original", "substitute"), [(-0.01, 0.5), (1.01, 0.5), (0.5, -0.01), (0.5, 1.01)])
def test_what_is_no_share_of_right_is_refused(original: float, substitute: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        difference(original, substitute)


def test_a_split_under_a_new_plan_goes_on_from_what_it_has_and_remembers_the_best() -> None:
    split = Split((0.5, 0.5), 0.05)
    for side in (0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1):
        split = assigned(split, side)
    assert split.log_wealth < split.best
    after = replanned(split, (0.25, 0.75))
    assert (after.log_wealth, after.best, after.counts) == (split.log_wealth, split.best, (0, 0))
