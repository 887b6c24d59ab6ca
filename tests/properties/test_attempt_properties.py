"""Whatever fails, in whatever order: consent holds, a model is tried once, and what is final is final."""

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import cases
from properties.test_decision_properties import decided
from router.decision.candidates import consents
from router.decision.fallback import MOST_ATTEMPTS, RETRYABLE, Stop, Try, next_step
from router.types import Attempt, Decision, Outcome

OUTCOMES = st.lists(st.sampled_from(get_args(Outcome)), min_size=12, max_size=12)
RETRIED = st.lists(st.sampled_from(sorted(RETRYABLE)), min_size=12, max_size=12)


def driven(case: tuple[Any, ...], outcomes: list[Outcome]) -> tuple[Decision, list[Attempt], Stop]:
    """Drive the rule of fallback with these outcomes until it stops."""
    decision, made = decided(case), []
    for outcome in outcomes:
        step = next_step(decision, made)
        if isinstance(step, Stop):
            return decision, made, step
        made.append(Attempt(step.model, outcome, 1.0, "", step.deployment))
    raise AssertionError("the rule of fallback does not end")


@given(cases(), OUTCOMES | RETRIED)
def test_consent_and_eligibility_hold_in_any_sequence_of_failures(case: tuple[Any, ...], outcomes: Any) -> None:
    decision, made, _ = driven(case, outcomes)
    _, ask, _, config = case
    models = {model.id: model for model in config.models}
    named = models[ask.model or decision.baseline]
    for attempt in made:
        assert consents(ask.consent, named, models[attempt.model])
        assert not decision.candidate(attempt.model).excluded


@given(cases(), OUTCOMES | RETRIED)
def test_a_model_is_tried_once_and_the_chosen_first(case: tuple[Any, ...], outcomes: Any) -> None:
    decision, made, _ = driven(case, outcomes)
    tried = [attempt.model for attempt in made]
    assert tried[0] == decision.chosen
    assert len(tried) == len(set(tried)) <= MOST_ATTEMPTS


@given(cases(), OUTCOMES)
def test_nothing_follows_an_outcome_that_is_final(case: tuple[Any, ...], outcomes: Any) -> None:
    _, made, stop = driven(case, outcomes)
    assert all(attempt.outcome in RETRYABLE for attempt in made[:-1])
    assert stop.outcome == made[-1].outcome


@given(cases(), RETRIED)
def test_every_fallback_is_tried_up_to_the_limit(case: tuple[Any, ...], outcomes: Any) -> None:
    decision, made, _ = driven(case, outcomes)
    everything = [decision.chosen, *decision.fallbacks][:MOST_ATTEMPTS]
    assert [attempt.model for attempt in made] == everything
    assert next_step(decision, []) == Try(decision.chosen, decision.chosen)
