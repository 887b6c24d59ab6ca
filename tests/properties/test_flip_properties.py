"""Every flip that is told really flips: the change is made, decide() runs again, and the model is chosen."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import builders
from hypothesis import assume, given

from properties.strategies import cases
from properties.test_decision_properties import decided
from router.decision.decide import decide
from router.decision.flips import Flip, flips
from router.errors import NoCandidate
from router.types import Ask, Config, Decision, Features, Situation

Case = tuple[Features, Ask, Situation, Config]


def with_model(config: Config, name: str, **changes: Any) -> Config:
    rows = tuple(replace(row, **changes) if row.id == name else row for row in config.models)
    return replace(config, models=rows)


def with_policy(config: Config, **changes: Any) -> Config:
    return replace(config, policies={"p": replace(config.policies["p"], **changes)})


def lifted(case: Case, name: str, code: str) -> Case | None:
    """The case without what excludes this one model, or None where that cannot be lifted for it alone."""
    facts, ask, situation, config = case
    if code == "not_allowed":
        return facts, ask, situation, with_policy(config, models=(*(config.policies["p"].models or ()), name))
    if code == "capability":
        return facts, ask, situation, with_model(config, name, capabilities=facts.needs)
    if code == "context":
        return facts, ask, situation, with_model(config, name, context=10**9)
    if code == "unhealthy":
        return facts, ask, replace(situation, unhealthy=tuple(m for m in situation.unhealthy if m != name)), config
    return None


def changed(case: Case, name: str, flip: Flip, decision: Decision) -> Case:
    """The case with the one change that the flip names."""
    facts, ask, situation, config = case
    if flip.kind == "name" and decision.reason in ("asked", "ramp"):
        return facts, Ask(asked=name, policy="p", model=name, consent="exact", unit=ask.unit), situation, config
    if flip.kind == "band":
        return facts, ask, situation, with_policy(config, band=flip.then)
    if flip.kind == "price":
        factor = Decimal(flip.then) / Decimal(flip.now)
        rates = tuple(replace(p, input=p.input * factor, output=p.output * factor) for p in config.prices[name])
        return facts, ask, situation, replace(config, prices={**config.prices, name: rates})
    row = next(model for model in config.models if model.id == name)
    if flip.kind == "latency":
        factor = flip.then / flip.now
        speed = replace(
            row.speed,
            first_token_ms=row.speed.first_token_ms * factor,
            tokens_per_second=row.speed.tokens_per_second / factor,
        )
        return facts, ask, situation, with_model(config, name, speed=speed)
    if flip.kind == "ability":
        values = {**row.abilities.values, facts.task: flip.then}
        return facts, ask, situation, with_model(config, name, abilities=replace(row.abilities, values=values))
    return case


def ready(case: Case, name: str, flip: Flip) -> Case | None:
    """The case once what the flip wants lifted first is lifted; None where something else excludes the model too."""
    if flip.first is None:
        return case
    free = lifted(case, name, flip.first.split(":")[0])
    if free is None:
        return None
    try:
        return None if decide(*free).candidate(name).excluded else free
    except NoCandidate:
        return None


def assert_flips(case: Case) -> int:
    """Make every change that is told; returns how many there were."""
    decision, made = decided(case), 0
    for candidate in decision.candidates:
        for flip in flips(decision, candidate.model, case[0]):
            if (free := ready(case, candidate.model, flip)) is not None:
                again = decide(*changed(free, candidate.model, flip, decision))
                assert again.chosen == candidate.model, f"{flip} does not make {candidate.model} win"
                made += 1
    return made


@given(cases(rules=False, ramps=False))
def test_every_flip_that_is_told_flips_the_choice(case: Case) -> None:
    assume(assert_flips(case) > 0)


@given(cases(rules=False, ramps=False))
def test_under_a_ramp_asking_by_name_flips_the_choice(case: Case) -> None:
    facts, ask, situation, config = (
        case[0],
        Ask(asked="p", policy="p", model=None, consent="any", unit="unit"),
        *case[2:],
    )
    decision = decided((facts, ask, situation, config))
    assume(decision.fallbacks)
    ramp = builders.ramp(decision.chosen, decision.fallbacks[-1])
    moved: Case = (facts, ask, situation, replace(config, ramps=(ramp,)))
    assert decide(*moved).reason == "ramp"
    assert assert_flips(moved) >= 1


@given(cases(rules=False))
def test_the_winner_has_no_flips_and_the_smallest_stands_first(case: Case) -> None:
    decision = decided(case)
    assert flips(decision, decision.chosen, case[0]) == ()
    for candidate in decision.candidates[1:]:
        flipped = flips(decision, candidate.model, case[0])
        assert [flip.size for flip in flipped] == sorted(flip.size for flip in flipped)
        assert all((flip.first is not None) == candidate.excluded for flip in flipped)
        assert all(flip.first.startswith(candidate.code) for flip in flipped if flip.first)


@given(cases(rules=False, ramps=False, prefer=False))
def test_a_dearer_model_of_the_band_always_has_a_price_that_wins(case: Case) -> None:
    decision = decided(case)
    assume(decision.candidates[0].cost > 0)
    for candidate in (c for c in decision.candidates if c.code == "dearer"):
        assert "price" in {flip.kind for flip in flips(decision, candidate.model, case[0])}
