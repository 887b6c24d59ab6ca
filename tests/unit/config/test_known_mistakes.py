"""Mistakes that routers and gateways are known to have made with policies and budgets; each is ruled out here."""

from contextlib import closing
from decimal import Decimal

import pytest
from builders import DAY, SITUATION, ask, features

from router.config import load
from router.config.load import with_policies
from router.decision.budgets import Account, Draw
from router.decision.decide import decide
from router.errors import ConfigError
from router.ledger.budget_store import Accounts, Held, Refused
from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import gathered
from router.types import Caller, Config, Situation

HEAD = "default: p\npolicies:\n  p:\n    because: a test\n    band: 0\n"
SHIPPED = load()


def config(text: str) -> Config:
    return with_policies(SHIPPED, text.encode())


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(text)
    return str(caught.value.problems[0])


def test_a_budget_does_not_fire_at_forty_cents_of_fifteen_dollars() -> None:
    fifteen, worst, account = Decimal(15_000_000), Decimal(400_000), Account("p/b", "*", "2026-11")
    with closing(Accounts()) as accounts:
        for _ in range(37):
            held = accounts.hold([Draw(account, fifteen, worst)], 60)
            assert isinstance(held, Held)
            accounts.settle(held, {account: worst})
        assert accounts.spent([account])[account] == Decimal(14_800_000)
        last = accounts.hold([Draw(account, fifteen, worst)], 60)
        assert isinstance(last, Held)
        accounts.settle(last, {account: Decimal(200_000)})
        assert accounts.hold([Draw(account, fifteen, worst)], 60) == Refused(account, "spent")


@pytest.mark.parametrize("limit", ["", "limit: , ", "limit: ~, ", "limit: null, ", 'limit: "", ', "limit: 500, "])
def test_a_limit_that_is_not_set_is_an_error_and_never_nothing(limit: str) -> None:
    sentence = problem(HEAD + f"    budgets:\n      - {{name: b, {limit}per: day}}\n")
    assert sentence.startswith("policies.yaml:7:")
    assert "limit" in sentence


def test_an_invalid_rule_refuses_the_file_and_is_not_skipped() -> None:
    rules = "    rules:\n      - {name: good, because: x, when: {}, set: {band: 1}}\n"
    assert "'tasc'" in problem(HEAD + rules + "      - {name: bad, because: x, when: {tasc: law}, set: {band: 0}}\n")


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("    band: 0\n", "    band: 0\n    budget: {limit: 5 USD}\n"),
        HEAD + "    rules:\n      - {name: r, because: x, band: 0, when: {}, set: {band: 1}}\n",
        HEAD + "    guards:\n      - {name: g, because: x, models: [gpt-5], never: {model: gpt-5}}\n",
        HEAD + "band: 0.5\n",
        HEAD + "  rules: []\n",
    ],
)
def test_a_misplaced_key_is_an_error(text: str) -> None:
    assert problem(text).startswith("policies.yaml:")


def test_a_condition_never_ignores_its_siblings() -> None:
    when = (
        '{task: chat, difficulty: ">= 1", team: a, tags: [x], language: en, input_tokens: "< 500", time: "09:00-18:00"}'
    )
    rule = f"    rules:\n      - {{name: r, because: x, when: {when}, set: {{band: 1}}}}\n"
    made = config(HEAD + rule)
    right = {"caller": Caller(team="a", tags=("x",)), "features": features(difficulty=1.0), "minute": 600}
    wrong = [
        {"caller": Caller(team="b", tags=("x",))},
        {"caller": Caller(team="a")},
        {"features": features(difficulty=0.99)},
        {"features": features(difficulty=1.0, task="coding")},
        {"features": features(difficulty=1.0, language="ko")},
        {"features": features(difficulty=1.0, input_tokens=500)},
        {"minute": 1080},
    ]

    def rules(data: dict[str, object]) -> tuple[str, ...]:
        case = {**right, **data}
        situation = Situation(DAY, minute=case["minute"])  # type: ignore[arg-type]
        return decide(case["features"], ask(policy="p", caller=case["caller"]), situation, made).rules  # type: ignore[arg-type]

    assert rules({}) == ("r",)
    assert [rules(mistake) for mistake in wrong] == [()] * len(wrong)


def test_an_edit_that_helps_a_task_on_average_and_hurts_a_request_is_seen() -> None:
    """A replay by averages would call this an improvement: two requests of a task get better, one gets worse."""
    before = config(HEAD.replace("band: 0", "band: 0.06"))
    after = config(
        HEAD
        + '    rules:\n      - {name: cut, because: x, when: {difficulty: ">= 1.4"}, set: {models: [phi-4-mini]}}\n'
    )
    asks = [(f"{d}", features(difficulty=d), ask(policy="p"), SITUATION) for d in (0.0, 1.0, 1.5)]
    replayed = replay(gathered(asks), Versions(before, after))
    assert replayed.total.flips == 3
    assert replayed.worst[0].cause.endswith("rule cut added")
    assert replayed.worst[0].quality_after < replayed.worst[0].quality_before
