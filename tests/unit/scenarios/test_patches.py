"""Edits laid over the files, and events that have a name."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.config import from_documents, load
from router.scenarios.patches import laid_over, with_event
from router.scenarios.scenario import AbilityChange, Both, Event, PriceChange

DAY = date(2026, 3, 1)
CONFIG = load()


def event(**more: Any) -> Event:
    return Event(on="2026-03-01", because=Both("b", "b"), **more)


def after(**more: Any) -> dict[str, Any]:
    return with_event(CONFIG.documents, CONFIG.documents, event(**more), {"x": 2.0}, DAY)


def test_a_part_is_laid_over_and_nothing_else_changes() -> None:
    before = {"a": 1, "b": {"c": 2, "d": 3}, "e": [{"id": "x", "v": 1}, {"id": "y", "v": 2}], "f": [1]}
    edit = {
        "b": {"c": 9, "d": None},
        "e": [{"id": "y", "v": 5}, {"id": "z", "v": 3}, {"id": "x", "gone": True}],
        "f": [],
    }
    assert laid_over(before, edit) == {"a": 1, "b": {"c": 9}, "e": [{"id": "y", "v": 5}, {"id": "z", "v": 3}], "f": []}
    assert before["b"] == {"c": 2, "d": 3}


def test_a_new_row_of_an_empty_list_is_added() -> None:
    assert laid_over([], [{"name": "a", "v": 1}]) == [{"name": "a", "v": 1}]


PLAIN = st.recursive(
    st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(st.text(max_size=2), inner), max_leaves=8
)


@given(PLAIN)
@settings(max_examples=40, deadline=None)
def test_laying_a_thing_over_itself_changes_nothing(data: Any) -> None:
    assert laid_over(data, data) == data


def test_an_ability_becomes_that_of_another_model_at_the_start() -> None:
    changed = from_documents(after(ability=(AbilityChange(model="mai-1", like="gpt-5", by="= -x"),)))
    abilities = {model.id: model.abilities for model in changed.models}
    assert abilities["mai-1"].values["coding"] == pytest.approx(abilities["gpt-5"].values["coding"] - 2)
    assert abilities["mai-1"].status == "assumed"
    partly = from_documents(after(ability=(AbilityChange(model="mai-1", by=1.0, tasks=("law",)),)))
    law = {model.id: model.abilities.values for model in partly.models}["mai-1"]
    assert (law["law"], law["coding"]) == (pytest.approx(2.9), 1.9)


def test_a_price_holds_from_that_day_on() -> None:
    prices = from_documents(after(price=(PriceChange(model="mai-1", input="= x", output=4),))).prices["mai-1"]
    assert [(price.since.isoformat(), float(price.input), float(price.output)) for price in prices] == [
        ("2025-08-28", 0.4, 1.6),
        ("2026-03-01", 2.0, 4.0),
    ]


def test_a_provider_fails_returns_and_changes_its_skill() -> None:
    failed = after(fails=("gpt",))
    assert failed["providers.yaml"]["providers"]["gpt"]["settings"]["faults"]["rate"] == 1
    back = with_event(failed, CONFIG.documents, event(returns=("gpt",)), {}, DAY)
    assert back["providers.yaml"]["providers"]["gpt"]["settings"]["faults"]["rate"] == 0
    assert after(skill={"mai": {"law": "= -x"}})["providers.yaml"]["providers"]["mai"]["settings"]["skill"] == {
        "law": -2
    }


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"ability": (AbilityChange(model="mai-2"),)}, "Did you mean 'mai-1'"),
        ({"price": (PriceChange(model="mai", input=1, output=1),)}, "no model is called"),
        ({"fails": ("gtp",)}, "Did you mean 'gpt'"),
    ],
)
def test_a_wrong_name_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        after(**more)
