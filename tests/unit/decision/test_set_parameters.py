"""The effort and the limit on output that a policy sets: never above the client's word, and one limit throughout."""

import asyncio
from decimal import Decimal
from typing import Any, get_args

import pytest
from builders import DAY, SITUATION, ask, config, exchange, features, model, policy, price
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.config.load import with_policies
from router.decision.decide import decide
from router.decision.parameters.set_parameters import effort_for, output_limit_for, sent
from router.ledger.budget_store import Accounts
from router.policy.expand import spelled_out
from router.policy.policy_tests import try_policies
from router.serving.budget_holds import BudgetHolds
from router.types import (
    Budget,
    Change,
    ChatRequest,
    Condition,
    Decision,
    Effort,
    EffortRule,
    EmbeddingRequest,
    Message,
    Policy,
    Rule,
    Target,
)

LEVELS = get_args(Effort)
ROW = model(max_output=800)
REQUEST = ChatRequest("m", (Message("user", "hello"),))


def decided(changed: Policy, **read: Any) -> Decision:
    return decide(features(**read), ask(), SITUATION, config(ROW, policies={"plain": changed}))


@given(st.sampled_from((None, "turbo", *LEVELS)), st.sampled_from(LEVELS), st.booleans())
def test_effort_is_only_lowered_but_where_the_rule_raises(asked: str | None, word: Effort, raises: bool) -> None:
    said = effort_for(asked, EffortRule(word, raises))
    if asked is None:
        assert said == word
    elif said is not None:
        assert said == word != asked
        assert asked == "turbo" or (LEVELS.index(word) > LEVELS.index(asked)) is raises
    assert effort_for(asked, None) is None


@given(st.integers(0, 50), st.none() | st.integers(1, 50))
def test_a_limit_is_only_lowered(asked: int, most: int | None) -> None:
    limit = output_limit_for(asked, most) or asked
    assert limit == min(number for number in (asked, most) if number) if asked or most else not limit


def test_a_later_rule_wins_and_the_decision_says_what_is_sent() -> None:
    rules = tuple(
        Rule(name, "a test", Condition(), change)
        for name, change in (
            ("first", Change(effort=EffortRule("low"), max_output=60)),
            ("second", Change(max_output=20)),
        )
    )
    decision = decided(policy(rules=rules))
    assert (decision.effort, decision.max_output) == ("low", 20)
    assert decision.candidate("m").cost == Decimal(100 + 2 * 20)
    same = decided(policy(rules=rules), effort="minimal", output_limit=10)
    assert (same.effort, same.max_output) == (None, 0)


def test_vectors_and_speech_have_neither() -> None:
    row = model(capabilities=("embeddings",))
    rows = config(row, policies={"plain": policy(max_output=1, effort=EffortRule("low"))})
    decision = decide(features(needs=("embeddings",)), ask("m"), SITUATION, rows)
    assert (decision.effort, decision.max_output) == (None, 0)
    request = EmbeddingRequest("m", (Message("user", "hello"),))
    assert sent(request, decided(policy(max_output=5)), ROW) is request


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, (50, None)),
        ({"max_tokens": 70}, (50, None)),
        ({"max_completion_tokens": 70}, (None, 50)),
        ({"max_tokens": 60, "max_completion_tokens": 70}, (50, 50)),
    ],
)
def test_the_limit_goes_under_the_clients_own_name(said: dict[str, int], names: tuple[int | None, int | None]) -> None:
    decision = decided(policy(max_output=50), output_limit=max(said.values(), default=0))
    going = sent(ChatRequest("m", REQUEST.messages, **said), decision, ROW)  # type: ignore[arg-type]
    assert (going.max_tokens, going.max_completion_tokens) == names
    assert going.reasoning_effort is None


def test_what_is_sent_is_no_more_than_the_model_can() -> None:
    assert sent(REQUEST, decided(policy(max_output=9_000)), ROW).max_tokens == 800
    going = sent(REQUEST, decided(policy(effort=EffortRule("low"))), ROW)
    assert (going.reasoning_effort, going.max_tokens) == ("low", None)
    assert sent(REQUEST, decided(policy()), ROW) is REQUEST


def test_it_is_the_limit_that_is_held_for() -> None:
    budget = Budget(name="b", home="plain", of=Target(), limit=Decimal(10**9), unit="USD", per="day")
    rows = config(ROW, policies={"plain": policy(budgets=(budget,), max_output=30)}, prices={"m": (price("0", "1"),)})
    seen, wish, accounts = features(output_tokens=200), ask(), Accounts()
    read = exchange(decide(seen, wish, SITUATION, rows), seen, wish)
    assert read.expected_tokens == 130
    try:
        assert asyncio.run(BudgetHolds(read, rows, accounts, 5.0).hold(ROW))
        (statement,) = accounts.statements()
        assert statement.held == 30
    finally:
        accounts.close()


def test_a_policys_test_says_what_was_sent_instead() -> None:
    text = """default: p
policies:
  p:
    because: x
    band: 0
    effort: low
    tests:
      - {given: {task: chat}, expect: {effort: high}}
      - {given: {task: chat}, expect: {max_output: 50}}
      - {given: {task: chat, max_output: 50}, expect: {max_output: 50, effort: low}}
"""
    tried = try_policies(with_policies(load(), text.encode()), lambda _: features(), DAY)
    assert [each.passed for each in tried] == [False, False, True]
    assert tried[0].sentence.startswith("expected the effort high and low is sent")
    assert tried[1].sentence.startswith("expected a max_output of 50 and none is sent")


def test_spelled_out_it_is_the_same() -> None:
    text = """default: p
policies:
  p:
    because: x
    band: 0
    effort: {at_least: medium}
    max_output: 900
    rules: [{name: r, because: x, when: {task: chat}, set: {effort: low, max_output: 20}}]
"""
    config_ = with_policies(load(), text.encode())
    assert with_policies(load(), spelled_out(config_, ("p",)).encode()).policies == config_.policies
