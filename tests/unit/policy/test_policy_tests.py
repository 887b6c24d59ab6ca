"""The tests in policies: what passes, what fails, and what is said of it."""

from typing import Any

import pytest
from builders import features

from router.policy.policy_tests import Tried, try_policies
from router.types import Features
from unit.policy_samples import DAY, config

HOUSE = """default: a
guards:
  - {name: eu, because: x, never: {owner: Ada}, when: {residency: eu}}
budgets:
  - {name: house, limit: 9 USD, per: day}
policies:
  a:
    because: x
    band: 0
    rules:
      - {name: hard, because: x, when: {difficulty: ">= 1"}, set: {band: 0.2}}
      - {name: night, because: x, when: {time: "22:00-06:00"}, set: {band: 0.6}}
      - {name: beta, because: x, when: {tags: beta}, set: {prefer: Bel}}
    budgets:
      - {name: month, limit: 5 USD, per: month, of: {team: t}, each: model, then: deny}
    tests:
      - {given: %s, expect: %s}
"""
WHO = "residency: us"


def read(text: str) -> Features:
    return features(task="law" if "law" in text else "chat", difficulty=0.5, input_tokens=len(text))


def tried(given: str, expect: str, **files: Any) -> Tried:
    (outcome,) = try_policies(config(HOUSE % (given, expect), **files), read, DAY)
    return outcome


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        (f"{{task: chat, {WHO}}}", "{model: big}"),
        (f"{{task: chat, {WHO}}}", "{model: [big, mid], owner: Ada, family: Fir}"),
        (f"{{text: some law, {WHO}}}", "{model: big}"),
        (f"{{text: some law, difficulty: 2, {WHO}}}", "{rules: hard}"),
        (f"{{text: hello, input_tokens: 20000, {WHO}}}", "{error: no_candidate}"),
        (f"{{text: hello, needs: vision, {WHO}}}", "{error: no_candidate, excluded: [Ada, Bel]}"),
        (f"{{task: chat, language: ko, output_tokens: 9, {WHO}}}", "{owner: Ada}"),
        ("{task: chat, residency: eu}", "{excluded: Ada, model: mid}"),
        ("{task: chat}", "{excluded: Ada, owner: Bel}"),
        (f'{{task: chat, time: "23:00", difficulty: 1, {WHO}}}', "{rules: [night, hard], model: big}"),
        (f"{{task: chat, tags: beta, {WHO}}}", "{rules: beta}"),
        (f"{{task: chat, down: Ada, {WHO}}}", "{model: mid, excluded: big}"),
        (f"{{task: chat, down: [big, mid], {WHO}}}", "{model: small}"),
        (f"{{task: chat, spent: house, {WHO}}}", "{error: budget_exceeded}"),
        (f'{{task: chat, spent: "*/house", {WHO}}}', "{error: budget_exceeded}"),
        (f"{{task: chat, spent: month, {WHO}}}", "{model: big}"),
        (f"{{task: chat, spent: month, team: t, {WHO}}}", "{error: budget_exceeded}"),
        (f"{{task: chat, spent: a/month, team: t, {WHO}}}", "{error: budget_exceeded}"),
        (f"{{task: chat, spent: month@big, team: t, {WHO}}}", "{model: mid}"),
        (f"{{task: chat, model: small, {WHO}}}", "{model: small, excluded: [big, mid]}"),
        (f"{{task: chat, model: mid, consent: owner, down: mid, {WHO}}}", "{model: small, excluded: big}"),
        (f"{{task: chat, model: mid, down: mid, {WHO}}}", "{error: attempts_exhausted}"),
        (f"{{task: chat, consent: exact, down: Ada, {WHO}}}", "{error: attempts_exhausted, excluded: Ada}"),
        (f"{{task: chat, consent: owner, down: mid, {WHO}}}", "{model: big}"),
        ("{task: chat, model: migd}", "{error: model_not_found}"),
    ],
)
def test_what_passes(given: str, expect: str) -> None:
    outcome = tried(given, expect)
    assert outcome.passed, outcome.sentence


