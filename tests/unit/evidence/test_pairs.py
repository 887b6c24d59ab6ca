"""The evidence of one task: settled pair by pair, remembered once decided, small enough to be kept anywhere."""

from math import inf, nan

import numpy as np
import pytest
from pydantic import TypeAdapter

from router.evidence import Evidence, Question, difference, observe
from router.evidence.batch import extend, fresh
from router.evidence.betting import MOST, kelly
from router.evidence.pairs import Wealth

QUESTION = Question(0.05, 0.05)


def after(*outcomes: float) -> Evidence:
    evidence = Evidence(QUESTION)
    for outcome in outcomes:
        evidence = observe(evidence, outcome)
    return evidence


@pytest.mark.parametrize(("margin", "alpha"), [(0, 0.05), (1, 0.05), (0.05, 0), (0.05, 1), (nan, 0.05)])
def test_a_question_that_cannot_be_is_refused(margin: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Question(margin, alpha)


@pytest.mark.parametrize("outcome", [1.001, -1.001, nan, inf])
def test_a_difference_outside_its_range_is_refused(outcome: float) -> None:
    with pytest.raises(ValueError, match=r"\[-1, 1\]"):
        observe(Evidence(QUESTION), outcome)


def test_a_pair_is_the_substitute_less_the_original() -> None:
    assert difference(1, 0.25) == -0.75
    for pair in ((-0.1, 0), (0, 1.1), (nan, 0)):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            difference(*pair)


def test_the_first_bets_by_hand() -> None:
    evidence = after(1.0)
    patient, bold = kelly(0.0, 0.25, -0.05), 0.5 / 0.95
    assert evidence.promote.value == pytest.approx(0.8 * (1 + patient * 1.05) + 0.2 * (1 + bold * 1.05))
    patient, bold = kelly(0.1, 0.25, 0.05), 0.5 / 1.05
    assert evidence.harm.value == pytest.approx(0.8 * (1 - patient * 1.05) + 0.2 * (1 - bold * 1.05))
    assert (evidence.pairs, evidence.total, evidence.squares) == (1, 1.0, 1.0)


def test_equal_answers_promote_and_do_not_harm() -> None:
    evidence = after(*[0.0] * 120)
    assert evidence.promoted
    assert not evidence.harmed
    assert not after(*[0.0] * 20).promoted


def test_a_disaster_harms_within_tens_of_pairs() -> None:
    evidence = after(*[-1.0, 0.0] * 15)
    assert evidence.harmed
    assert not evidence.promoted


def test_a_decision_stands_though_the_wealth_falls() -> None:
    evidence = after(*[0.0] * 120, *[-1.0] * 10)
    assert evidence.promoted
    assert evidence.promote.value < QUESTION.threshold < evidence.promote.best


def test_wealth_has_a_ceiling_that_floats_can_hold() -> None:
    evidence = Evidence(QUESTION, promote=Wealth(MOST, MOST, MOST))
    assert observe(evidence, 1.0).promote == Wealth(MOST, MOST, MOST)


def test_the_state_survives_json() -> None:
    keep, evidence = TypeAdapter(Evidence), after(0, 1, -0.5, 0.25)
    assert keep.validate_json(keep.dump_json(evidence)) == evidence
    assert len(keep.dump_json(evidence)) < 400


def test_runs_that_go_on_are_the_runs_that_were_kept() -> None:
    outcomes = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    state, _ = extend(QUESTION, fresh(2), outcomes[:, :2])
    state, wealth = extend(QUESTION, state.kept(np.array([False, True])), outcomes[1:, 2:])
    assert (state.pairs, state.total.tolist()) == (3, [-1.0])
    assert wealth[:, 0, 0].tolist() == pytest.approx([after(0, 0, -1).promote.value, after(0, 0, -1).harm.value])
