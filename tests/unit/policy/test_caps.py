"""Caps on prices and costs: as they are written, what they exclude, how they are told, what lint says of them."""

from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, ask, features

from router.config import load
from router.config.load import with_policies
from router.decision.decide import decide
from router.errors import ConfigError, NoCandidate
from router.policy.describe import describe
from router.policy.diff import differences
from router.policy.expand import spelled_out
from router.types import CostCap, PriceCap, Situation, Warm
from unit.policy_samples import HEAD, expect

SHIPPED = load()
NOW = Situation(DAY)
POLICY = "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n"


def config(*lines: str) -> Any:
    return with_policies(SHIPPED, (POLICY + "".join(f"    {line}\n" for line in lines)).encode())


def decided(*lines: str, situation: Situation = NOW, **said: Any) -> dict[str, tuple[str, str]]:
    decision = decide(features(**said), ask(policy="p"), situation, config(*lines))
    return {candidate.model: (candidate.code, candidate.detail) for candidate in decision.candidates}


@pytest.mark.parametrize(("written", "cap"), [("5", "5"), ("2.5", "2.5"), ('"2.50 USD"', "2.5"), ('"2"', "2")])
def test_a_price_is_a_number_or_a_sum(written: str, cap: str) -> None:
    policy = config(f"max_price: {{output: {written}}}").policies["p"]
    assert policy.max_price == PriceCap(None, Decimal(cap))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('max_price: {output: "1,5 USD"}', "1.5 USD"),
        ("max_price: {output: cheap}", "USD per million tokens"),
        ("max_price: {}", "write one of input, output"),
        ("max_price: 5", "max_price"),
        ("max_cost: 5", "5 USD"),
    ],
)
def test_what_is_no_cap_says_what_to_write(line: str, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(line)
    assert why in str(raised.value)


def test_who_is_above_a_cap_is_excluded_with_its_name() -> None:
    assert decided("max_price: {output: 5}")["gpt-5"] == ("too_dear", "max_price")
    assert decided("max_price: {input: 1}")["gpt-5"] == ("too_dear", "max_price")
    codes = decided("max_cost: 0.001 USD", input_tokens=2_000)
    assert codes["gpt-5"] == ("too_dear", "max_cost")
    assert codes["gpt-5-nano"][0] == "chosen" or not codes["gpt-5-nano"][0].startswith("too")
    with pytest.raises(NoCandidate):
        decided("max_cost: 0 USD")


def test_what_is_cached_lets_nobody_in() -> None:
    warm = Situation(DAY, warm=(Warm("gpt-5", 2_000),))
    assert decided("max_cost: 0.001 USD", input_tokens=2_000, situation=warm)["gpt-5"][0] == "too_dear"


def test_a_later_rule_lifts_a_cap() -> None:
    lines = (
        "max_price: {output: 5}",
        "rules: [{name: r, because: x, when: {task: coding}, set: {max_price: {output: 99}}}]",
    )
    assert decided(*lines, task="coding")["gpt-5"][0] != "too_dear"
    assert decided(*lines, task="chat")["gpt-5"][0] == "too_dear"


def test_caps_are_described_spelled_out_and_told_apart() -> None:
    before, after = config(), config("max_price: {input: 2, output: 10}", "max_cost: 0.05 USD")
    assert describe(after.policies["p"].max_price) == "2 USD in, 10 USD out"
    assert describe(CostCap(Decimal(50_000))) == "0.05 USD"
    assert [difference.path[-1] for difference in differences(before, after)] == ["max_price", "max_cost"]
    again = with_policies(SHIPPED, spelled_out(after, ("p",)).encode())
    assert again.policies["p"] == after.policies["p"]


def test_a_policy_that_extends_takes_the_caps_over() -> None:
    text = POLICY + "    max_price: {output: 5}\n    max_cost: 1 USD\n  q: {extends: p}\n"
    q = with_policies(SHIPPED, text.encode()).policies["q"]
    assert (q.max_price, q.max_cost) == (PriceCap(None, Decimal(5)), CostCap(Decimal(1_000_000)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD.replace("0.1}", "0.1, §max_price: {output: 1}}"), "price-cap-leaves-nothing"),
        (HEAD.replace("0.1}", "0.1, max_price: {output: 2}}"), ""),
        (
            HEAD.replace(
                "0.1}", "0.1, rules: [{name: r, because: x, when: {task: law}, set: {§max_price: {input: 0.5}}}]}"
            ),
            "price-cap-leaves-nothing",
        ),
        (HEAD.replace("0.1}", "0.1, rules: [{name: r, because: x, when: {task: law}, set: {max_cost: 1 USD}}]}"), ""),
        (HEAD.replace("0.1}", "0.1, max_price: {output: 2}}\n  b: {extends: a}"), ""),
    ],
)
def test_lint_tells_of_a_cap_below_every_price(text: str, code: str) -> None:
    expect(text, *([code] if code else []))
