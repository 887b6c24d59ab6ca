"""What a key permits binds the name, the consent, the choice, the ramp and the fallbacks of its requests."""

from typing import Any

import pytest
from builders import SITUATION, ask, config, features, model, policy, ramp

from router.cli.decision_sentences import change, verdict
from router.decision.decide import decide
from router.decision.flips import flips
from router.decision.resolve import identify, narrower, permitted_names, resolve
from router.errors import BudgetExceeded, Forbidden, NoCandidate, UnknownModel
from router.types import (
    ALWAYS,
    Access,
    Ask,
    Budget,
    Caller,
    Candidate,
    Decision,
    Guard,
    Options,
    Permit,
    Situation,
    Target,
)

STRONG, MIDDLE, WEAK = model("strong", 3.0), model("middle", 2.0, owner="Other"), model("weak", 1.0)
POLICIES = {"plain": policy(aliases=("router",)), "wide": policy(1.0), "shy": policy(disclosure="silent")}
ROWS = config(STRONG, MIDDLE, WEAK, policies=POLICIES)
CALLER = Caller("search")


def permitted(permit: Permit, asked: str = "auto", **more: Any) -> Ask:
    return resolve(asked, ROWS, caller=CALLER, permit=permit, **more)


def decided(permit: Permit, asked: str = "plain", rows: Any = ROWS, **more: Any) -> Decision:
    wish = resolve(asked, rows, caller=CALLER, permit=permit, **more)
    return decide(features(), wish, SITUATION, rows)


def codes(candidates: tuple[Candidate, ...]) -> dict[str, tuple[str, str]]:
    return {candidate.model: (candidate.code, candidate.detail) for candidate in candidates}


@pytest.mark.parametrize(
    ("policies", "asked", "expected"),
    [
        (None, "auto", "plain"),
        (("plain", "wide"), "auto", "plain"),
        (("wide", "plain"), "auto", "plain"),
        (("wide", "shy"), "auto", "wide"),
        (("gone", "shy"), "auto", "shy"),
        (("wide",), "wide", "wide"),
        (("wide",), "strong", "wide"),
    ],
)
def test_the_default_of_a_key_is_one_that_it_may_use(policies: Any, asked: str, expected: str) -> None:
    assert permitted(Permit(policies=policies), asked).policy == expected


@pytest.mark.parametrize("asked", ["plain", "router", "shy"])
def test_a_policy_that_a_key_may_not_use_is_refused(asked: str) -> None:
    with pytest.raises(
        Forbidden, match=r"'search' may not use the policy '\w+'\. It may use: auto, wide, strong"
    ) as no:
        permitted(Permit(policies=("wide",)), asked)
    assert (no.value.status, no.value.param) == (403, "model")


@pytest.mark.parametrize("policies", [(), ("gone",)])
def test_a_key_whose_policies_are_gone_may_use_nothing(policies: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden, match="It may use: strong, middle, weak"):
        permitted(Permit(policies=policies))
    with pytest.raises(Forbidden, match="It may use: nothing"):
        permitted(Permit(models=(), policies=policies))


def test_a_named_model_that_a_key_may_not_use_is_refused_unless_another_may_take_its_place() -> None:
    only = Permit(models=("middle", "weak"))
    with pytest.raises(Forbidden, match="may not use the model 'strong'"):
        permitted(only, "strong")
    decision = decided(only, "strong", consent="any")
    assert (decision.chosen, decision.reason) == ("middle", "asked_unavailable")
    with pytest.raises(NoCandidate):
        decided(Permit(models=("middle",)), "strong", consent="owner")


def test_an_unknown_name_is_answered_with_what_the_key_may_use() -> None:
    with pytest.raises(UnknownModel, match=r"There are: auto, wide, weak\."):
        permitted(Permit(models=("weak",), policies=("wide",)), "zzz")
    assert permitted_names(ROWS, None) == ["auto", "plain", "wide", "shy", "router", "strong", "middle", "weak"]


@pytest.mark.parametrize(
    ("said", "widest", "expected"),
    [
        (None, None, None),
        ("any", None, "any"),
        (None, "family", "family"),
        ("any", "family", "family"),
        ("exact", "family", "exact"),
        ("owner", "any", "owner"),
    ],
)
def test_consent_is_the_requests_else_the_keys_and_a_request_never_widens_the_keys(
    said: Any, widest: Any, expected: Any
) -> None:
    assert narrower(said, widest) == expected
    wish = permitted(Permit(consent=widest), "strong", consent=said)
    assert (wish.consent, wish.stated) == (expected or "exact", expected is not None)


