"""The decision: the model that was asked for, ramps, fallbacks, and the reason that is told."""

from dataclasses import replace

import builders
import pytest
from builders import ask, config, features, model, policy, price, ramp

from router.decision.decide import decide
from router.errors import NoCandidate
from router.types import ALWAYS, Ask, Caller, Change, Config, Decision, Moved, Rule, Situation

BEST, NEXT, LAST = (model(name, 3.0 - place) for place, name in enumerate(("best", "next", "last")))
FAMILY = (
    model("a1", 3.0, owner="A", family="F"),
    model("a2", 2.0, owner="A", family="F"),
    model("a3", 1.0, owner="A", family="G"),
    model("b1", 2.5, owner="B", family="F"),
)


def made(rows: Config, about: Ask | None = None, *down: str) -> Decision:
    return decide(features(), about or ask(), Situation(builders.DAY, down), rows)


def test_a_policys_choice_is_both_baseline_and_chosen() -> None:
    decision = made(config(NEXT, BEST, LAST))
    assert (decision.baseline, decision.chosen, decision.reason, decision.ramp) == ("best", "best", "policy", None)
    assert (decision.asked, decision.policy, decision.consent, decision.revision) == (
        "plain",
        "plain",
        "any",
        "revision",
    )
    assert decision.fallbacks == ("next", "last")


def test_the_band_and_the_rules_that_were_in_force_are_told() -> None:
    rule = Rule("hard", "a test", ALWAYS, Change(band=0.5, optimize="latency"))
    decision = made(config(BEST, policies={"plain": policy(0.1, rules=(rule,))}))
    assert (decision.band, decision.optimize, decision.rules) == (0.5, "latency", ("hard",))


def test_a_model_asked_for_by_name_is_chosen_whatever_the_policy_prefers() -> None:
    decision = made(config(BEST, NEXT, LAST), ask("last"))
    assert (decision.chosen, decision.baseline, decision.reason) == ("last", "last", "asked")
    assert {c.model: c.code for c in decision.candidates} == {
        "last": "chosen",
        "best": "not_asked",
        "next": "not_asked",
    }
    assert decision.fallbacks == ("best", "next")


def test_where_the_model_asked_for_is_down_another_serves_with_consent_only() -> None:
    rows = config(BEST, NEXT)
    decision = made(rows, ask("next"), "next")
    assert (decision.chosen, decision.reason) == ("best", "asked_unavailable")
    assert decision.candidate("next").code == "unhealthy"
    with pytest.raises(NoCandidate, match="next: unhealthy"):
        made(rows, ask("next", "exact"), "next")


def test_an_error_names_what_was_asked_the_policy_and_the_consent() -> None:
    with pytest.raises(NoCandidate, match=r"^No model may answer 'next' under policy 'plain' with consent 'exact'[.] "):
        made(config(BEST, NEXT), ask("next", "exact"), "next")


@pytest.mark.parametrize("charge", ["served", "asked"])
def test_whose_price_is_charged_is_the_policys_word(charge: str) -> None:
    assert made(config(BEST, policies={"plain": policy(charge=charge)})).charge == charge


def test_a_model_that_is_not_in_the_catalog_is_unavailable() -> None:
    assert made(config(BEST), ask("gone")).reason == "asked_unavailable"


@pytest.mark.parametrize(
    ("consent", "fallbacks"),
    [("exact", ()), ("family", ("a2",)), ("owner", ("a2", "a3")), ("any", ("b1", "a2", "a3"))],
)
def test_fallbacks_stay_within_consent_by_name_and_by_policy(consent: str, fallbacks: tuple[str, ...]) -> None:
    rows = config(*FAMILY)
    assert made(rows, ask("a1", consent)).fallbacks == fallbacks
    by_policy = made(rows, ask(None, consent))
    assert (by_policy.chosen, by_policy.fallbacks) == ("a1", fallbacks)


def test_a_ramp_moves_a_unit_and_the_baseline_becomes_the_first_fallback() -> None:
    decision = made(replace(config(BEST, NEXT, LAST), ramps=(ramp("best", "last"),)))
    assert (decision.baseline, decision.chosen, decision.reason) == ("best", "last", "ramp")
    assert decision.ramp == Moved("ramp", "moved")
    assert [(c.model, c.code) for c in decision.candidates] == [
        ("last", "chosen"),
        ("best", "moved_away"),
        ("next", "outside_band"),
    ]
    assert decision.fallbacks == ("best", "next")


def test_a_unit_that_is_not_moved_is_told_which_side_it_stands_on() -> None:
    decision = made(replace(config(BEST, NEXT), ramps=(ramp("best", "next", 0.0),)))
    assert (decision.chosen, decision.reason, decision.ramp) == ("best", "policy", Moved("ramp", "not_yet"))


@pytest.mark.parametrize(
    ("unit", "same_user", "same_key"), [("conversation", False, False), ("user", True, False), ("key", False, True)]
)
def test_a_ramp_keeps_together_what_it_says(unit: str, same_user: bool, same_key: bool) -> None:
    rows = replace(config(BEST, NEXT), ramps=(ramp("best", "next", 0.5, unit=unit),))
    users = {made(rows, ask(unit=f"user-1------{n}", caller=Caller(f"key-{n}"))).chosen for n in range(20)}
    keys = {made(rows, ask(unit=f"user-{n:07}", caller=Caller("key-1"))).chosen for n in range(20)}
    assert (len(users) == 1, len(keys) == 1) == (same_user, same_key)


@pytest.mark.parametrize("to", ["next", "gone"])
def test_a_ramp_never_overrides_a_guard(to: str) -> None:
    decision = made(replace(config(BEST, NEXT), ramps=(ramp("best", to),)), ask(), "next")
    assert (decision.chosen, decision.ramp) == ("best", None)


@pytest.mark.parametrize(("consent", "moved"), [("exact", False), ("family", False), ("owner", True), ("any", True)])
@pytest.mark.parametrize("name", [None, "a1"])
def test_a_ramp_never_overrides_consent(consent: str, moved: bool, name: str | None) -> None:
    decision = made(replace(config(*FAMILY), ramps=(ramp("a1", "a3"),)), ask(name, consent))
    assert (decision.chosen == "a3") is moved
    assert (decision.ramp is not None) is moved


def test_a_ramp_away_from_another_model_does_nothing() -> None:
    assert made(replace(config(BEST, NEXT), ramps=(ramp("next", "best"),))).ramp is None


def test_only_the_baseline_is_moved_and_once() -> None:
    decision = made(replace(config(BEST, NEXT, LAST), ramps=(ramp("best", "next"), ramp("next", "last", name="on"))))
    assert decision.chosen == "next"


def test_prices_are_those_of_the_day() -> None:
    rates = (price("5", "5"), price("1", "1", since=builders.DAY.replace(day=2)))
    rows = config(model("a"), model("b"), prices={"a": rates, "b": (price("2", "2"),)})
    assert made(rows).chosen == "b"
    assert decide(features(), ask(), Situation(builders.DAY.replace(day=2)), rows).chosen == "a"


def test_a_candidate_is_found_by_its_model() -> None:
    decision = made(config(BEST))
    assert decision.candidate("best").code == "chosen"
    with pytest.raises(KeyError):
        decision.candidate("gone")
