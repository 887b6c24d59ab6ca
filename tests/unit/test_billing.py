"""What a backend says it used: believed where it can be true, counted by us where it cannot."""

import pytest
from builders import model
from hypothesis import given
from hypothesis import strategies as st

from router.billing import MOST_CONTEXTS, credible
from router.types import Usage

# The builder's model holds 10,000 tokens.
MOST = 10_000 * MOST_CONTEXTS
COUNTS = st.integers(-10, 2 * MOST)


@pytest.mark.parametrize(
    ("usage", "choices", "believed"),
    [
        (Usage(0, 0, 0, "backend"), 1, True),
        (Usage(42, 7, 42, "backend", 7), 1, True),
        (Usage(MOST, MOST, 0, "backend"), 1, True),
        (Usage(MOST + 1, 7, 0, "backend"), 1, False),
        (Usage(42, MOST + 1, 0, "backend"), 1, False),
        (Usage(42, MOST + 1, 0, "backend"), 2, True),
        (Usage(-1, 7, 0, "backend"), 1, False),
        (Usage(42, -7, 0, "backend"), 1, False),
        (Usage(42, 7, -1, "backend"), 1, False),
        (Usage(42, 7, 43, "backend"), 1, False),
        (Usage(42, 7, 0, "backend", 8), 1, False),
        (Usage(42, 7, 0, "backend", -1), 1, False),
    ],
)
def test_what_can_be_true(usage: Usage, choices: int, believed: bool) -> None:
    assert credible(usage, model(), choices) is believed


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_what_is_believed_never_costs_less_than_nothing(taken: int, given: int, cached: int, thought: int) -> None:
    if credible(Usage(taken, given, cached, "backend", thought), model(), 1):
        assert min(taken - cached, cached, given - thought, thought) >= 0
        assert max(taken, given) <= MOST
