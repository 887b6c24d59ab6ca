"""What is tried next."""

from typing import get_args

import builders
import pytest
from builders import ask, config, features, model

from router.attempts import MOST_ATTEMPTS, RETRYABLE, Stop, Try, next_step
from router.decide import decide
from router.types import Attempt, Decision, Outcome


@pytest.fixture
def decision() -> Decision:
    rows = config(*(model(f"m{place}", 3.0 - place / 10) for place in range(8)))
    return decide(features(), ask(), builders.SITUATION, rows)


def tried(*outcomes: Outcome) -> list[Attempt]:
    return [Attempt(f"m{place}", outcome, 1.0) for place, outcome in enumerate(outcomes)]


def test_the_chosen_model_is_tried_first(decision: Decision) -> None:
    assert next_step(decision, []) == Try("m0")


@pytest.mark.parametrize("outcome", sorted(RETRYABLE))
def test_after_a_failure_of_the_backend_the_next_model_is_tried(decision: Decision, outcome: Outcome) -> None:
    assert next_step(decision, tried(outcome)) == Try("m1")
    assert next_step(decision, tried(outcome, outcome)) == Try("m2")


@pytest.mark.parametrize("outcome", sorted(set(get_args(Outcome)) - RETRYABLE))
def test_after_any_other_outcome_nothing_is_tried(decision: Decision, outcome: Outcome) -> None:
    assert next_step(decision, tried("timeout", outcome)) == Stop(outcome)


def test_a_refused_request_is_not_shopped_around() -> None:
    assert {"rejected", "content_filter", "cut_off", "client_left", "ok"}.isdisjoint(RETRYABLE)


def test_there_is_a_limit_to_trying(decision: Decision) -> None:
    assert isinstance(next_step(decision, tried(*["timeout"] * (MOST_ATTEMPTS - 1))), Try)
    assert next_step(decision, tried(*["timeout"] * MOST_ATTEMPTS)) == Stop("timeout")


def test_without_a_fallback_the_last_outcome_stands() -> None:
    alone = decide(features(), ask(), builders.SITUATION, config(model("m0")))
    assert next_step(alone, tried("rate_limited")) == Stop("rate_limited")