def test_what_a_key_may_not_use_is_excluded_with_its_name() -> None:
    decision = decided(Permit(models=("weak",)))
    assert codes(decision.candidates) == {
        "weak": ("chosen", ""),
        "strong": ("not_allowed", "key search"),
        "middle": ("not_allowed", "key search"),
    }
    assert (decision.chosen, decision.fallbacks) == ("weak", ())
    assert verdict(decision.candidate("strong")) == "not allowed by key search"
    assert change(flips(decision, "strong", features())[0], decision) == "allow it for the key search"


def test_a_key_with_no_model_left_gets_an_error_that_lists_them_all() -> None:
    with pytest.raises(NoCandidate, match=r"strong: not_allowed \(key search\)"):
        decided(Permit(models=()))


def test_a_guard_is_named_before_the_key_and_the_key_before_a_budget() -> None:
    guard = Guard("no", "a test", ALWAYS, ("strong",))
    budget = Budget(name="b", home="plain", of=Target(), limit=1, unit="requests", per="day")  # type: ignore[arg-type]
    rows = config(STRONG, MIDDLE, WEAK, policies={"plain": policy(guards=(guard,), budgets=(budget,))})
    wish = ask(caller=CALLER)
    limited = resolve("plain", rows, caller=CALLER, permit=Permit(models=("weak",)))
    with pytest.raises(BudgetExceeded) as raised:
        decide(features(), limited, Situation(SITUATION.day, spent=("plain/b",)), rows)
    assert codes(raised.value.candidates) == {
        "strong": ("guard", "no"),
        "middle": ("not_allowed", "key search"),
        "weak": ("budget", "b"),
    }
    assert decide(features(), wish, SITUATION, rows).chosen == "middle"


def test_a_ramp_moves_nothing_to_a_model_that_the_key_may_not_use() -> None:
    rows = config(STRONG, WEAK, policies={"plain": policy()}, ramps=(ramp("strong", "weak"),))
    assert decided(Permit(), rows=rows).chosen == "weak"
    held = decided(Permit(models=("strong",)), rows=rows)
    assert (held.chosen, held.ramp, held.fallbacks) == ("strong", None, ())


@pytest.mark.parametrize(
    ("key", "asked", "consent", "expected"),
    [
        (None, "plain", None, "receipt"),
        ("header", "plain", None, "header"),
        (None, "shy", None, "silent"),
        ("receipt", "shy", None, "receipt"),
        ("silent", "plain", None, "silent"),
        ("silent", "plain", "exact", "receipt"),
        ("header", "plain", "exact", "header"),
        ("silent", "strong", None, "receipt"),
    ],
)
def test_disclosure_is_the_keys_and_never_silent_for_exact_consent(
    key: Any, asked: str, consent: Any, expected: str
) -> None:
    assert decided(Permit(disclosure=key), asked, consent=consent).disclosure == expected


ACCESS = Access("search", "red", "kr")


def test_who_asks_is_the_keys_word() -> None:
    said = Caller(None, None, None, ("beta",))
    assert identify(said, Options(tags=("clinic",)), ACCESS) == Caller("search", "red", "kr", ("beta", "clinic"))
    assert identify(Caller(team="red"), Options(residency="kr"), ACCESS) == Caller("search", "red", "kr")
    assert identify(Caller("key_1", "red"), Options(team="blue", residency="us")) == Caller("key_1", "red", "us")


@pytest.mark.parametrize(
    ("said", "options", "access", "words"),
    [
        (Caller(team="blue"), Options(), ACCESS, "team 'blue', but the team of the key 'search' is 'red'"),
        (Caller(), Options(team="blue"), ACCESS, "team 'blue'"),
        (Caller(residency="us"), Options(), ACCESS, "residency 'us', but the residency of the key 'search' is 'kr'"),
        (Caller(), Options(residency="kr"), Access("search"), "is none"),
    ],
)
def test_a_request_that_contradicts_its_key_is_refused_not_bent(
    said: Caller, options: Options, access: Access, words: str
) -> None:
    with pytest.raises(Forbidden, match=words):
        identify(said, options, access)
