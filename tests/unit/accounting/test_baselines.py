"""What a saving is measured against."""

from dataclasses import replace

import pytest

from router.accounting.savings.baselines import BASELINES, Baseline, Contest, counterfactual_tokens
from router.accounting.savings.counterfactual_lengths import Length
from router.accounting.waterfall import Tokens
from unit.money_samples import HOUSE, booked, candidate, settled

ROWS = (
    candidate("part", 0.9, "600", "chosen"),
    candidate("own", 0.8, "150"),
    candidate("free", 0.5, "70"),
    candidate("wide", 0.99, "9000", "context"),
)


def contest(requests: int = 3) -> Contest:
    contest = Contest()
    for number in range(requests):
        contest.add(settled(candidates=ROWS, number=number))
    return contest


@pytest.mark.parametrize(
    ("name", "model"), [("asked", None), ("best", "part"), ("dearest", "part"), ("cheapest", "free")]
)
def test_a_single_model_is_one_that_could_answer_most(name: str, model: str | None) -> None:
    assert contest().winner(name) == Baseline(name, model)


def test_ties_break_by_name_and_nothing_gives_nobody() -> None:
    contest = Contest()
    contest.add(settled(candidates=(candidate("b", 0.5, "1"), candidate("a", 0.5, "1"))))
    assert {contest.winner(name).model for name in BASELINES if name != "asked"} == {"a"}
    assert Contest().winner("best") == Baseline("best", "")
    assert Contest().winner("asked") == Baseline("asked")


@pytest.mark.parametrize("code", ["guard", "capability", "context", "unhealthy", "no_ability", "no_price"])
def test_a_model_that_could_not_have_answered_is_no_baseline(code: str) -> None:
    request = settled("own", candidates=(candidate("part", 0.9, "600", code), candidate("own", 0.8, "150", "chosen")))
    assert Baseline("dearest", "part").of(request) is None
    report = booked(HOUSE, request, baseline=Baseline("dearest", "part"))
    assert (report.incapable, report.total.split["customer"].value) == (1, 0)


@pytest.mark.parametrize("code", ["no_consent", "not_allowed", "budget", "below_floor", "outside_band"])
def test_what_a_policy_forbids_could_have_been(code: str) -> None:
    request = settled("own", candidates=(candidate("part", 0.9, "600", code), candidate("own", 0.8, "150", "chosen")))
    assert Baseline("dearest", "part").of(request) == "part"
    report = booked(HOUSE, request, baseline=Baseline("dearest", "part"))
    assert (report.incapable, report.total.split["customer"].value) == (0, 725 - 150)


def test_a_saving_is_signed() -> None:
    request = settled("part", candidates=ROWS)
    kept = booked(HOUSE, request, baseline=Baseline("cheapest", "free")).total.split
    # 150 tokens in by the other tokenizer, and 40 out by its verbosity: 30 + 40 instead of 600.
    assert kept["customer"].value == 70 - 600


def test_tokens_are_counted_as_the_other_tokenizer_would() -> None:
    request = settled("own", input=100, cached=31)
    length = Length(request.output + 1, "verbosity")
    assert counterfactual_tokens(request, "own", length, HOUSE) == Tokens(100, 31, length.tokens)
    assert counterfactual_tokens(request, "part", length, HOUSE) == Tokens(100, 31, length.tokens)
    assert counterfactual_tokens(request, "free", length, HOUSE) == Tokens(150, 46, length.tokens)
    back = counterfactual_tokens(request._replace(served="free"), "own", length, HOUSE)
    assert back == Tokens(67, 21, length.tokens)
    korean = {**HOUSE.tokenizers, "more": replace(HOUSE.tokenizers["more"], relative={"ko": 2.0, "other": 1.5})}
    other = replace(HOUSE, tokenizers=korean)
    assert counterfactual_tokens(request._replace(language="ko"), "free", length, other).input == 200
