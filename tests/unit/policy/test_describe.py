"""The parts of a policy in words: exact, short, and writable again."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from builders import model, policy, price, ramp, tokenizer
from hypothesis import given
from hypothesis import strategies as st

from router.config.scalars import interval
from router.policy.describe import describe, listed
from router.policy.written_values import clock
from router.types import (
    ALWAYS,
    Between,
    Budget,
    Capacity,
    Caps,
    Change,
    Condition,
    Deployment,
    During,
    Given,
    Guard,
    Guardrails,
    Judging,
    MinimumSpend,
    OneOf,
    RampPlan,
    Relief,
    Resilience,
    Rule,
    Schedule,
    Shadowing,
    Standard,
    Step,
    Target,
)

MILLION = Decimal(1_000_000)
HARD = Condition((Between("difficulty", 1.5, math.inf),))


def between(text: str) -> Between:
    return Between("difficulty", *interval(text))


def budget(**changes: Any) -> Budget:
    return replace(Budget(name="b", home="p", of=Target(), limit=500 * MILLION, unit="USD", per="month"), **changes)


@pytest.mark.parametrize(
    "text",
    [
        ">= 1.5",
        "> 1.5",
        "< 2",
        "<= -0.3",
        "> 0",
        "< 0",
        ">= 0 and < 2",
        "> -1 and <= 1",
        ">= 0.00001",
        "> 0.1 and < 0.3",
        ">= 2 and < 1",
        "> 1000000",
    ],
)
def test_comparisons_come_back_as_they_were_written(text: str) -> None:
    assert describe(between(text)) == f"difficulty {text}"


NUMBERS = st.floats(-1e6, 1e6) | st.decimals(-100, 100, places=2).map(float)


@given(NUMBERS, NUMBERS, st.sampled_from((">", ">=")), st.sampled_from(("<", "<=")))
def test_what_is_told_of_a_comparison_means_the_same(first: float, other: float, low: str, high: str) -> None:
    meant = (
        first if low == ">=" else math.nextafter(first, math.inf),
        other if high == "<=" else math.nextafter(other, -math.inf),
    )
    words = describe(Between("difficulty", *meant)).removeprefix("difficulty ")
    assert interval(words) == meant


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ALWAYS, "always"),
        (Between("input_tokens", -math.inf, math.inf), "input_tokens is any number"),
        (Between("input_tokens", 1_000, math.inf), "input_tokens >= 1000"),
        (OneOf("task", frozenset({"law", "chat"})), "task is chat or law"),
        (OneOf("needs", frozenset({"json"})), "needs json"),
        (OneOf("tags", frozenset({"b", "a b"})), "tags include 'a b' or b"),
        (During("time", 22 * 60, 6 * 60), "time is 22:00-06:00"),
        (During("time", 0, 24 * 60), "time is 00:00-24:00"),
        (
            Condition((OneOf("task", frozenset({"law"})), between(">= 0 and < 2"))),
            "task is law and difficulty >= 0 and < 2",
        ),
        (Guard("g", "The law", ALWAYS, ("b", "a")), "never a or b (The law)"),
        (Guard("g", "The law", ALWAYS, ("b", "a"), ("us", "eu")), "never a or b from eu or us (The law)"),
        (Guard("g", "The law", HARD, ("b",)), "never b when difficulty >= 1.5 (The law)"),
        (
            Rule("r", "Rework", HARD, Change(0.1, "latency", ("b", "a"), ("a",), {"math": 0.5, "law": 0.75})),
            "band 0.1; optimize latency; models a, b; prefer a; floors law 0.75, math 0.5 when difficulty >= 1.5 "
            "(Rework)",
        ),
        (budget(), "500 USD per month, then deny"),
        (budget(limit=Decimal(2), because="Enough"), "0.000002 USD per month, then deny (Enough)"),
        (
            budget(limit=Decimal(2_000_000), unit="tokens", each="key", then=Relief(0.2, ("a",))),
            "2 000 000 tokens per month for each key, then band 0.2; models a",
        ),
        (
            budget(of=Target(("k",), ("t", "s"), ("p",), ("m",)), per="day"),
            "500 USD per day of key k of team s or t of policy p of model m, then deny",
        ),
        (ramp("a", "b", 0.25), "0.25 of a to b, holdback 0 (a test)"),
        (ramp("a", "b", unit="user"), "1 of a to b, holdback 0 by user (a test)"),
        (
            RampPlan(ramp=ramp("a", "b", 0.0), steps=(Step(0.5, 60.0, 9), Step(1.0, 60.0, 9))),
            "a to b, holdback 0 (a test); steps 0.5 after 60 s and 9 pairs, 1 after 60 s and 9 pairs; "
            "margin 0.05 alpha 0.05; 0.1 in pairs, judged by truth, for 5 USD a day; errors by 0.02; "
            "1 to approve, watch over 2,000 pairs",
        ),
        (
            RampPlan(
                ramp=ramp("a", "b", 0.0),
                steps=(Step(1.0),),
                shadow=Shadowing(judge=Judging("check", "mine", {"b": 1, "a": 2})),
                tasks={"law": Standard(0.1)},
                guardrails=Guardrails(slow_ms=500.0),
                caps=Caps({"O": 0.5}, Decimal(10**6), MinimumSpend("P", Decimal(10**7), "day")),
                schedule=Schedule((0, 4), 540, 1020, "Asia/Seoul"),
            ),
            "a to b, holdback 0 (a test); steps 1 after 3600 s and 0 pairs; margin 0.05 alpha 0.05; "
            "law margin 0.1 alpha 0.05; 0.1 in pairs, judged by check mine with {'a': 2, 'b': 1}, for 5 USD a day; "
            "errors by 0.02, later than 500 ms by 0.05; "
            "O at most 0.5, at most 1 USD a day moved, P at least 10 USD per day; "
            "steps on mon, fri 09:00-17:00 Asia/Seoul; 1 to approve, watch over 2,000 pairs",
        ),
        (Deployment("d", "m", "p"), "m at p"),
        (
            Deployment("d", "m", "p", "eu", "Azure", "H100", Capacity(60, 1000, 4)),
            "m at p (eu, Azure, H100), 60 requests a minute, 1,000 tokens a minute, 4 in flight",
        ),
        (
            Resilience(hedge_s=1.5),
            "ejected after 5 failures or half of 20 in 10 s, for 5 to 300 s; retried for 0.1 after 0.2 to 2 s; "
            "hedged after 1.5 s, at most 0.05",
        ),
        (Judging("model", "m", own_family=True), "judged by model m of the own family"),
        (ramp("a", "b", when=HARD), "1 of a to b, holdback 0 when difficulty >= 1.5 (a test)"),
        (price("0.125"), "0.125 in, 2 out, 0.5 cached since 2026-01-01"),
        ((price(), price(since=date(2026, 2, 1))), "1 in, 2 out, 0.5 cached since 2026-01-01; "),
        (tokenizer(), "o200k_base: other 1"),
        (tokenizer(exact=False, relative={"ko": 1.5, "en": 1.0}), "o200k_base (estimated): en 1, ko 1.5"),
        (model("m"), "M of Owner"),
        (policy(0.02), "band 0.02 (a test)"),
        (
            policy(0.02, guards=(Guard("g", "x", ALWAYS, ()),), rules=(Rule("r", "x", ALWAYS, Change()),) * 2),
            "band 0.02, 1 guard, 2 rules (a test)",
        ),
        (Given(task="law", difficulty=2, down=("a",), time=90), "task law, difficulty 2, time 01:30, down a"),
        (Given(text="Hi, you"), "text 'Hi, you'"),
        (True, "true"),
        (False, "false"),
        (272_000, "272,000"),
        (Decimal(10), "10"),
        (Decimal("1E+2"), "100"),
        (100.0, "100"),
        (1e-7, "0.0000001"),
        (date(2026, 11, 1), "2026-11-01"),
        ("a word", "a word"),
        (("us", "eu"), "eu, us"),
    ],
)
def test_every_part_in_words(value: Any, words: str) -> None:
    assert describe(value).startswith(words)
    assert words.endswith("; ") or describe(value) == words


def test_words_are_quoted_where_they_could_be_taken_for_two() -> None:
    assert listed(["b", "a or b", ""]) == "'' or 'a or b' or b"
    assert clock(0) == "00:00"
