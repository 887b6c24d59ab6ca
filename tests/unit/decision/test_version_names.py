"""Names over versions in a decision: which version they mean, who may answer, and what notes say of it."""

from dataclasses import replace
from typing import Any

import builders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.decision.decide import decide
from router.decision.names.version_names import alias_of, bounded, named_version, upgrades, version_notes
from router.decision.resolve import permitted_names, resolve
from router.errors import Forbidden, UnknownModel
from router.types import Condition, Config, OneOf, Permit, Ramp, VersionAlias

ALIAS = VersionAlias(name="any", because="x", versions=("one", "two", "three"), margin=0.02, alpha=0.05)
ROWS = [builders.model(name, ability) for name, ability in (("one", 0.0), ("two", 1.0), ("three", 2.0), ("other", 5.0))]


def upgrade(original: str, substitute: str, share: float, task: str = "chat") -> Ramp:
    when = Condition((OneOf("task", frozenset({task})),))
    name = f"any:{task}:{original}:{substitute}"
    return builders.ramp(original, substitute, share, name=name, when=when, alias="any")


def config(*ramps: Ramp, **changes: Any) -> Config:
    return replace(builders.config(*ROWS, ramps=ramps), version_aliases={"any": ALIAS}, **changes)


def chosen(which: Config, task: str = "chat", **said: Any) -> tuple[str, str, str]:
    decision = decide(builders.features(task=task), resolve("any", which, task=task, **said), builders.SITUATION, which)  # type: ignore[arg-type]
    return decision.baseline, decision.chosen, decision.reason


def test_an_alias_means_its_first_version_until_another_is_let_in() -> None:
    assert chosen(config()) == ("one", "one", "asked")
    assert chosen(config(upgrade("one", "two", 0.0))) == ("one", "one", "asked")
    assert chosen(config(upgrade("one", "two", 1.0))) == ("one", "two", "ramp")
    assert chosen(config(upgrade("one", "two", 1.0)), "coding") == ("one", "one", "asked")


def test_a_later_upgrade_begins_where_the_one_before_came_to() -> None:
    two = config(upgrade("two", "three", 0.0), upgrade("one", "two", 1.0))
    assert chosen(two) == ("two", "two", "asked")
    assert [ramp.substitute for ramp in upgrades(ALIAS, "chat", two.ramps)] == ["two", "three"]
    assert chosen(config(upgrade("two", "three", 1.0), upgrade("one", "two", 1.0))) == ("two", "three", "ramp")
    assert chosen(config(upgrade("one", "three", 1.0))) == ("one", "three", "ramp")


def test_other_ramps_leave_an_alias_alone_and_its_own_leave_others_alone() -> None:
    by_hand = builders.ramp("one", "other", 1.0)
    assert chosen(config(by_hand)) == ("one", "one", "asked")
    both = config(upgrade("one", "two", 1.0), by_hand)
    ask = resolve("one", both, consent="any")
    assert decide(builders.features(), ask, builders.SITUATION, both).chosen == "other"
    assert (
        decide(
            builders.features(),
            resolve("one", config(upgrade("one", "two", 1.0)), consent="any"),
            builders.SITUATION,
            config(upgrade("one", "two", 1.0)),
        ).chosen
        == "one"
    )


def test_only_versions_that_were_let_in_or_are_tried_may_answer() -> None:
    which = config(upgrade("one", "two", 0.5))
    ask = resolve("any", which, task="chat")
    assert (ask.model, ask.consent, ask.stated, ask.permit) == ("one", "any", False, Permit(models=("one", "two")))
    decision = decide(builders.features(), ask, builders.SITUATION, which)
    codes = {each.model: (each.code, each.detail) for each in decision.candidates}
    assert codes["three"] == codes["other"] == ("not_allowed", "alias any")
    down = replace(builders.SITUATION, unhealthy=("one",))
    assert decide(builders.features(), ask, down, which).chosen == "two"


def test_a_consent_that_is_stated_binds() -> None:
    ask = resolve("any", config(upgrade("one", "two", 1.0)), consent="exact", task="chat")
    assert (ask.consent, ask.stated) == ("exact", True)
    assert chosen(config(upgrade("one", "two", 1.0)), consent="exact") == ("one", "one", "asked")
    kept = resolve("any", config(policies={"plain": builders.policy(consent="family")}))
    assert kept.consent == "any"


def test_keys_bound_an_alias_as_they_bind_models() -> None:
    which = config(upgrade("one", "two", 1.0))
    assert bounded(ALIAS, "chat", which.ramps, Permit(models=("two", "other"))).models == ("two",)
    assert permitted_names(which, Permit(models=("three",)))[-1] == "any"
    assert "any" not in permitted_names(which, Permit(models=("other",)))
    with pytest.raises(Forbidden, match="alias 'any'"):
        resolve("any", which, permit=Permit(models=("other",)), task="chat")


def test_a_pattern_may_lead_to_an_alias_and_a_prefix_of_a_vendor_to_none() -> None:
    which = config(aliases={"usual-*": "any"})
    assert alias_of("usual-1", which) == alias_of("any", which) == ALIAS
    assert alias_of("one", which) is None
    assert alias_of("one", replace(which, aliases={"*": "any"})) is None
    assert alias_of("plain", replace(which, aliases={"*": "any"})) is None
    assert alias_of("router", replace(which, aliases={"*": "any"})) == ALIAS
    named = replace(which, aliases={"*": "any"}, policies={"plain": builders.policy(aliases=("router",))})
    assert alias_of("router", named) is None
    assert alias_of("any", builders.config(*ROWS)) is None
    assert resolve("usual-1", which).model == "one"
    with pytest.raises(UnknownModel, match="Did you mean 'any'"):
        resolve("anyy", which)


def test_notes_say_which_version_and_why() -> None:
    def notes(which: Config, **situation: Any) -> tuple[str, ...]:
        ask = resolve("any", which, task="chat")
        decision = decide(builders.features(), ask, replace(builders.SITUATION, **situation), which)
        return version_notes(ALIAS, decision, "chat")

    assert notes(config()) == ("alias:any->one", "version:chat:first")
    assert notes(config(upgrade("one", "two", 1.0))) == ("alias:any->two", "version:chat:let_in:one")
    chain = config(upgrade("one", "two", 1.0), upgrade("two", "three", 0.0))
    assert notes(chain) == ("alias:any->two", "version:chat:let_in")
    assert notes(chain, unhealthy=("two",))[1] == "version:chat:asked_unavailable"


SHARES = st.sampled_from((0.0, 0.3, 1.0))
WAYS = st.sets(st.sampled_from((("one", "two"), ("one", "three"), ("two", "three"))))


@settings(max_examples=80)
@given(WAYS, st.lists(SHARES, min_size=3, max_size=3), st.sampled_from(("chat", "coding")), st.text(max_size=4))
def test_nothing_answers_that_its_ramps_have_not_let_in(
    ways: set[tuple[str, str]], shares: list[float], task: Any, unit: str
) -> None:
    ramps = tuple(upgrade(*way, share) for way, share in zip(sorted(ways), shares, strict=False))
    which = config(*ramps)
    decision = decide(
        builders.features(task=task), resolve("any", which, task=task, unit=unit), builders.SITUATION, which
    )
    path = upgrades(ALIAS, task, which.ramps)
    assert decision.baseline == named_version(ALIAS, task, which.ramps)
    let_in = {"one", *(ramp.substitute for ramp in path[:-1]), *(ramp.substitute for ramp in path if ramp.share)}
    assert decision.chosen in let_in
    assert {each.model for each in decision.candidates if not each.excluded} <= {"one", "two", "three"}
