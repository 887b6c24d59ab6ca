"""Upgrades of an alias over versions: which is next on each kind of work, and what each version is there."""

from dataclasses import replace
from typing import Any

import builders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.config.ramps.alias_plans import upgrade_name, upgrade_plans
from router.ramps import RampState, Totals, progress
from router.ramps.jaggedness import jaggedness, serving
from router.ramps.state import fresh
from router.ramps.upgrades import begun, due, groups, standings, task_of
from router.types import RampPlan, VersionAlias
from unit import ramp_samples

VERSIONS = ("one", "two", "three")
STAGES = ("draft", "approved", "shadow", "moving", "full", "paused", "rolled_back")


def alias(*versions: str, **changes: Any) -> VersionAlias:
    upgrade = ramp_samples.plan(most_pairs=40)
    plain = VersionAlias(
        name="any", because="x", versions=versions, margin=0.2, alpha=0.2, tasks=("chat", "coding"), upgrade=upgrade
    )
    return replace(plain, **changes)


ALIAS = alias(*VERSIONS)
PLANS = upgrade_plans(ALIAS)
CHAT = groups(PLANS)["any", "chat"]


def way(original: str, substitute: str, task: str = "chat") -> RampPlan:
    name = upgrade_name("any", task, original, substitute)
    return next(plan for plan in PLANS if plan.name == name)


def at(stage: Any, original: str, substitute: str, **changes: Any) -> dict[str, RampState]:
    plan = way(original, substitute)
    return {plan.name: replace(fresh(plan), stage=stage, step=2 if stage == "full" else -1, **changes)}


def places(states: dict[str, RampState]) -> list[str]:
    return [each.place for each in standings(CHAT, states)]


def test_there_is_a_plan_for_each_kind_of_work_and_each_way_to_a_newer_version() -> None:
    assert len(PLANS) == 2 * 3
    assert {task_of(plan) for plan in PLANS} == {"chat", "coding"}
    alphas = [way("one", "two").standard.alpha, way("one", "three").standard.alpha]
    assert alphas == [0.2 / 2 / 2, 0.2 / 2 / 6]
    assert way("two", "three").standard.alpha == alphas[1]
    assert upgrade_plans(alias("one", upgrade=None)) == []
    assert groups([ramp_samples.plan()]) == {}


def test_parts_of_alpha_never_add_up_to_more_than_the_whole() -> None:
    assert sum(2 * ALIAS.alpha_of(version) for version in range(1, 10_000)) < ALIAS.alpha


@pytest.mark.parametrize(
    ("states", "expected", "next_"),
    [
        ({}, ["serves", "waits", "waits"], ["one", "two"]),
        (at("draft", "one", "two"), ["serves", "waits", "waits"], ["one", "two"]),
        (at("shadow", "one", "two"), ["serves", "tried", "waits"], None),
        (at("moving", "one", "two"), ["serves", "tried", "waits"], None),
        (at("rolled_back", "one", "two"), ["serves", "out", "waits"], ["one", "three"]),
        (at("full", "one", "two"), ["served", "serves", "waits"], ["two", "three"]),
        (at("paused", "one", "two", paused_from="moving"), ["serves", "tried", "waits"], None),
        (at("paused", "one", "two", paused_from="full"), ["served", "serves", "waits"], None),
        ({**at("full", "one", "two"), **at("shadow", "two", "three")}, ["served", "serves", "tried"], None),
        ({**at("full", "one", "two"), **at("rolled_back", "two", "three")}, ["served", "serves", "out"], None),
        ({**at("full", "one", "two"), **at("full", "two", "three")}, ["served", "served", "serves"], None),
        ({**at("rolled_back", "one", "two"), **at("full", "one", "three")}, ["served", "out", "serves"], None),
        (at("full", "one", "two", about="another plan"), ["serves", "waits", "waits"], ["one", "two"]),
    ],
)
def test_versions_are_tried_one_after_another(
    states: dict[str, RampState], expected: list[str], next_: list[str] | None
) -> None:
    assert places(states) == expected
    begin = [[plan.ramp.original, plan.ramp.substitute] for plan in due(CHAT, states)]
    assert begin == ([next_] if next_ else [])


def test_a_paused_upgrade_lets_no_other_begin() -> None:
    states = at("paused", "one", "two", paused_from="full")
    assert [each.version for each in standings(CHAT, states) if each.place == "waits"] == ["three"]
    assert due(CHAT, states) == []


