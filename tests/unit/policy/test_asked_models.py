"""Conditions on the model that a client asks for: by id, family, owner or label, whatever name it used."""

from dataclasses import replace
from datetime import date

import pytest
from builders import features

from router.config import load
from router.config.load import with_policies
from router.decision.decide import decide
from router.decision.resolve import resolve
from router.errors import ConfigError
from router.policy.expand import spelled_out
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import gathered
from router.policy.replay.request_targets import with_successors
from router.policy.what_applied import steps
from router.types import Config, Situation

NOW = Situation(date(2026, 11, 30))


def config(when: str, *, aliases: str = "") -> Config:
    return with_policies(
        load(),
        f"""default: p
{aliases}
policies:
  p:
    because: x
    band: 0
    consent: any
    rules: [{{name: r, because: x, when: {{asked: {when}}}, set: {{band: 0.5}}}}]
""".encode(),
    )


def applies(made: Config, name: str) -> bool:
    ask = resolve(name, made)
    (step,) = steps(features(), ask, NOW, made)
    assert step.applied == bool(decide(features(), ask, NOW, made).rules)
    return step.applied


@pytest.mark.parametrize(
    ("when", "asked", "held"),
    [
        ("Meta", "llama-3.3-70b", True),
        ("Meta", "gpt-5", False),
        ("[Phi, MAI]", "phi-4", True),
        ('"label:open-*"', "llama-4-maverick", True),
        ('"label:open-weights"', "mai-1", False),
        ("{not: OpenAI}", "mai-1", True),
        ("{not: OpenAI}", "gpt-5", False),
        ("{any: OpenAI, not: gpt-5}", "gpt-5-mini", True),
        ("{any: OpenAI, not: gpt-5}", "gpt-5", False),
        # The name that is sent does not matter; what it means does.
        ("Microsoft", "their-model", True),
        # Who names a policy asks for no model: it is none of these, and any that is not among them.
        ("Meta", "p", False),
        ('"*"', "auto", False),
        ("{not: Meta}", "p", True),
    ],
)
def test_it_looks_at_the_model_behind_the_name(when: str, asked: str, held: bool) -> None:
    assert applies(config(when, aliases="aliases: {their-*: mai-1}"), asked) is held


def test_a_model_that_has_retired_is_its_successor_in_replays_too() -> None:
    made = config("Microsoft")
    rows = [
        replace(row, retires=date(2026, 11, 1), successor="mai-1") if row.id == "gpt-5" else row for row in made.models
    ]
    retired = replace(made, models=tuple(rows))
    assert applies(retired, "gpt-5")
    columns = with_successors(gathered([("", features(), resolve("gpt-5", retired), NOW)]), retired)
    when = retired.policies["p"].rules[0].when
    assert Facts(columns, Lookups(columns), slice(0, 1)).holds(when).tolist() == [True]


def test_a_word_that_no_model_has_is_a_fault_with_the_nearest() -> None:
    for when, place in (("Micrsoft", "8:"), ("{not: [Meta, Micrsoft]}", "8:"), ('"label:zdr"', "8:")):
        with pytest.raises(ConfigError) as caught:
            config(when)
        (problem,) = caught.value.problems
        assert problem.where.startswith(f"policies.yaml:{place}")
    assert "label" in str(problem)


@pytest.mark.parametrize(
    "when", ["Meta", "{not: OpenAI}", "{any: Microsoft, not: phi-4}", '"label:open-weights"', '"*"']
)
def test_spelled_out_it_means_the_same(when: str) -> None:
    made = config(when)
    again = with_policies(load(), spelled_out(made, ("p",)).encode())
    assert again.policies["p"].rules[0].when == made.policies["p"].rules[0].when
