"""Measures: of nothing they say nothing, the parts of a saving add up, users leave by the law alone."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import ConfigError
from router.scenarios.books_by_step import booked
from router.scenarios.drawn_traffic import Drawn, Draws
from router.scenarios.measures.all_measures import MEASURES
from router.scenarios.measures.detection import DISCLOSURES, hazard, with_notice
from router.scenarios.measures.retention import with_users
from router.scenarios.scenario import EVERYBODY, Auditor, Both, Population, Traffic
from router.scenarios.seen import Asked, Step
from unit.scenarios.small_scenario import BOTH, CONFIG, play, written

EMPTY = Step(number=1, begins=date(2026, 1, 1), config=CONFIG, names={"step": 1.0}, asked=())
AUDITOR = Auditor(calls=10, original="gpt-5")


@pytest.mark.parametrize("name", MEASURES)
def test_of_nothing_a_measure_says_nothing_or_nought(name: str) -> None:
    for step in (EMPTY, replace(EMPTY, asked=(Asked(Drawn("1.1.1", EVERYBODY, _case()), None),))):
        figure = MEASURES[name].work(step, "mai-1" if MEASURES[name].of else "")
        assert figure is None or 0 <= figure.value <= 1


def _case() -> Any:
    from router.config.files.seed_data import load_workload

    return load_workload()[0]


def test_no_steps_have_no_money() -> None:
    assert booked((), CONFIG) == ()
    assert booked((EMPTY,), CONFIG)[0].money is None


def last_values(result: dict[str, Any]) -> dict[str, float]:
    """The last value of each measure in the first course."""
    rows = [picture["series"][0] for picture in result["pictures"]]
    return {row["measure"]: row["values"][-1]["value"] for row in rows}


MONEY = ("kept_by_customer", "kept_by_platform", "kept_by_partner")


def test_the_parts_of_a_saving_add_up_to_the_difference_in_true_cost(tmp_path: Path) -> None:
    start = {
        "ramps.yaml": {
            "ramps": [{"name": "r", "because": "b", "original": "gpt-5", "substitute": "mai-1", "share": 0.9}]
        }
    }
    askers = [{"name": "all", "ask": "gpt-5", "consent": "any"}]
    lines = [*MONEY, "true_cost", "contribution", "list_value", "paid", "partner_share", "margin_rate"]
    pictures = [{"title": BOTH, "lines": [{"measure": name}]} for name in lines]
    name = written(tmp_path, start=start, traffic={"requests": 8, "askers": askers}, events=[], pictures=pictures)
    result = play(name)
    last = last_values(result)
    assert last["kept_by_customer"] > 0
    assert last["list_value"] == pytest.approx(last["paid"])
    total = sum(last[part] for part in MONEY)
    without = written(tmp_path, traffic={"requests": 8, "askers": askers}, events=[], pictures=pictures)
    full = last_values(play(without))
    assert total == pytest.approx(full["true_cost"] - last["true_cost"], rel=0.25)


@given(st.floats(0, 1), st.sampled_from(DISCLOSURES))
@settings(max_examples=30, deadline=None)
def test_more_that_moves_is_noticed_sooner(share: float, how: str) -> None:
    assert 0 <= hazard(share / 2, AUDITOR, how) <= hazard(share, AUDITOR, how)
    assert hazard(share, AUDITOR, "silent") <= hazard(share, AUDITOR, "header") + 1e-12


def test_the_chance_to_have_noticed_never_falls() -> None:
    noticed = with_notice([EMPTY, EMPTY], AUDITOR)
    assert [step.noticed["silent"] for step in noticed] == [0, 0]


def test_users_leave_by_the_law_and_by_nothing_else() -> None:
    law = Population(
        start=100, pays=1, requests=1, leave="= 0.1 + 0.2 * (rival - quality) + 0 * users", law=Both("a", "b")
    )
    steps = with_users([EMPTY, replace(EMPTY, number=2), replace(EMPTY, number=3)], law)
    assert [step.users for step in steps] == pytest.approx([100, 90, 81])
    assert MEASURES["subscription_profit"].work(steps[1], "") == pytest.approx((90, None, None))
    assert with_users([], law) == ()


def test_a_formula_that_has_no_value_is_named(tmp_path: Path) -> None:
    line = {"measure": "predicted", "formula": "= valu"}
    with pytest.raises(ConfigError, match="Did you mean 'value'"):
        play(written(tmp_path, pictures=[{"title": BOTH, "lines": [line]}]))


def test_a_tile_may_be_of_all_days_or_of_one(tmp_path: Path) -> None:
    tiles = [
        {"title": {"en": at, "ko": at}, "measure": measure, **more}
        for at, measure, more in (
            ("pooled", "cost", {"at": "all"}),
            ("mean", "list_value", {"at": "all"}),
            ("day", "cost", {"day": "2026-01-20", "course": "without"}),
            ("none", "users", {"at": "all"}),
        )
    ]
    population = {"start": 0, "pays": 1, "requests": 1, "leave": 0, "law": BOTH}
    result = play(written(tmp_path, tiles=tiles, population=population))
    assert all(tile["figure"] for tile in result["tiles"])


def test_requests_are_the_same_for_a_seed_and_differ_within_it() -> None:
    draws = Draws([_case()], 3)
    first = draws.step(Traffic(requests=5), 1, {})
    assert [drawn.unit for drawn in first] == ["3.1.0", "3.1.1", "3.1.2", "3.1.3", "3.1.4"]
    assert draws.step(Traffic(requests=5), 1, {}) == first