def test_an_upgrade_begins_in_shadow_without_an_order() -> None:
    state, move = begun(way("one", "two"))
    assert (state.stage, state.approved_by) == ("shadow", ("aliases.yaml",))
    assert (move.kind, move.share, move.author.by) == ("started", 0.0, "")


def test_an_upgrade_that_shows_neither_ends_and_the_next_version_is_tried() -> None:
    plan = way("one", "two")
    state, moves = begun(plan)[0], ()
    for round_ in range(8):
        assert (state.stage, moves) == ("shadow", ())
        state = ramp_samples.seen(plan, ramp_samples.seen(plan, state, bad=1), good=4)
        state, moves = progress(plan, state, Totals(), ramp_samples.moment(1)) if round_ < 7 else (state, ())
    state, moves = progress(plan, state, Totals(), ramp_samples.moment(2))
    assert (state.stage, state.reason, [move.kind for move in moves]) == ("rolled_back", "undecided", ["rolled_back"])
    assert due(CHAT, {plan.name: state}) == [way("one", "three")]


def test_pairs_that_do_not_come_hold_no_upgrade() -> None:
    plan = way("one", "two")
    state = replace(begun(plan)[0], tasks={})
    answers = ramp_samples.answers("chat", 100)
    state = ramp_samples.absorb(plan, state, ramp_samples.Batch(answers), ramp_samples.DAY)
    assert progress(plan, state, Totals(), ramp_samples.moment(1))[0].stage == "shadow"


@settings(max_examples=60)
@given(st.lists(st.sampled_from(STAGES), min_size=6, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_whatever_the_stages_one_version_serves_and_at_most_one_upgrade_is_under_way(
    stages: list[Any], known: list[bool]
) -> None:
    states = {}
    for plan, stage, is_known in zip(CHAT, stages, known, strict=False):
        if is_known:
            states[plan.name] = replace(fresh(plan), stage=stage, paused_from="full" if stage == "paused" else None)
    line = standings(CHAT, states)
    assert [each.version for each in line] == list(VERSIONS)
    assert sum(each.place == "serves" for each in line) == 1
    begin = due(CHAT, states)
    assert len(begin) + sum(each.place == "tried" for each in line) <= 1
    for plan in begin:
        assert plan.ramp.original == next(each.version for each in line if each.place == "serves")


def test_jaggedness_shows_predictions_and_pairs_apart() -> None:
    models = {name: builders.model(name, ability) for name, ability in zip(VERSIONS, (1.0, 2.0, 1.5), strict=True)}
    plan = way("one", "two")
    state = ramp_samples.seen(plan, begun(plan)[0], bad=30)
    states = {plan.name: replace(state, stage="rolled_back", reason="harm")}
    lines = jaggedness(ALIAS, models, PLANS, states)
    first, second, third = lines["chat"]
    assert (first.place, first.share, first.regresses, first.ramp) == ("serves", 1.0, False, None)
    assert (second.place, second.regresses, second.reason, second.ramp) == ("out", True, "harm", plan.name)
    assert second.shown is not None
    assert (second.shown.against, second.shown.pairs, second.shown.verdict) == ("one", 30, "harm")
    assert (third.place, third.regresses, third.shown, third.share) == ("waits", True, None, 0.0)
    assert serving(lines["chat"]) == serving(lines["coding"]) == "one"
    started = jaggedness(ALIAS, models, PLANS, {plan.name: begun(plan)[0]})["chat"][1]
    assert (started.stage, started.shown, started.share) == ("shadow", None, 0.0)
    seen = replace(begun(plan)[0], tasks={"chat": replace(state.tasks["chat"], evidence=fresh_evidence(state))})
    assert jaggedness(ALIAS, models, PLANS, {plan.name: seen})["chat"][1].shown is None


def fresh_evidence(state: RampState) -> Any:
    return replace(state.tasks["chat"].evidence, pairs=0)


def test_an_alias_of_one_version_serves_it_and_a_task_without_abilities_has_no_prediction() -> None:
    only = alias("one", upgrade=None, tasks=("chat", "law"))
    lines = jaggedness(only, {"one": builders.model("one")}, PLANS[:0], {})
    assert [(each.version, each.quality is None) for line in lines.values() for each in line] == [
        ("one", False),
        ("one", True),
    ]
