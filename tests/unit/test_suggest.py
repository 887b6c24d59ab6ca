"""Suggestions: a slip of the fingers or a beginning, and else the list of what there is."""

import pytest

from router.suggest import MOST_LISTED, likely, nearest

MODELS = ["gpt-5", "gpt-5-mini", "gpt-5-nano", "mai-1", "phi-4", "phi-4-mini", "llama-3.3-70b", "llama-4-maverick"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("gtp-5", "gpt-5"),
        ("GPT5", "gpt-5"),
        ("phi4-mini", "phi-4-mini"),
        ("llama-4", "llama-4-maverick"),
        ("gpt-5-mini-high", "gpt-5-mini"),
        ("lama-3.3-70b", "llama-3.3-70b"),
    ],
)
def test_what_was_surely_meant(wrong: str, right: str) -> None:
    assert nearest(wrong, MODELS) == f" Did you mean {right!r}?"


@pytest.mark.parametrize("wrong", ["o3-mini", "claude-3", "grok-4", "mixtral-8x7b", "llama", "ph", "x", ""])
def test_nothing_silly(wrong: str) -> None:
    assert likely(wrong, MODELS) is None
    assert nearest(wrong, MODELS).startswith(" There are: gpt-5, ")


def test_what_there_is_is_listed_within_bounds() -> None:
    assert nearest("x", []) == " There are none."
    many = [f"policy-{n:03}" for n in range(MOST_LISTED + 2)]
    assert nearest("x", many).endswith("policy-039 and 2 more.")
