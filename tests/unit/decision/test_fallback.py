"""What is tried next."""

from collections.abc import Collection
from typing import get_args

import builders
import pytest
from builders import ask, config, features, model

from router.decision.decide import decide
from router.decision.fallback import MOST_ATTEMPTS, PASSING, RETRYABLE, Stop, Try, next_step
from router.decision.placement import Placement, Standing, place
from router.types import Attempt, Decision, Deployment, Offer, Outcome

TWO = {name: (Deployment(f"{name}-eu", name, "p", "eu"), Deployment(f"{name}-us", name, "p", "us")) for name in "ab"}
ILL, FULL, WELL = Standing(ejected=True), Standing(full=True), Standing()


@pytest.fixture
def decision() -> Decision:
    rows = config(*(model(f"m{place}", 3.0 - place / 10) for place in range(8)))
    return decide(features(), ask(), builders.SITUATION, rows)


@pytest.fixture
def pair() -> Decision:
    return decide(features(), ask(), builders.SITUATION, config(model("a", 3.0), model("b", 2.0)))


def tried(*outcomes: Outcome) -> list[Attempt]:
    return [Attempt(f"m{place}", outcome, 1.0, "", f"m{place}") for place, outcome in enumerate(outcomes)]


def test_the_chosen_model_is_tried_first(decision: Decision) -> None:
    assert next_step(decision, []) == Try("m0", "m0")


@pytest.mark.parametrize("outcome", sorted(RETRYABLE))
def test_after_a_failure_of_the_backend_the_next_model_is_tried(decision: Decision, outcome: Outcome) -> None:
    assert next_step(decision, tried(outcome)) == Try("m1", "m1")
    assert next_step(decision, tried(outcome, outcome)) == Try("m2", "m2")


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


@pytest.mark.parametrize("outcome", sorted(RETRYABLE))
def test_where_nothing_else_is_left_a_passing_failure_is_tried_again_once(outcome: Outcome) -> None:
    alone = decide(features(), ask(), builders.SITUATION, config(model("m0")))
    again = next_step(alone, tried(outcome), may_repeat=True)
    assert again == (Try("m0", "m0", again=True) if outcome in PASSING else Stop(outcome))
    assert next_step(alone, tried(outcome) * 2, may_repeat=True) == Stop(outcome)


def anywhere(**standing: Standing) -> object:
    def offered(name: str, done: Collection[str]) -> Placement:
        return place(TWO[name], (), done, lambda deployment: standing.get(deployment.replace("-", "_"), WELL))

    return offered


def step(pair: Decision, *attempts: Attempt, **standing: Standing) -> Try | Stop:
    return next_step(pair, attempts, anywhere(**standing))  # type: ignore[arg-type]


def failed(deployment: str, outcome: Outcome = "unavailable") -> Attempt:
    return Attempt(deployment[0], outcome, 1.0, "", deployment)


def test_the_same_model_elsewhere_goes_before_another_model(pair: Decision) -> None:
    assert step(pair) == Try("a", "a-eu", offers=(Offer("a-eu", "taken"),))
    assert step(pair, failed("a-eu")) == Try("a", "a-us", offers=(Offer("a-us", "taken"),))
    assert step(pair, failed("a-eu"), failed("a-us")) == Try("b", "b-eu", offers=(Offer("b-eu", "taken"),))


def test_a_budget_binds_a_model_wherever_it_is(pair: Decision) -> None:
    action = step(pair, failed("a-eu", "budget"))
    assert isinstance(action, Try)
    assert action.deployment == "b-eu"


def test_what_is_full_or_ill_waives_and_that_is_told(pair: Decision) -> None:
    assert step(pair, a_eu=FULL) == Try("a", "a-us", offers=(Offer("a-eu", "full"), Offer("a-us", "taken")))
    spilled = step(pair, a_eu=FULL, a_us=ILL)
    assert spilled == Try("b", "b-eu", offers=(Offer("a-eu", "full"), Offer("a-us", "ejected"), Offer("b-eu", "taken")))


def test_ejection_does_not_empty_the_pool(pair: Decision) -> None:
    everything = {"a_eu": FULL, "a_us": ILL, "b_eu": ILL, "b_us": FULL}
    action = step(pair, **everything)
    assert isinstance(action, Try)
    assert (action.deployment, action.offers[-1]) == ("a-us", Offer("a-us", "taken"))


def test_where_all_are_full_nobody_is_called(pair: Decision) -> None:
    full = dict.fromkeys(("a_eu", "a_us", "b_eu", "b_us"), FULL)
    action = step(pair, **full)
    assert isinstance(action, Stop)
    assert (action.outcome, len(action.offers)) == ("rate_limited", 4)


def test_a_region_that_a_guard_bars_is_never_called() -> None:
    placed = place(TWO["a"], ("eu",), (), lambda _: WELL)
    assert placed.deployment == TWO["a"][1]
    nowhere = place(TWO["a"], ("eu", "us"), (), lambda _: WELL)
    assert (nowhere.deployment, nowhere.last_resort) == (None, None)
    assert next_step(decide(features(), ask(), builders.SITUATION, config(model("a"))), [], lambda *_: nowhere) == Stop(
        "unavailable", nowhere.offers
    )


@pytest.fixture
def alone() -> Decision:
    return decide(features(), ask(), builders.SITUATION, config(model("a")))


def test_what_is_tried_again_is_the_deployment_that_failed_last(alone: Decision) -> None:
    attempts = [failed("a-eu", "timeout"), failed("a-us")]
    again = next_step(alone, attempts, anywhere(), may_repeat=True)  # type: ignore[arg-type]
    assert again == Try("a", "a-us", again=True)
    passed_over = next_step(alone, attempts[1:], anywhere(a_eu=FULL), may_repeat=True)  # type: ignore[arg-type]
    assert passed_over == Try("a", "a-us", again=True, offers=(Offer("a-eu", "full"),))


def test_where_some_are_full_and_others_barred_it_is_the_limit_that_is_named(alone: Decision) -> None:
    there = place(TWO["a"], ("eu",), (), lambda _: FULL)
    assert there.offers == (Offer("a-eu", "region"), Offer("a-us", "full"))
    assert next_step(alone, [], lambda *_: there) == Stop("rate_limited", there.offers)


def test_the_first_that_is_ejected_is_the_last_resort_and_no_region_is_no_bar() -> None:
    assert place(TWO["a"], (), (), lambda _: ILL).last_resort == TWO["a"][0]
    anyplace = Deployment("a-any", "a", "p")
    assert place((anyplace,), ("eu", "a-any"), (), lambda _: WELL).deployment == anyplace
