"""What a policy file may say, what it means once loaded, and what it is told when it is wrong."""

from decimal import Decimal
from math import inf, nextafter
from pathlib import Path

import pytest

from router.config import load
from router.config.load import sources_with, with_policies
from router.errors import ConfigError
from router.types import (
    Between,
    Budget,
    Change,
    Condition,
    Config,
    During,
    Expect,
    Given,
    Guard,
    OneOf,
    Relief,
    Rule,
    Target,
    Trial,
)

SHIPPED = load()
HEAD = "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n"


def config(text: str) -> Config:
    return with_policies(SHIPPED, text.encode())


def told(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config(text)
    return [str(problem) for problem in caught.value.problems]


def test_everything_that_can_be_said_becomes_what_it_means() -> None:
    made = config(
        HEAD
        + """
    guards:
      - {name: g, because: y, when: {residency: eu, time: "22:00-06:00"}, never: {owner: Meta, region: us}}
    rules:
      - {name: r, because: y, when: {task: law, difficulty: "> 1 and <= 2"}, set: {band: 1}, prefer: "phi-*"}
    budgets:
      - {name: b, of: {team: a, model: gpt-5, policy: p}, each: key, limit: 5 USD, per: day, then: {models: Meta}}
      - {name: d, limit: 7 requests, per: hour, because: z}
    tests:
      - {given: {task: law, time: "09:30", tags: t}, expect: {model: "gpt-*", excluded: Meta, rules: r}, because: w}
"""
    ).policies["p"]
    llamas, phis = ("llama-3.3-70b", "llama-4-maverick"), ("phi-4", "phi-4-mini")
    gpts = ("gpt-5", "gpt-5-mini", "gpt-5-nano")
    night = Condition((OneOf("residency", frozenset({"eu"})), During("time", 1320, 360)))
    law = Condition((OneOf("task", frozenset({"law"})), Between("difficulty", nextafter(1, inf), 2.0)))
    team = Target(team=("a",), model=("gpt-5",), policy=("p",))
    assert made.guards == (Guard("g", "y", night, llamas, ("us",)),)
    assert made.rules == (Rule("r", "y", law, Change(band=1.0, prefer=(phis,))),)
    assert made.budgets == (
        Budget(
            name="b",
            home="p",
            of=team,
            limit=Decimal(5_000_000),
            unit="USD",
            per="day",
            then=Relief(models=llamas),
            each="key",
        ),
        Budget(name="d", home="p", of=Target(), limit=Decimal(7), unit="requests", per="hour", because="z"),
    )
    expected = Expect(model=gpts, excluded=llamas, rules=("r",))
    assert made.tests == (Trial(Given(task="law", time=570, tags=("t",)), expected, "w"),)


def test_a_policy_takes_over_what_it_does_not_say() -> None:
    made = config(
        """
default: base
guards: [{name: house, because: x, never: {model: gpt-5}}]
budgets: [{name: all, limit: 1 USD, per: day}]
policies:
  base:
    because: the base
    band: 0.1
    optimize: latency
    models: ["gpt-*"]
    prefer: gpt-5-nano
    floors: {law: 0.5, chat: 0.2}
    consent: family
    disclosure: silent
    charge: asked
    cache_for: 90.9 s
    aliases: plain
    guards: [{name: own, because: x, never: {model: gpt-5-mini}}]
    rules: [{name: one, because: x, when: {}, set: {band: 0}}]
    budgets: [{name: mine, limit: 2 USD, per: day}]
    tests: [{given: {task: chat}, expect: {model: "*"}}]
  child:
    extends: base
    because: the child
    floors: {law: 0.9}
    optimize: cost
    rules: [{name: two, because: x, when: {}, set: {band: 1}}]
"""
    )
    base, child = made.policies["base"], made.policies["child"]
    assert (child.because, child.band, child.optimize, child.extends) == ("the child", 0.1, "cost", "base")
    assert (child.models, child.prefer, child.consent) == (base.models, base.prefer, "family")
    assert (child.disclosure, child.charge, child.aliases, child.tests) == ("silent", "asked", (), ())
    assert (base.cache_for, child.cache_for) == (90, 90), "never longer than is written"
    assert child.floors == {"law": 0.9, "chat": 0.2}
    assert [guard.name for guard in child.guards] == ["house", "own"]
    assert [rule.name for rule in child.rules] == ["one", "two"]
    assert [budget.id for budget in child.budgets] == ["*/all", "base/mine"], "on the account that it had"
    assert [guard.name for guard in base.guards] == ["house", "own"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("    guards: [{name: g, because: x, never: {}}]\n", "a guard must say what it bars"),
        ("    guards: [{name: g, because: x, never: {region: eux}}]\n", "6:44: 'eux' matches no model's region. Did"),
        (
            "    guards: [{name: g, because: x, never: {owner: [Meta, Metta]}}]\n",
            "'Metta' matches no model's owner. Did",
        ),
        ("    guards: [{name: g, never: {model: gpt-5}}]\n", "the key 'because' is missing in policies.p.guards.0"),
        ("    rules: [{name: r, because: x, when: {}}]\n", "the rule 'r' changes nothing"),
        ("    rules: [{name: r, because: x, when: {}, set: {}}]\n", "the rule 'r' changes nothing"),
        (
            "    rules: [{name: r, because: x, when: {}, set: {prefer: Meta}, prefer: Meta}]\n",
            "says `prefer` twice",
        ),
        ("    rules: [{name: r, because: x, when: {difficulty: 1.5}, set: {band: 0}}]\n", 'such as ">= 1.5"'),
        ("    rules: [{name: r, because: x, when: {difficulty: [1]}, set: {band: 0}}]\n", 'such as ">= 1.5"'),
        ("    rules: [{name: r, because: x, when: {time: 9}, set: {band: 0}}]\n", '"09:00-18:00"'),
        ("    rules: [{name: r, because: x, when: {task: lawyer}, set: {band: 0}}]\n", "did you mean 'law'?"),
        ("    budgets: [{name: b, limit: 5, per: day}]\n", 'write a limit such as "500 USD"'),
        ("    budgets: [{name: b, limit: 5 USD, per: fortnight}]\n", "cannot be 'fortnight'; "),
        ("    budgets: [{name: b, limit: 5 USD, per: day, then: denny}]\n", "cannot be 'denny'; did you mean 'deny'?"),
        ("    budgets: [{name: b, limit: 5 USD, per: day, then: {}}]\n", "`then` says nothing"),
        ("    budgets: [{name: b, limit: 5 USD, per: day, then: {bnad: 1}}]\n", "unknown key 'bnad'"),
        ("    budgets: [{name: b, limit: 5 USD, per: day, then: {band: 2}}]\n", "less than or equal to 1, not 2"),
        (
            "    budgets: [{name: b, of: {policy: pp}, limit: 5 USD, per: day}]\n",
            "no policy is called 'pp'. There are",
        ),
        (
            "    budgets: [{name: b, limit: 5 USD, per: day}, {name: b, limit: 6 USD, per: day}]\n",
            "two budgets are called",
        ),
        ("    tests: [{given: {residency: eu}, expect: {model: gpt-5}}]\n", "features with a `task`"),
        ("    tests: [{given: {text: hi, task: law}, expect: {model: gpt-5}}]\n", "6:14: a test is given a `text`"),
        ("    tests: [{given: {text: hi}, expect: {}}]\n", "a test must expect something"),
        ("    tests: [{given: {text: hi, time: noon}, expect: {model: gpt-5}}]\n", '"09:30"'),
        ("    extends: q\n", "no policy is called 'q'."),
        ("    extends: p\n", "extends another policy itself"),
        ("  q: {extends: p}\n  r: {extends: q}\n", "7:7: 'q' extends another policy itself"),
        ("  q: {band: 1}\n", "6:3: the key 'because' is missing in policies.q"),
        ("  q: {because: x}\n", "6:3: the key 'band' is missing in policies.q"),
        ("timezone: Mars/Olympus\n", "6:1: no timezone is called 'Mars/Olympus'"),
        ("    disclosure: quiet\n", "cannot be 'quiet'; "),
        ("    optimize: {cost: 1}\n", "cannot be {'cost': 1}; "),
    ],
)
def test_what_is_wrong_is_told_where_it_stands_with_what_would_be_right(more: str, expected: str) -> None:
    problems = told(HEAD + more)
    assert any(expected in problem for problem in problems), problems
    assert all(problem.startswith("policies.yaml:") for problem in problems)


def test_a_name_of_the_house_cannot_be_taken_again() -> None:
    text = HEAD + "    guards: [{name: g, because: x, never: {model: gpt-5}}]\n"
    assert "two guards are called 'g'" in told(text + "guards: [{name: g, because: x, never: {model: gpt-5}}]\n")[0]


def test_the_files_beside_keep_their_places(tmp_path: Path) -> None:
    sources = sources_with(SHIPPED, HEAD.encode())
    assert set(sources) == set(SHIPPED.documents)
    assert sources["prices.yaml"].at(("prices", "mai-1")).startswith("prices.yaml:")
    assert sources["policies.yaml"].data["policies"]["p"]["band"] == 0
