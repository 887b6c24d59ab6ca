"""What holds of every decision, whatever the catalog, the policy, the request and the state of the world."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from properties.strategies import SHARES, cases
from router.decision.candidates import consents
from router.decision.decide import decide
from router.errors import NoCandidate
from router.types import Ask, Decision
from router.types.pipeline import EXCLUSIONS

CASES = cases()


def decided(case: tuple[Any, ...]) -> Decision:
    """The decision, for cases in which there is one."""
    try:
        return decide(*case)
    except NoCandidate:
        assume(False)
        raise


def outcome(case: tuple[Any, ...]) -> Any:
    """The decision, or the error as plain values."""
    try:
        return decide(*case)
    except NoCandidate as error:
        return error.message, error.candidates


@given(CASES)
def test_the_same_arguments_give_the_same_decision(case: tuple[Any, ...]) -> None:
    facts, ask, situation, config = case
    again = (replace(facts), replace(ask), replace(situation), replace(config))
    assert outcome(case) == outcome(again)


@given(CASES)
def test_every_model_is_told_once_and_the_winner_first(case: tuple[Any, ...]) -> None:
    decision, config = decided(case), case[3]
    models = [candidate.model for candidate in decision.candidates]
    assert sorted(models) == sorted(model.id for model in config.models)
    assert models[0] == decision.chosen
    assert [c.model for c in decision.candidates if c.code == "chosen"] == [decision.chosen]
    excluded = [c.excluded for c in decision.candidates]
    assert excluded == sorted(excluded), "the excluded stand last"


@given(CASES)
def test_chosen_and_fallbacks_are_eligible(case: tuple[Any, ...]) -> None:
    decision, (facts, _ask, situation, config) = decided(case), case
    models = {model.id: model for model in config.models}
    for name in (decision.chosen, *decision.fallbacks):
        row, candidate = models[name], decision.candidate(name)
        assert candidate.code not in EXCLUSIONS
        assert set(facts.needs) <= set(row.capabilities)
        assert facts.task in row.abilities.values
        assert config.prices[name][0].since <= situation.day
        assert name not in situation.unhealthy
        assert candidate.quality >= config.policies["p"].floors.get(facts.task, 0)
        assert facts.input_tokens + min(facts.output_limit, row.max_output) <= row.context
    assert decision.chosen not in decision.fallbacks
    assert len(set(decision.fallbacks)) == len(decision.fallbacks)


@given(CASES)
def test_consent_binds_the_chosen_and_every_fallback(case: tuple[Any, ...]) -> None:
    decision, (_, ask, _, config) = decided(case), case
    models = {model.id: model for model in config.models}
    named = models[ask.model or decision.baseline]
    for name in (decision.chosen, *decision.fallbacks):
        assert consents(ask.consent, named, models[name])
        if ask.consent == "exact":
            assert name == named.id
        if ask.consent in ("family", "owner"):
            assert models[name].owner == named.owner
        if ask.consent == "family":
            assert models[name].family == named.family


@given(CASES)
def test_a_model_asked_for_by_name_serves_unless_excluded_or_moved(case: tuple[Any, ...]) -> None:
    named = case[1].model or case[3].models[0].id
    ask = replace(case[1], asked=named, model=named)
    decision = decided((case[0], ask, *case[2:]))
    candidate = decision.candidate(named)
    assert (decision.reason == "asked_unavailable") <= candidate.excluded
    if not candidate.excluded:
        assert decision.baseline == named
    if decision.reason == "ramp":
        assert decision.ramp is not None
        assert decision.ramp.arm == "moved"
    else:
        assert decision.chosen == decision.baseline


@given(CASES)
def test_where_nothing_is_left_the_error_lists_every_model(case: tuple[Any, ...]) -> None:
    facts, ask, situation, config = case
    ids = tuple(model.id for model in config.models)
    with pytest.raises(NoCandidate) as caught:
        decide(facts, ask, replace(situation, unhealthy=ids), config)
    assert [candidate.model for candidate in caught.value.candidates] == list(ids)
    assert all(candidate.excluded for candidate in caught.value.candidates)
    assert all(f"{name}: " in caught.value.message for name in ids)


def with_band(case: tuple[Any, ...], band: float) -> tuple[Any, ...]:
    facts, _, situation, config = case
    changed = replace(config, policies={"p": replace(config.policies["p"], band=band)})
    return facts, Ask(asked="p", policy="p", model=None, consent="any", unit=""), situation, changed


@given(cases(rules=False), SHARES, SHARES)
def test_a_narrower_band_never_lowers_predicted_quality(case: tuple[Any, ...], first: float, other: float) -> None:
    narrow, wide = (decided(with_band(case, band)) for band in sorted((first, other)))
    assert narrow.candidate(narrow.baseline).quality >= wide.candidate(wide.baseline).quality


@given(cases(rules=False, prefer=False), SHARES, SHARES)
def test_a_wider_band_never_raises_what_the_policy_saves(case: tuple[Any, ...], first: float, other: float) -> None:
    narrow, wide = (decided(with_band(case, band)) for band in sorted((first, other)))
    before, after = narrow.candidate(narrow.baseline), wide.candidate(wide.baseline)
    if narrow.optimize == "cost":
        assert after.cost <= before.cost
    else:
        assert after.latency_ms <= before.latency_ms


@given(cases(ramps=False), st.permutations(range(10)))
def test_the_order_of_the_catalog_does_not_matter(case: tuple[Any, ...], order: list[int]) -> None:
    config = case[3]
    shuffled = replace(config, models=tuple(config.models[n] for n in order if n < len(config.models)))
    assert decided(case).chosen == decided((*case[:3], shuffled)).chosen