@pytest.mark.parametrize(
    ("given", "expect", "sentence"),
    [
        (f"{{task: chat, {WHO}}}", "{model: mid}", "expected model mid; but big was chosen [mid: outside_band]"),
        (
            f"{{task: chat, down: mid, {WHO}}}",
            "{owner: Bel, family: [Fir, Gum]}",
            "expected owner Bel, family Fir or Gum; but big was chosen [mid: unhealthy; small: outside_band]",
        ),
        (
            "{task: chat}",
            "{model: big}",
            "expected model big; but mid was chosen [big: guard (eu)]. The guard 'eu' applies since residency is not "
            "given",
        ),
        ("{task: chat, residency: eu}", "{model: big}", "expected model big; but mid was chosen [big: guard (eu)]"),
        (f"{{task: chat, {WHO}}}", "{owner: Nobody}", "expected owner Nobody; but big was chosen"),
        (
            f"{{task: chat, {WHO}}}",
            "{excluded: [big, mid], model: big}",
            "expected big and mid to be excluded; but big was chosen",
        ),
        (f"{{task: chat, {WHO}}}", "{error: no_candidate}", "expected the error no_candidate; but big was chosen"),
        (
            f"{{task: chat, {WHO}}}",
            "{rules: [night, beta]}",
            "expected the rules beta and night and none applied; but big was chosen",
        ),
        (
            f"{{task: chat, difficulty: 1, {WHO}}}",
            "{rules: beta, model: big}",
            "expected the rules beta and hard applied; but big was chosen",
        ),
        (
            f"{{task: speech, {WHO}}}",
            "{excluded: big}",
            "expected an answer; but the error no_candidate came: No model may answer 'a' under policy 'a' with "
            "consent 'any'. big: no_ability; mid: no_ability; small: no_ability",
        ),
        (
            f"{{task: chat, down: Ada, {WHO}}}",
            "{model: big}",
            "expected model big; but mid answered, since big is down [big: unhealthy]",
        ),
        (
            f"{{task: chat, consent: exact, down: Ada, {WHO}}}",
            "{model: mid}",
            "expected model mid; but the error attempts_exhausted came: big is down, and consent 'exact' leaves no "
            "other",
        ),
        (
            f"{{task: chat, down: [Ada, Bel], {WHO}}}",
            "{model: mid}",
            "expected model mid; but the error attempts_exhausted came: big and mid and small are down",
        ),
        (
            f"{{task: chat, spent: house, {WHO}}}",
            "{error: no_candidate, model: big}",
            "expected the error no_candidate; expected model big; but the error budget_exceeded came: No model may "
            "answer 'a' under policy 'a' with consent 'any'. big: budget (house); mid: budget (house); small: budget "
            "(house)",
        ),
        (
            "{task: speech}",
            "{model: big}",
            "expected model big; but the error no_candidate came: No model may answer 'a' under policy 'a' with "
            "consent 'any'. big: guard (eu); mid: no_ability; small: no_ability. The guard 'eu' applies since "
            "residency is not given",
        ),
        (
            "{task: chat, down: bgi}",
            "{model: big}",
            "expected model big; but the error invalid_request came: `down`: 'bgi' matches no model. Did you mean "
            "'big'?",
        ),
        (
            "{task: chat, spent: moth}",
            "{model: big}",
            "expected model big; but the error invalid_request came: `spent`: no budget of this policy is called "
            "'moth'. Did you mean 'month'?",
        ),
        (
            "{task: chat, spent: month@bgi}",
            "{model: big}",
            "expected model big; but the error invalid_request came: `spent`: no budget of this policy is called "
            "'month@bgi'. Did you mean 'month'?",
        ),
        (
            "{task: chat, model: bgi}",
            "{model: big}",
            "expected model big; but the error model_not_found came: No model or policy is called 'bgi'. Did you mean "
            "'big'?",
        ),
    ],
)
def test_what_fails_says_what_came_and_why(given: str, expect: str, sentence: str) -> None:
    outcome = tried(given, expect)
    assert not outcome.passed
    assert outcome.sentence == sentence


def test_the_name_of_another_policy_is_told() -> None:
    text = HOUSE % ("{task: chat, model: b}", "{model: big}") + "  b: {because: x, band: 0.5}\n"
    (outcome,) = try_policies(config(text), read, DAY)
    assert "model 'b' names a policy, and so does policy 'a'" in outcome.sentence


def test_a_policy_without_budgets_has_none_to_spend() -> None:
    test = "{given: {task: chat, spent: x}, expect: {rules: y}}"
    text = f"default: a\npolicies:\n  a: {{because: x, band: 0, tests: [{test}]}}\n"
    (outcome,) = try_policies(config(text), read, DAY)
    assert "no budget of this policy is called 'x'. It has no budgets." in outcome.sentence


def test_every_test_of_every_policy_is_run_in_order() -> None:
    text = """default: b
policies:
  b: {because: x, band: 0, tests: [{given: {task: chat}, expect: {model: big}}]}
  a:
    extends: b
    models: Bel
    tests: [{given: {task: chat}, expect: {model: mid}}, {given: {task: chat}, expect: {model: big}, because: Ada's}]
"""
    outcomes = try_policies(config(text), read, DAY)
    assert [(outcome.policy, outcome.position, outcome.passed) for outcome in outcomes] == [
        ("b", 0, True),
        ("a", 0, True),
        ("a", 1, False),
    ]
    assert outcomes[2].trial.because == "Ada's"
    assert outcomes[0].sentence == "big was chosen"


def test_ramps_are_left_out() -> None:
    ramp = {"name": "r", "because": "x", "original": "big", "substitute": "small", "share": 1}
    assert tried(f"{{task: chat, {WHO}}}", "{model: big}", ramps={"ramps": [ramp]}).passed


def test_prices_are_those_of_the_day() -> None:
    text = "default: a\npolicies:\n  a: {because: x, band: 0, tests: [{given: {task: chat}, expect: {model: big}}]}\n"
    assert try_policies(config(text), read, DAY)[0].passed
    early = try_policies(config(text), read, DAY.replace(year=2020))[0]
    assert "big: no_price" in early.sentence
