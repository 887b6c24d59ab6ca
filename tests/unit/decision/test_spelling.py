"""Words of callers and of policies are compared in one spelling."""

from decimal import Decimal

import pytest
from builders import DAY, ask, features, model
from hypothesis import given
from hypothesis import strategies as st

from router.accounting.contracts.terms import Buyer, _is
from router.config.policies_file import When
from router.config.policy_compiler import condition
from router.decision.budgets import counts, holders
from router.decision.conditions import facts_of, holds
from router.decision.names.spelling import distinct, fold, fold_all, fold_known
from router.decision.resolve import identify
from router.errors import BadRequest, Forbidden
from router.types import Access, Budget, Caller, Options, Situation, Target
from router.types.contracts import Buyers

CLINIC = ["clinic", "Clinic", "CLINIC", " clinic ", "cli\u00adnic", "cl\u200binic", "\uff43linic", "ｃｌｉｎｉｃ"]


@pytest.mark.parametrize("word", CLINIC)
def test_case_width_and_what_nobody_sees_make_no_other_word(word: str) -> None:
    assert fold(word) == "clinic"
    facts = facts_of(features(), ask(caller=Caller(tags=(word,), team=word, residency=word)), Situation(DAY))
    for other in CLINIC:
        for when in (When(tags=(other,)), When(team=(other,)), When(residency=(other,))):
            assert holds(condition(when), facts)


@given(st.text())
def test_a_folded_word_stays_as_it_is(word: str) -> None:
    assert fold(fold(word)) == fold(word)
    assert fold(word.upper()) == fold(word.upper().lower())


def test_what_says_nothing_is_not_known() -> None:
    assert fold_known(None) is fold_known(" \u00ad ") is None
    assert fold_known("Red") == "red"
    assert fold_all(()) == ()
    assert distinct(("Clinic", "beta"), ("clinic", "BETA", "new")) == ("Clinic", "beta", "new")


def test_the_name_of_a_key_keeps_its_case_and_has_one_form_of_unicode() -> None:
    facts = facts_of(features(), ask(caller=Caller("검색")), Situation(DAY))
    assert holds(condition(When(key=("\u1100\u1165\u11b7\u1109\u1162\u11a8",))), facts)
    assert not holds(condition(When(key=("APP",))), facts_of(features(), ask(caller=Caller("app")), Situation(DAY)))


def test_a_teams_budget_counts_it_in_any_spelling() -> None:
    budget = Budget(
        name="b", home="*", of=Target(team=("red",)), limit=Decimal(1), unit="requests", per="day", each="team"
    )
    assert counts(budget, ask(caller=Caller(team="RED")))
    assert holders(budget, ask(caller=Caller(team="Red")), model()) == ("red",)
    assert not counts(budget, ask(caller=Caller(team="blue")))


def test_contracts_know_their_buyers_in_any_spelling() -> None:
    assert _is(Buyer(team="Red"), Buyers(team=("RED",)))
    assert _is(Buyer(tags=("Public",)), Buyers(tags=("public",)))
    assert _is(Buyer(), Buyers())
    assert not _is(Buyer(None, "blue", ("other",)), Buyers(("k",), ("red",), ("public",)))


def test_what_is_bound_to_a_key_stays_and_a_request_only_adds() -> None:
    access = Access("app", "Red", "EU", tags=("Clinic",))
    asked = identify(Caller(tags=("beta", "clinic")), Options(team="red", residency="eu", tags=("Beta", "x")), access)
    assert asked == Caller("app", "Red", "EU", ("Clinic", "beta", "x"))
    assert identify(Caller(), Options(), access).tags == ("Clinic",)
    with pytest.raises(Forbidden, match="residency 'us'"):
        identify(Caller(residency="us"), Options(), access)


def test_header_and_body_together_say_no_more_tags_than_either() -> None:
    some, others = tuple(f"a{n}" for n in range(9)), tuple(f"b{n}" for n in range(8))
    assert len(identify(Caller(tags=some), Options(tags=others[:7])).tags) == 16
    with pytest.raises(BadRequest, match="17 tags; 16 are the most"):
        identify(Caller(tags=some), Options(tags=others))
