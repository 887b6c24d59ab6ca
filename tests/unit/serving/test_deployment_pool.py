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
    placed = of.places(lambda _: (), tokens)(model, ())
    return placed.deployment.name if placed.deployment else None


def test_a_model_without_deployments_is_at_its_provider_under_its_own_name() -> None:
    rows = configured(ONE, replace(ONE, name="a-us"))
    by_model = deployments_of(rows)
    assert [deployment.name for deployment in by_model["a"]] == ["a-eu", "a-us"]
    assert by_model["b"] == (Deployment("b", "b", "p"),)
    assert taken(DeploymentPool(rows), model="b") == "b"
    assert taken(DeploymentPool(rows), model="unknown") is None


@pytest.mark.parametrize(
    ("capacity", "calls"),
    [(Capacity(requests_per_minute=3), 3), (Capacity(tokens_per_minute=30), 3), (Capacity(in_flight=2), 2)],
)
def test_each_limit_is_kept_and_comes_back(capacity: Capacity, calls: int) -> None:
    clock = Clock()
    pool = fleet(replace(ONE, capacity=capacity), clock=clock)
    for _ in range(calls):
        assert taken(pool) == "a-eu"
        pool.begin("a-eu", 10)
    assert taken(pool) is None
    for _ in range(calls):
        pool.end("a-eu", "ok", 10, 10)
    clock.now += 60 / calls
    assert taken(pool) == "a-eu"


def test_tokens_are_corrected_by_what_was_used() -> None:
    pool = fleet(replace(ONE, capacity=Capacity(tokens_per_minute=100)))
    pool.begin("a-eu", 90)
    assert taken(pool, 50) is None
    pool.end("a-eu", "ok", 90, 20)
    assert taken(pool, 50) == "a-eu"
    pool.begin("a-eu", 50)
    pool.end("a-eu", "unavailable", 50, None)
    assert taken(pool, 80) == "a-eu"


def test_a_request_that_is_larger_than_a_minute_is_let_through_when_the_bucket_is_full() -> None:
    pool = fleet(replace(ONE, capacity=Capacity(tokens_per_minute=100)))
    assert taken(pool, 5000) == "a-eu"
    pool.begin("a-eu", 5000)
    assert taken(pool, 1) is None


def test_a_backend_that_asks_for_patience_is_left_alone_so_long_while_others_can_answer() -> None:
    clock = Clock()
    pool = fleet(ONE, clock=clock)
    for retry_after in (None, 7):
        pool.begin("a-eu", 10)
        pool.end("a-eu", "rate_limited", 10, None, retry_after)
        assert taken(pool) == (None if retry_after else "a-eu")
    clock.now += 6.99
    placed = pool.places(lambda _: (), 10)("a", ())
    assert (placed.deployment, placed.last_resort) == (None, ONE)
    clock.now += 0.01
    assert taken(pool) == "a-eu"


def test_an_ill_deployment_is_a_last_resort_and_is_probed() -> None:
    clock = Clock()
    pool = fleet(ONE, clock=clock, breaking=Breaking(failures=1))
    pool.begin("a-eu", 10)
    pool.end("a-eu", "timeout", 10, None)
    placed = pool.places(lambda _: (), 10)("a", ())
    assert (placed.deployment, placed.last_resort) == (None, ONE)
    clock.now += 5
    assert taken(pool) == "a-eu"
    pool.begin("a-eu", 10)
    assert taken(pool) is None


def test_what_is_known_survives_a_reload_and_a_new_capacity_begins_full() -> None:
    rows = configured(replace(ONE, capacity=Capacity(requests_per_minute=1)), breaking=Breaking(failures=1))
    pool = DeploymentPool(rows, Clock())
    pool.begin("a-eu", 1)
    pool.end("a-eu", "unavailable", 1, None)
    pool.put_in_force(rows)
    assert pool.states["a-eu"].breaker.until is not None
    assert pool.states["a-eu"].requests is not None
    assert pool.states["a-eu"].requests.left == 0
    pool.put_in_force(replace(rows, deployments=(replace(ONE, capacity=Capacity(requests_per_minute=5)),)))
    assert pool.states["a-eu"].requests.left == 5
    pool.put_in_force(replace(rows, deployments=()))
    pool.begin("a-eu", 1)
    pool.end("a-eu", "ok", 1, 1)
    assert set(pool.states) == {"a", "b"}


def test_retries_and_hedges_have_a_budget_that_requests_earn() -> None:
    pool = fleet(ONE, retrying=Retrying(0.5, pause_s=0.2, longest_pause_s=2.0), hedged=0.25)
    assert pool.pause_s(3) is None
    assert (pool.pause_s(2), pool.pause_s(None)) == (2.0, 0.2)
    for _ in range(int(MOST_BUDGET) - 2):
        assert pool.may_repeat()
        pool.pause_s(None)
    assert not pool.may_repeat()
    pool.earn()
    pool.earn()
    assert pool.may_repeat()
    for _ in range(int(MOST_BUDGET)):
        pool.hedged()
    assert not pool.may_hedge()
    for _ in range(4):
        pool.earn()
    assert pool.may_hedge()


def test_a_deployment_that_goes_and_comes_back_during_a_call_counts_it_once() -> None:
    rows = configured(ONE)
    pool = DeploymentPool(rows, Clock())
    pool.begin("a-eu", 1)
    pool.put_in_force(replace(rows, deployments=()))
    pool.put_in_force(rows)
    assert pool.states["a-eu"].in_flight == 1
    pool.put_in_force(replace(rows, deployments=()))
    pool.end("a-eu", "ok", 1, 1)
    pool.put_in_force(rows)
    assert pool.states["a-eu"].in_flight == 0


def test_patience_ends_with_an_answer_and_lasts_a_minute_at_most() -> None:
    clock = Clock()
    pool = fleet(ONE, clock=clock)
    for _ in range(2):
        pool.begin("a-eu", 10)
    pool.end("a-eu", "rate_limited", 10, None, 86_400)
    clock.now += 59
    assert taken(pool) is None
    pool.end("a-eu", "ok", 10, 10)
    assert taken(pool) == "a-eu"
    pool.begin("a-eu", 10)
    pool.end("a-eu", "rate_limited", 10, None, 86_400)
    clock.now += 60
    assert taken(pool) == "a-eu"
