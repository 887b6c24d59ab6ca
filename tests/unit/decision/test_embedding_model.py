"""Which model makes the vectors of a policy, and that nothing puts another in its place but the client's own word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from builders import SITUATION, ask, config, features, model, policy, price, ramp

from router.decision.candidates import of_the_kind
from router.decision.decide import decide
from router.decision.embedding_model import anchor, is_anchored
from router.decision.resolve import resolve
from router.errors import BudgetExceeded, NoCandidate, RouterError
from router.types import Budget, Change, Condition, Config, Decision, Guard, OneOf, Permit, Rule, Situation, Target

WORDS = model("words", 3.0)
NEAR = model("near", 2.0, capabilities=("embeddings",))
FAR = model("far", 2.1, capabilities=("embeddings",), owner="Other")
CHEAP = {"near": (price("1"),), "far": (price("3"),)}
KOREAN = Condition((OneOf("language", frozenset({"ko"})),))
VECTORS = features(needs=("embeddings",), output_tokens=0)
INDEX = ask(consent="exact")


def house(band: float = 0.05, prices: Any = None, **changes: Any) -> Config:
    return config(WORDS, NEAR, FAR, policies={"plain": policy(band, **changes)}, prices=prices or CHEAP)


def decided(rows: Config, situation: Situation = SITUATION, **changes: Any) -> Decision:
    return decide(replace(VECTORS, **changes), INDEX, situation, rows)


def test_the_policy_chooses_as_ever_and_once() -> None:
    assert (anchor(INDEX, house()), anchor(INDEX, house(0.0))) == ("near", "far")
    decision = decided(house())
    assert (decision.chosen, decision.baseline, decision.reason, decision.fallbacks) == ("near", "near", "policy", ())
    assert decision.candidate("far").code == "no_consent"
    assert decision.candidate("far").detail == "vectors of 'plain' are made by near alone"


def test_a_rule_can_t_move_some_texts_elsewhere() -> None:
    rule = Rule("korean", "a test", KOREAN, Change(band=0.0))
    assert decided(house(rules=(rule,)), language="ko").chosen == "near"


def test_where_a_rule_or_a_guard_bars_the_one_there_is_an_error_and_not_another() -> None:
    barring: tuple[dict[str, Any], ...] = (
        {"guards": (Guard("korean", "a test", KOREAN, ("near",)),)},
        {"rules": (Rule("korean", "a test", KOREAN, Change(models=("far",))),)},
    )
    for changes in barring:
        assert decided(house(**changes)).chosen == "near"
        with pytest.raises(NoCandidate, match="far: no_consent"):
            decided(house(**changes), language="ko")


def test_a_price_that_comes_into_force_meanwhile_moves_nothing() -> None:
    later = {"near": (price("1"), price("9", since=date(2026, 11, 15))), "far": (price("3"),)}
    for day in (date(2026, 11, 1), date(2026, 11, 20)):
        assert decided(house(prices=later), Situation(day)).chosen == "far"


def test_a_model_that_is_down_is_not_replaced() -> None:
    with pytest.raises(NoCandidate, match="near: unhealthy"):
        decided(house(), replace(SITUATION, unhealthy=("near",)))


def test_a_ramp_moves_no_vectors_unless_the_client_agrees() -> None:
    rows = replace(house(), ramps=(ramp("near", "far"),))
    assert decided(rows).chosen == "near"
    assert decide(VECTORS, ask(consent="any"), SITUATION, rows).chosen == "far"


def test_a_key_s_models_count() -> None:
    assert anchor(replace(INDEX, permit=Permit(models=("far",))), house()) == "far"
    decision = decide(VECTORS, replace(INDEX, permit=Permit(models=("near",))), SITUATION, house())
    assert decision.candidate("far").code == "not_allowed", "the key's word goes before the policy's"


def test_where_no_model_makes_vectors_there_is_none() -> None:
    rows = config(WORDS, policies={"plain": policy()})
    assert anchor(INDEX, rows) is None
    with pytest.raises(NoCandidate, match="No model here answers in vectors"):
        decide(VECTORS, INDEX, SITUATION, rows)
    unpriced = replace(house(), prices={})
    assert anchor(INDEX, unpriced) is None
    with pytest.raises(NoCandidate, match="near: no_price"):
        decide(VECTORS, INDEX, SITUATION, unpriced)


def test_only_vectors_of_a_policy_without_another_consent_are_anchored() -> None:
    assert is_anchored(VECTORS, INDEX)
    assert not is_anchored(features(), INDEX)
    assert not is_anchored(VECTORS, ask(consent="family"))
    assert not is_anchored(VECTORS, ask("near", "exact"))


def test_a_word_on_consent_must_be_the_client_s_own() -> None:
    rows = house(consent="any")
    permit = Permit(consent="owner")
    for asked in ("plain", "near"):
        assert resolve(asked, rows, vectors=True).consent == "exact"
        assert resolve(asked, rows, permit=permit, vectors=True).consent == "exact"
        assert resolve(asked, rows, permit=permit, vectors=True, consent="any").consent == "owner"
        # It is written down as said, so that another version of the policy does not undo it in a replay.
        assert resolve(asked, rows, vectors=True).stated
    assert resolve("near", rows).consent == "any"


@pytest.mark.parametrize(
    ("named", "needs", "words"),
    [
        ("words", ("embeddings",), "'words' does not answer in vectors. Those that do: near, far; or name a policy."),
        ("near", (), "'near' does not answer in words. Those that do: words; or name a policy."),
        ("near", ("speech",), "No model here answers in speech."),
    ],
)
def test_a_model_of_another_kind_is_refused_in_a_sentence(named: str, needs: Any, words: str) -> None:
    with pytest.raises(NoCandidate) as refused:
        decide(features(needs=needs), ask(named, "exact"), SITUATION, house())
    assert refused.value.message == words
    assert not of_the_kind(needs, next(row for row in (WORDS, NEAR) if row.id == named).capabilities)


def test_a_budget_is_not_blamed_for_a_model_of_another_kind() -> None:
    limits = tuple(
        Budget(name=name, home="plain", of=Target(model=(name,)), limit=Decimal(1), unit="USD", per="day")
        for name in ("words", "near")
    )
    refused = {}
    for name in ("words", "near"):
        with pytest.raises(RouterError) as caught:
            decide(VECTORS, ask(name, "exact"), replace(SITUATION, spent=(f"plain/{name}",)), house(budgets=limits))
        refused[name] = type(caught.value)
    assert refused == {"words": NoCandidate, "near": BudgetExceeded}
