"""Arithmetic of scenarios: what it allows, and what it refuses in a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.scenarios.expressions import amount, evaluate, worked_out

NAMES = {"lag": 3.0, "month": 4.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-lag", -3),
        ("max(0, month - lag)", 1),
        ("2 if month >= lag else 1", 2),
        ("2 if month < lag else 1", 1),
        ("sigmoid(0)", 0.5),
        ("(month == 4) * 8 / 2", 4),
    ],
)
def test_arithmetic_has_its_value(text: str, value: float) -> None:
    assert evaluate(text, NAMES) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lga", "Did you mean 'lag'?"),
        ("1 +", "is no arithmetic"),
        ("__import__('os')", "is no function here"),
        ("lag.real", "is no arithmetic"),
        ("'a'", "is no arithmetic"),
        ("True", "is no arithmetic"),
        ("1 / 0", "has no value"),
        ("exp(1000)", "has no value"),
        ("min(1)", "has no value"),
        ("1e308 * 10", "not finite"),
        ("1 < 2 < 3", "is no arithmetic"),
        ("max(1, key=2)", "is no arithmetic"),
        ("not 1", "is no arithmetic"),
        ("lag ** 9", "is no arithmetic"),
        ("1 + " * 200 + "1", "at most"),
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        evaluate(text, NAMES)
    try:
        evaluate(text, NAMES)
    except ValueError as error:
        assert sentence in str(error)


def test_a_text_that_is_no_expression_is_no_number() -> None:
    assert amount(2, NAMES) == 2
    assert amount("= lag", NAMES) == 3
    with pytest.raises(ValueError, match="begins with `=`"):
        amount("lag", NAMES)


def test_expressions_anywhere_in_data_are_worked_out() -> None:
    data = {"a": ["= lag", {"b": "= month / 2"}], "c": "words = not", "d": None, "e": 1}
    assert worked_out({"a": "= month"}, NAMES)["a"].__class__ is int
    assert worked_out(data, NAMES) == {"a": [3.0, {"b": 2.0}], "c": "words = not", "d": None, "e": 1}


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    try:
        assert isinstance(evaluate(text, NAMES), float)
    except ValueError as error:
        assert str(error)
