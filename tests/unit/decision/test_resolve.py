"""From the request's `model` to a policy, perhaps a model, and a consent."""

from dataclasses import replace
from typing import Any

import pytest
from builders import config, model, policy

from router.decision.resolve import default_consent, identify, narrower, policy_name, policy_names, resolve
from router.errors import BadRequest, Forbidden, UnknownModel
from router.suggest import nearest
from router.types import Access, Ask, Caller, Consent, Options, Permit

ROWS = config(
    model("gpt-5"),
    model("mai-1"),
    policies={"plain": policy(aliases=("router",)), "kin": policy(consent="family"), "open": policy(consent="any")},
)


@pytest.mark.parametrize(
    ("asked", "terms", "expected"),
    [
        ("plain", {}, Ask(asked="plain", policy="plain", model=None, consent="any", unit="")),
        ("auto", {}, Ask(asked="auto", policy="plain", model=None, consent="any", unit="")),
        ("router", {"unit": "u"}, Ask(asked="router", policy="plain", model=None, consent="any", unit="u")),
        ("kin", {}, Ask(asked="kin", policy="kin", model=None, consent="family", unit="")),
        ("kin", {"consent": "exact"}, Ask(asked="kin", policy="kin", model=None, consent="exact", unit="")),
        ("router", {"policy": "plain"}, Ask(asked="router", policy="plain", model=None, consent="any", unit="")),
        ("gpt-5", {}, Ask(asked="gpt-5", policy="plain", model="gpt-5", consent="exact", unit="")),
        ("gpt-5", {"consent": "owner"}, Ask(asked="gpt-5", policy="plain", model="gpt-5", consent="owner", unit="")),
        ("gpt-5", {"policy": "kin"}, Ask(asked="gpt-5", policy="kin", model="gpt-5", consent="family", unit="")),
        ("gpt-5", {"policy": "open"}, Ask(asked="gpt-5", policy="open", model="gpt-5", consent="any", unit="")),
        ("gpt-5", {"policy": "auto"}, Ask(asked="gpt-5", policy="plain", model="gpt-5", consent="exact", unit="")),
    ],
)
def test_a_name_is_resolved(asked: str, terms: dict[str, Any], expected: Ask) -> None:
    assert resolve(asked, ROWS, **terms) == replace(expected, stated="consent" in terms)


def test_of_two_words_on_consent_the_narrower_holds() -> None:
    widths: tuple[Consent, ...] = ("exact", "family", "owner", "any")
    for wide, said in enumerate(widths):
        for within, widest in enumerate(widths):
            assert narrower(said, widest) == widths[min(wide, within)]


def test_a_tag_that_is_said_twice_counts_once_and_no_word_of_another_is_ignored() -> None:
    said = Caller(tags=("beta",))
    assert identify(said, Options(tags=("beta", "clinic"))).tags == ("beta", "clinic")
    with pytest.raises(Forbidden, match="says residency 'us'") as caught:
        identify(Caller(team="blue", residency="us"), Options(), Access("search", "red", "kr"))
    assert caught.value.param == "residency"


def test_a_policy_with_exact_consent_needs_no_leave_for_a_model() -> None:
    assert resolve("plain", ROWS, consent="exact", permit=Permit(models=("gpt-5",))).model is None
    assert resolve("gpt-5", ROWS, permit=Permit(models=("gpt-5",))).model == "gpt-5"
    with pytest.raises(Forbidden, match="model 'mai-1'"):
        resolve("mai-1", ROWS, permit=Permit(models=("gpt-5",)))


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownModel, match=r"'gtp-5'.*Did you mean 'gpt-5'\?") as caught:
        resolve("gtp-5", ROWS)
    assert (caught.value.param, caught.value.status) == ("model", 404)


def test_an_unknown_policy_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadRequest, match=r"No policy is called 'plane'\. Did you mean 'plain'\?") as caught:
        resolve("gpt-5", ROWS, policy="plane")
    assert caught.value.param == "policy"


def test_two_policies_at_once_are_refused() -> None:
    with pytest.raises(BadRequest, match="name one"):
        resolve("plain", ROWS, policy="kin")


def test_what_is_not_near_anything_is_answered_with_the_list() -> None:
    assert nearest("zzz", ["one", "two"]) == " There are: one, two."
    assert nearest("onee", (word for word in ("one", "two"))) == " Did you mean 'one'?"


def test_policies_are_known_by_name_alias_and_auto() -> None:
    assert policy_names(ROWS) == ["auto", "plain", "kin", "open", "router"]
    assert [policy_name(name, ROWS) for name in ("auto", "router", "kin", "none")] == ["plain", "plain", "kin", None]


def test_a_named_model_is_served_exactly_unless_the_policy_says_otherwise() -> None:
    assert default_consent(policy(), "m") == "exact"
    assert default_consent(policy(), None) == "any"
    assert default_consent(policy(consent="owner"), "m") == "owner"
