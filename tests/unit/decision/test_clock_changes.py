"""How long a budget's period still lasts where clocks are changed meanwhile."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.decision.budgets import period, seconds_left
from router.types import Per

ZONES = ("Europe/Berlin", "America/New_York", "America/Havana", "America/Santiago", "Asia/Seoul", "UTC")


@pytest.mark.parametrize(
    ("per", "moment", "fold", "hours"),
    [
        ("day", "2026-03-29T00:00", 0, 23),  # clocks go forward
        ("day", "2026-10-25T00:00", 0, 25),  # and back
        ("day", "2026-10-25T02:30", 0, 22.5),
        ("day", "2026-10-25T02:30", 1, 21.5),
        ("hour", "2026-10-25T02:30", 0, 0.5),
        ("hour", "2026-10-25T02:30", 1, 0.5),
        ("hour", "2026-03-29T01:30", 0, 0.5),
        ("month", "2026-10-01T00:00", 0, 31 * 24 + 1),
        ("month", "2026-11-01T00:00", 0, 30 * 24),
    ],
)
def test_days_of_23_and_25_hours(per: Per, moment: str, fold: int, hours: float) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    assert seconds_left(per, local) == hours * 3600


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "day", "month"]),
    st.integers(0, 366 * 24 * 60 - 1),
)
def test_the_next_period_begins_exactly_then(name: str, per: Per, minute: int) -> None:
    zone, moment = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    local = moment.astimezone(zone)
    end = moment + timedelta(seconds=seconds_left(per, local))
    assert period(per, end.astimezone(zone)) != period(per, local)
    assert period(per, (end - timedelta(seconds=1)).astimezone(zone)) == period(per, local)
