"""Codes and places that a backend names, as far as they are of closed sets."""

import pytest

from router.types.receipt_words import code_of_apis, parameter_path


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("insufficient_quota", "insufficient_quota"),
        ("RESPONSIBLEAIPOLICYVIOLATION", "ResponsibleAIPolicyViolation"),
        ("my passport is M1234", None),
        (400, None),
        (None, None),
    ],
)
def test_a_code_is_one_that_apis_have_or_none(said: object, kept: str | None) -> None:
    assert code_of_apis(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("messages[3].content", "messages[3].content"),
        ("messages.0.content", "messages.0.content"),
        ("messages[3].M12345678", "messages[3]"),
        ("M12345678.messages", None),
        (["messages"], None),
        (None, None),
    ],
)
def test_a_place_is_kept_as_far_as_its_names_are_an_api_s(said: object, kept: str | None) -> None:
    assert parameter_path(said) == kept
