"""Differences, taken one after another, lead from any configuration to any other."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from properties.policy_strategies import drawn_change
from properties.strategies import cases
from router.config import from_documents
from router.decision.decide import decide
from router.errors import RouterError
from router.policy.diff import differences, with_only
from router.types import Ask, Config, Decision, Features, Situation

Case = tuple[Features, Ask, Situation, Config]


def outcome(features: Features, ask: Ask, situation: Situation, config: Config) -> tuple[object, ...]:
    """What is decided, without what only names the configuration."""
    try:
        decision: Decision = decide(features, ask, situation, config)
    except RouterError as error:
        return (type(error), sorted(str(error)))
    ranked = sorted(decision.candidates)
    return (decision.chosen, decision.baseline, decision.reason, decision.rules, decision.band, ranked)


@given(cases(), cases())
def test_all_differences_one_after_another_lead_to_the_other_configuration(first: Case, other: Case) -> None:
    before, after = first[3], other[3]
    step = before
    for difference in differences(before, after):
        step = with_only(step, after, difference)
    assert differences(step, after) == ()
    assert outcome(*other[:3], step) == outcome(*other)


@given(cases())
def test_a_configuration_does_not_differ_from_itself(case: Case) -> None:
    again = from_documents(case[3].documents)
    assert differences(case[3], again) == ()


@given(cases(), cases())
def test_every_single_difference_still_decides(first: Case, other: Case) -> None:
    for difference in differences(first[3], other[3]):
        alone = with_only(first[3], other[3], difference)
        there = any(model.id == first[1].model for model in alone.models)
        outcome(first[0], first[1] if there else replace(first[1], model=None), first[2], alone)


@given(st.binary(min_size=8, max_size=200))
def test_edits_of_rules_guards_budgets_and_ramps_are_reached_too(text: bytes) -> None:
    before, after = drawn_change(text)
    step = before
    for difference in differences(before, after):
        step = with_only(step, after, difference)
    assert differences(step, after) == ()
    assert differences(after, from_documents(after.documents)) == ()
