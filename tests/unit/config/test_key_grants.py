"""What people write for a key: what it means, and what can't be meant."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from router.config import load
from router.config.key_grants import access, changed, plain, written
from router.errors import BadRequest
from router.types import Access, Permit, Rates

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CONFIG = load()


def grant(**fields: Any) -> Any:
    return written(fields, CONFIG, NOW)


def test_what_is_left_out_is_no_limit() -> None:
    assert access("a", grant(), CONFIG) == Access("a")


def test_globs_aliases_and_budgets_are_expanded_under_the_configuration() -> None:
    granted = access(
        "a",
        grant(models=["phi-*", "Meta"], policies="model-router", requests_per_minute=5, budgets=["5 USD per month"]),
        CONFIG,
    )
    assert granted.permit == Permit(("phi-4", "phi-4-mini", "llama-3.3-70b", "llama-4-maverick"), ("balanced",))
    assert granted.rates == Rates(5)
    (budget,) = granted.budgets
    assert (budget.limit, budget.per, budget.of.key) == (Decimal(5_000_000), "month", ("a",))


@pytest.mark.parametrize(
    ("expires", "ends"),
    [
        ("2027-01-31", "2027-01-31T00:00:00+00:00"),
        ("2027-01-31T12:00+09:00", "2027-01-31T12:00:00+09:00"),
        ("2 days", "2026-11-04T12:00:00+00:00"),
    ],
)
def test_an_end_is_a_day_a_time_or_a_stretch(expires: str, ends: str) -> None:
    assert plain(grant(expires=expires))["expires"] == ends


def test_what_is_written_anew_replaces_and_none_takes_away() -> None:
    fields = changed(grant(team="x", consent="any", models="phi-4"), {"consent": None, "team": "y"})
    assert (fields["team"], fields["consent"], fields["models"]) == ("y", None, ["phi-4"])
    assert written(fields, CONFIG, NOW).team == "y"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"models": "phy-4"}, "models: 'phy-4' matches no model's id, family or owner. Did you mean 'phi-4'?"),
        ({"policies": "blanced"}, "policies: no policy is called 'blanced'. Did you mean 'balanced'?"),
        ({"budgets": ["1 USD per day", "2 USD per day"]}, "two budgets count USD per day"),
        ({"budgets": "much"}, 'write a budget such as "500 USD per month"'),
        ({"expires": "2020-01-01"}, "expires: that time has passed"),
        ({"expires": "soon"}, "expires: write a time or a stretch from now"),
        ({"expires": 5}, "expires"),
        ({"modles": "phi-4"}, "did you mean 'models'?"),
        ({"consent": "maybe"}, "cannot be 'maybe'"),
        ({"in_flight": 0}, "in_flight"),
    ],
)
def test_what_can_t_be_meant_is_told(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        grant(**fields)
    assert words in caught.value.message
