"""A budget at its limit is logged once for each account, and counted for each request; models are ill as a whole."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import builders
import pytest
from builders import ask, config, ending, exchange, features, model, policy

from router.api.routes.policies import _stated
from router.api.surfaces.openai_chat.render import receipt_summary
from router.decision.budgets import Account
from router.decision.decide import decide
from router.decision.receipt import settle
from router.ledger.budget_store import Statement
from router.serving.budgets import reached_limits
from router.serving.budgets.reached_limits import Reached, ReachedLimits
from router.serving.deployments.deployment_pool import DeploymentPool
from router.types import Budget, Deployment, EffortRule, Raise, Relief, Target

BUDGET = Budget(
    name="b", home="p", of=Target(), limit=Decimal(1), unit="USD", per="day", then=Relief(warns=True), each="user"
)


def reached(*holders: str) -> Reached:
    return Reached(BUDGET, tuple(Account("p/b", holder, "2026-11-29") for holder in holders))


def test_each_account_is_logged_once_and_each_request_counted(caplog: pytest.LogCaptureFixture) -> None:
    limits = ReachedLimits()
    with caplog.at_level(logging.WARNING, "fungible"):
        for each in (reached("u1"), reached("u1"), reached("u1", "u2"), reached("*")):
            limits.observe([each])
        limits.observe([])
    assert caplog.messages == [
        "the budget p/b is at its limit for user u1 in 2026-11-29",
        "the budget p/b is at its limit for user u2 in 2026-11-29",
        "the budget p/b is at its limit in 2026-11-29",
    ]
    assert limits.counts == {"p/b": 4}


def test_what_is_remembered_is_bounded(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached_limits, "MOST_TOLD", 2)
    limits = ReachedLimits()
    with caplog.at_level(logging.WARNING, "fungible"):
        for holder in ("a", "b", "c", "a"):
            limits.observe([reached(holder)])
    assert len(caplog.messages) == 4


def test_a_model_is_ill_while_all_its_deployments_are() -> None:
    some = (Deployment("eu", "m", "p"), Deployment("us", "m", "p"))
    pool = DeploymentPool(replace(builders.config(model("m")), deployments=some), clock=lambda: 100.0)
    pool.eject("eu")
    assert pool.measured_words() == ()
    pool.eject("us")
    pool.measured._made = 0.0
    assert pool.measured_words() == ("m ill=0min",)


def test_the_answer_says_what_was_sent_instead() -> None:
    rows = config(model(), policies={"plain": policy(max_output=20, effort=EffortRule("low"))})
    seen, wish = features(), ask()
    made = exchange(decide(seen, wish, builders.SITUATION, rows), seen, wish)
    receipt = settle(made, ending("m"), rows)
    assert receipt_summary(receipt)["set"] == {"effort": "low", "max_output": 20}
    same = exchange(decide(seen, wish, builders.SITUATION, config(model())), seen, wish)
    assert "set" not in receipt_summary(settle(same, ending("m"), config(model())))


def test_what_is_used_of_a_budget_is_told_of_the_limit_now_and_the_whole_window() -> None:
    rolls = replace(BUDGET, per="7 days", each=None, at=Decimal("0.5"), shared="b", name="b at 50 %")
    raised = replace(rolls, raised=Raise(Decimal(2), 0, 2e9))
    local = datetime(2026, 11, 29, 12, tzinfo=UTC)
    days = ("2026-11-29", "2026-11-25", "2026-11-01")
    books = [Statement(Account("p/b", "*", day), Decimal(1), Decimal(0)) for day in days]
    by_account = {book.account: book for book in books}
    told = [_stated(book, raised, by_account, local) for book in books]
    assert [row["used"] for row in told] == [0.5, 0.25, 0.25]
    assert {row["limit"] for row in told} == {"0.000004"}
    assert _stated(books[0], None, by_account, local)["used"] is None
