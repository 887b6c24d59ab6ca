"""What a judge was made to favour is found, with its size; what it does not favour is not."""

from decimal import Decimal

import numpy as np
import pytest

from router.bench.loop.judge_checks import JudgeCheck, Label, check_judges
from router.serving.ramps.model_judge import is_swapped
from router.traffic.judged_pairs import JudgedPair

KIN = {"gpt-5": frozenset({"GPT"}), "gpt-mini": frozenset({"GPT"}), "mai-1": frozenset({"MAI"})}


def judged(
    first: float = 0.0, own: float = 0.0, noise: float = 0.1, count: int = 400, judge: str = "model:gpt-mini"
) -> JudgeCheck:
    """Pairs of two models that are equally good, graded with a liking for the first place and for one's own family."""
    random, pairs, labels = np.random.default_rng(0), [], {}
    for number in range(count):
        name, quality = f"receipt-{number}", random.random(2) * 0.5 + 0.25
        places = (0.0, first) if is_swapped(name) else (first, 0.0)
        grades = quality + places + np.array([own, 0.0]) + noise * random.standard_normal(2)
        pairs.append(JudgedPair(name, judge, "gpt-5", grades[0], "mai-1", grades[1], Decimal(250)))
        side = number % 2
        labels[name] = Label(("gpt-5", "mai-1")[side], float(quality[side]))
    (check,) = check_judges(pairs, labels, is_swapped, lambda model: KIN.get(model, frozenset()))
    return check


def test_a_liking_for_the_first_place_is_found_and_none_where_there_is_none() -> None:
    biased, fair = judged(first=0.1).first_place, judged().first_place
    assert biased is not None and fair is not None
    assert biased.low > 0.05
    assert biased.value == pytest.approx(0.1, abs=0.04)
    assert fair.low <= 0 <= fair.high


def test_a_liking_for_its_own_family_is_found_and_a_lenient_scale_is_none() -> None:
    biased, fair = judged(own=0.12), judged(first=0.1)
    assert biased.own_family is not None and fair.own_family is not None
    assert biased.own_family.value == pytest.approx(0.12, abs=0.03)
    assert biased.own_family.low > 0.05
    assert fair.own_family.low <= 0 <= fair.own_family.high
    assert fair.leniency is not None
    assert fair.leniency.low > 0.02
    assert biased.own_pairs == 400


def test_agreement_with_people_is_beyond_chance_where_it_is() -> None:
    good, blind = judged(noise=0.02), judged(noise=50.0)
    assert good.kappa is not None and blind.kappa is not None
    assert good.kappa > 0.8
    assert abs(blind.kappa) < 0.15
    assert good.agreement is not None
    assert good.agreement.low > 0.9
    assert (good.labelled, good.pairs, good.cost) == (400, 400, Decimal(100_000))
    assert good.plain()["cost_usd_a_pair"] == "0.00025"


def test_too_little_says_nothing() -> None:
    few = judged(count=10)
    assert (few.first_place, few.agreement, few.kappa, few.leniency, few.own_family) == (None,) * 5
    check = judged(judge="check:mine")
    assert (check.first_place, check.own_family, check.own_pairs) == (None, None, 0)
    pairs = [JudgedPair(f"r{n}", "model:gpt-mini", "gpt-5", 1.0, "mai-1", 1.0, Decimal(0)) for n in range(30)]
    labels = {pair.receipt: Label("gpt-5", 1.0) for pair in pairs} | {"r0": Label("another", 0.0)}
    (sure,) = check_judges(pairs, labels, is_swapped, lambda model: KIN.get(model, frozenset()))
    assert (sure.kappa, sure.labelled) == (None, 29)
    assert check_judges([], {}, is_swapped, lambda _: frozenset()) == []
