"""Which models may answer, and the code that keeps each other one out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import builders
import pytest
from builders import ask, config, features, model, policy, price

from router.decision.candidates import consents
from router.decision.decide import decide
from router.errors import NoCandidate
from router.types import Candidate, Config, Features, Situation

GOOD = model("good", 3.0)


def told(rows: Config, facts: Features | None = None, **terms: object) -> Candidate:
    """What the decision says of the model `odd`, beside a good one."""
    about = terms.pop("about", ask())
    situation = terms.pop("situation", builders.SITUATION)
    return decide(facts or features(), about, situation, rows).candidate("odd")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("consent", "accepted"),
    [
        ("exact", {"a"}),
        ("family", {"a", "sister"}),
        ("owner", {"a", "sister", "cousin"}),
        ("any", {"a", "sister", "cousin", "stranger", "namesake"}),
    ],
)
def test_consent_widens_from_the_model_to_its_family_its_owner_and_all(consent: str, accepted: set[str]) -> None:
    named = model("a", owner="A", family="F")
    others = [
        named,
        model("sister", owner="A", family="F"),
        model("cousin", owner="A", family="G"),
        model("stranger", owner="B", family="G"),
        model("namesake", owner="B", family="F"),
    ]
    assert {other.id for other in others if consents(consent, named, other)} == accepted  # type: ignore[arg-type]


def test_a_model_outside_the_policy_is_not_allowed() -> None:
    rows = config(GOOD, model("odd"), policies={"plain": policy(models=("good",))})
    assert told(rows).code == "not_allowed"


def test_a_model_the_client_did_not_consent_to_is_out() -> None:
    rows = config(GOOD, model("odd", owner="Other"))
    assert told(rows, about=ask("good", "owner")).code == "no_consent"
    assert told(rows, about=ask("good", "any")).code == "not_asked"


def test_a_missing_capability_is_named() -> None:
    candidate = told(
        config(replace(GOOD, capabilities=("vision", "json")), model("odd", capabilities=())),
        features(needs=("json", "vision")),
    )
    assert (candidate.code, candidate.detail) == ("capability", "json, vision")


def test_the_context_must_hold_the_request_and_the_answer() -> None:
    rows = config(GOOD, model("odd", context=149))
    candidate = told(rows, features(input_tokens=100, output_tokens=50))
    assert (candidate.code, candidate.detail) == ("context", "150 of 149 tokens")
    assert not told(config(GOOD, model("odd", context=150)), features(input_tokens=100, output_tokens=50)).excluded


def test_the_clients_limit_is_the_room_for_the_answer_up_to_what_the_model_can_write() -> None:
    small = model("odd", context=1_100, max_output=1_000)
    assert not told(config(GOOD, small), features(input_tokens=100, output_limit=9_000)).excluded
    assert told(config(GOOD, small), features(input_tokens=101, output_limit=9_000)).code == "context"
    assert not told(config(GOOD, small), features(input_tokens=101, output_limit=10)).excluded


def test_models_of_another_kind_are_not_even_listed_unless_named() -> None:
    rows = config(GOOD, model("vectors", owner="Bel", family="Fir", capabilities=("embeddings",)))
    assert [c.model for c in decide(features(), ask(), builders.SITUATION, rows).candidates] == ["good"]
    named = decide(features(), ask("vectors", "any"), builders.SITUATION, rows).candidate("vectors")
    assert (named.owner, named.family, named.preferred) == ("Bel", "Fir", False)
    assert (named.code, named.detail, named.quality, named.cost) == ("capability", "embeddings only", 0.0, 0)
    assert (type(named.quality), type(named.cost), type(named.latency_ms)) == (float, Decimal, float)
    assert named.latency_ms == 0


def test_a_model_that_is_down_is_unhealthy() -> None:
    assert told(config(GOOD, model("odd")), situation=Situation(builders.DAY, ("odd",))).code == "unhealthy"


def test_a_model_without_an_ability_for_the_task_is_out() -> None:
    assert told(config(GOOD, model("odd", None))).code == "no_ability"


@pytest.mark.parametrize("rates", [(), (price(since=date(2027, 1, 1)),)])
def test_a_model_without_a_price_on_the_day_is_out(rates: tuple[object, ...]) -> None:
    candidate = told(config(GOOD, model("odd"), prices={"odd": rates}))  # type: ignore[dict-item]
    assert (candidate.code, candidate.cost) == ("no_price", 0)


def test_where_there_is_no_price_nothing_is_told_of_another_exclusion() -> None:
    rows = config(GOOD, model("odd", capabilities=()), prices={"odd": ()})
    candidate = told(rows, features(needs=("json",)))
    assert (candidate.code, candidate.detail) == ("no_price", "")


def test_a_candidate_says_whose_it_is() -> None:
    candidate = told(config(GOOD, model("odd", owner="Bel", family="Fir")))
    assert (candidate.owner, candidate.family) == ("Bel", "Fir")


def test_a_floor_holds_for_its_task_only() -> None:
    rows = config(GOOD, model("odd", 0.0), policies={"plain": policy(1.0, floors={"chat": 0.6})})
    candidate = told(rows)
    assert (candidate.code, candidate.detail) == ("below_floor", "floor 0.6")
    assert not told(rows, features(task="coding")).excluded
    level = config(GOOD, model("odd", 0.0), policies={"plain": policy(1.0, floors={"chat": 0.5})})
    assert not told(level).excluded, "0.5 is not below 0.5"


def test_the_first_exclusion_is_the_one_that_is_named() -> None:
    worst = model("odd", 0.0, capabilities=(), context=1, owner="Other")
    rows = config(GOOD, worst, policies={"plain": policy(models=("good",), floors={"chat": 0.6})})
    down = Situation(builders.DAY, ("odd",))
    assert told(rows, features(needs=("json",)), about=ask("good", "exact"), situation=down).code == "not_allowed"


def test_tokens_are_those_of_the_models_own_family_rounded_up() -> None:
    kinds = {"t": builders.tokenizer(), "wide": builders.tokenizer(relative={"ko": 1.62, "other": 1.2})}
    rows = config(GOOD, model("odd", tokenizer="wide"), tokenizers=kinds)
    rate = price("1", "0")
    rows = replace(rows, prices={"good": (rate,), "odd": (rate,)})
    assert told(rows, features(language="ko", input_tokens=101)).cost == 164
    assert told(rows, features(language="en", input_tokens=101)).cost == 122
    bare = replace(rows, tokenizers={**kinds, "wide": builders.tokenizer(relative={"ko": 1.62})})
    assert told(bare, features(language="en", input_tokens=101)).cost == 101


def test_an_answer_is_as_long_as_the_model_is_talkative_within_the_limits() -> None:
    rows = config(GOOD, model("odd", verbosity=1.5, max_output=60), prices={"odd": (price("0", "1"),)})
    assert told(rows, features(output_tokens=33)).cost == 50
    assert told(rows, features(output_tokens=100)).cost == 60
    assert told(rows, features(output_tokens=100, output_limit=10)).cost == 10
    assert told(rows, features(output_tokens=33, choices=3)).cost == 150


def test_no_answer_is_expected_to_be_longer_than_the_model_can_write() -> None:
    rows = config(GOOD, model("odd", max_output=60), prices={"odd": (price("0", "1"),)})
    assert told(rows, features(output_tokens=100, output_limit=1_000)).cost == 60


def test_latency_is_the_first_token_and_then_the_pace() -> None:
    assert told(config(GOOD, model("odd")), features(output_tokens=50)).latency_ms == 100 + 1000 * 50 / 100


def test_quality_is_the_chance_of_item_response_theory() -> None:
    rows = config(GOOD, model("odd", 1.5))
    assert told(rows, features(difficulty=1.5)).quality == 0.5
    assert told(rows, features(difficulty=-2.5)).quality == pytest.approx(0.98201379)
    assert told(rows, features(difficulty=5.5)).quality == pytest.approx(0.01798621)


def test_an_empty_catalog_has_no_candidate() -> None:
    with pytest.raises(NoCandidate) as caught:
        decide(features(), ask(), builders.SITUATION, config())
    assert caught.value.candidates == ()


def test_the_error_says_what_excluded_each_model() -> None:
    rows = config(model("a", None), model("b", context=1))
    with pytest.raises(NoCandidate) as caught:
        decide(features(), ask(), builders.SITUATION, rows)
    assert "a: no_ability; b: context (150 of 1 tokens)" in caught.value.message
    assert [c.code for c in caught.value.candidates] == ["no_ability", "context"]
    assert caught.value.candidates[0].cost == Decimal(200)
