"""What a server knows of its deployments: room, patience, illness, and budgets of retries and hedges."""

from dataclasses import replace
from typing import Any

import builders
import pytest
from builders import model

from router.decision.placement import deployments_of
from router.serving.deployments.deployment_pool import MOST_BUDGET, DeploymentPool
from router.types import Breaking, Capacity, Config, Deployment, Resilience, Retrying

ONE = Deployment("a-eu", "a", "p", "eu")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fleet(*deployments: Deployment, clock: Clock | None = None, **said: Any) -> DeploymentPool:
    return DeploymentPool(configured(*deployments, **said), clock or Clock(), lambda: 1.0)


def configured(*deployments: Deployment, **said: Any) -> Config:
    rows = builders.config(model("a"), model("b"))
    return replace(rows, deployments=deployments, resilience=Resilience(**said))


def taken(of: DeploymentPool, tokens: int = 10, model: str = "a") -> str | None:
    found = of.places(lambda _: (), tokens)(model, ())
    return found.deployment.name if found.deployment else None


def test_a_model_without_deployments_is_at_its_provider_under_its_own_name() -> None:
    rows = configured(ONE, replace(ONE, name="a-us"))
    found = deployments_of(rows)
    assert [one.name for one in found["a"]] == ["a-eu", "a-us"]
    assert found["b"] == (Deployment("b", "b", "p"),)
    assert taken(DeploymentPool(rows), model="b") == "b"
    assert taken(DeploymentPool(rows), model="unknown") is None


@pytest.mark.parametrize(
    ("capacity", "calls"),
    [(Capacity(requests_per_minute=3), 3), (Capacity(tokens_per_minute=30), 3), (Capacity(in_flight=2), 2)],
)
def test_each_limit_is_kept_and_comes_back(capacity: Capacity, calls: int) -> None:
    clock = Clock()
    one = fleet(replace(ONE, capacity=capacity), clock=clock)
    for _ in range(calls):
        assert taken(one) == "a-eu"
        one.begin("a-eu", 10)
    assert taken(one) is None
    for _ in range(calls):
        one.end("a-eu", "ok", 10, 10)
    clock.now += 60 / calls
    assert taken(one) == "a-eu"


def test_tokens_are_corrected_by_what_was_used() -> None:
    one = fleet(replace(ONE, capacity=Capacity(tokens_per_minute=100)))
    one.begin("a-eu", 90)
    assert taken(one, 50) is None
    one.end("a-eu", "ok", 90, 20)
    assert taken(one, 50) == "a-eu"
    one.begin("a-eu", 50)
    one.end("a-eu", "unavailable", 50, None)
    assert taken(one, 80) == "a-eu"


def test_a_request_that_is_larger_than_a_minute_is_let_through_when_the_bucket_is_full() -> None:
    one = fleet(replace(ONE, capacity=Capacity(tokens_per_minute=100)))
    assert taken(one, 5000) == "a-eu"
    one.begin("a-eu", 5000)
    assert taken(one, 1) is None


def test_a_backend_that_asks_for_patience_is_left_alone_so_long_while_others_can_answer() -> None:
    clock = Clock()
    one = fleet(ONE, clock=clock)
    for retry_after in (None, 7):
        one.begin("a-eu", 10)
        one.end("a-eu", "rate_limited", 10, None, retry_after)
        assert taken(one) == (None if retry_after else "a-eu")
    clock.now += 6.99
    found = one.places(lambda _: (), 10)("a", ())
    assert (found.deployment, found.last_resort) == (None, ONE)
    clock.now += 0.01
    assert taken(one) == "a-eu"


def test_an_ill_deployment_is_a_last_resort_and_is_probed() -> None:
    clock = Clock()
    one = fleet(ONE, clock=clock, breaking=Breaking(failures=1))
    one.begin("a-eu", 10)
    one.end("a-eu", "timeout", 10, None)
    found = one.places(lambda _: (), 10)("a", ())
    assert (found.deployment, found.last_resort) == (None, ONE)
    clock.now += 5
    assert taken(one) == "a-eu"
    one.begin("a-eu", 10)
    assert taken(one) is None


def test_what_is_known_survives_a_reload_and_a_new_capacity_begins_full() -> None:
    rows = configured(replace(ONE, capacity=Capacity(requests_per_minute=1)), breaking=Breaking(failures=1))
    one = DeploymentPool(rows, Clock())
    one.begin("a-eu", 1)
    one.end("a-eu", "unavailable", 1, None)
    one.put_in_force(rows)
    assert one.states["a-eu"].breaker.until is not None
    assert one.states["a-eu"].requests is not None
    assert one.states["a-eu"].requests.left == 0
    one.put_in_force(replace(rows, deployments=(replace(ONE, capacity=Capacity(requests_per_minute=5)),)))
    assert one.states["a-eu"].requests.left == 5
    one.put_in_force(replace(rows, deployments=()))
    one.begin("a-eu", 1)
    one.end("a-eu", "ok", 1, 1)
    assert set(one.states) == {"a", "b"}


def test_retries_and_hedges_have_a_budget_that_requests_earn() -> None:
    one = fleet(ONE, retrying=Retrying(0.5, pause_s=0.2, longest_pause_s=2.0), hedged=0.25)
    assert one.pause_s(3) is None
    assert (one.pause_s(2), one.pause_s(None)) == (2.0, 0.2)
    for _ in range(int(MOST_BUDGET) - 2):
        assert one.may_repeat()
        one.pause_s(None)
    assert not one.may_repeat()
    one.earn()
    one.earn()
    assert one.may_repeat()
    for _ in range(int(MOST_BUDGET)):
        one.hedged()
    assert not one.may_hedge()
    for _ in range(4):
        one.earn()
    assert one.may_hedge()


def test_a_deployment_that_goes_and_comes_back_during_a_call_counts_it_once() -> None:
    rows = configured(ONE)
    one = DeploymentPool(rows, Clock())
    one.begin("a-eu", 1)
    one.put_in_force(replace(rows, deployments=()))
    one.put_in_force(rows)
    assert one.states["a-eu"].in_flight == 1
    one.put_in_force(replace(rows, deployments=()))
    one.end("a-eu", "ok", 1, 1)
    one.put_in_force(rows)
    assert one.states["a-eu"].in_flight == 0


def test_patience_ends_with_an_answer_and_lasts_a_minute_at_most() -> None:
    clock = Clock()
    one = fleet(ONE, clock=clock)
    for _ in range(2):
        one.begin("a-eu", 10)
    one.end("a-eu", "rate_limited", 10, None, 86_400)
    clock.now += 59
    assert taken(one) is None
    one.end("a-eu", "ok", 10, 10)
    assert taken(one) == "a-eu"
    one.begin("a-eu", 10)
    one.end("a-eu", "rate_limited", 10, None, 86_400)
    clock.now += 60
    assert taken(one) == "a-eu"
