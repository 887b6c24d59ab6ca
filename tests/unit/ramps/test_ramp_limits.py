"""Caps, commitments and hours of ramps, at their edges."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from router.ramps import Moment, Totals
from router.ramps.ramp_limits import FEWEST_REQUESTS, capped, may_step
from router.ramps.state import RampState, Reason, fresh
from router.ramps.totals import counted
from router.types import Caps, MinimumSpend, Schedule
from unit.ramp_samples import NOW, moment, plan, served

WORK = Schedule((0, 1, 2, 3, 4), 9 * 60 + 30, 17 * 60 + 45)
NIGHTS = Schedule((0, 6), 22 * 60 + 30, 6 * 60 + 15)


@pytest.mark.parametrize(
    ("schedule", "day", "hour", "minute", "allowed"),
    [
        (WORK, 2, 9, 29, False),
        (WORK, 2, 9, 30, True),
        (WORK, 2, 17, 44, True),
        (WORK, 2, 17, 45, False),
        (WORK, 6, 12, 0, True),
        (WORK, 7, 12, 0, False),
        (NIGHTS, 2, 22, 29, False),
        (NIGHTS, 2, 22, 30, True),
        (NIGHTS, 3, 6, 14, True),
        (NIGHTS, 3, 6, 15, False),
        # Monday morning is still Sunday's night, and Sunday morning is not Monday's.
        (NIGHTS, 2, 6, 14, True),
        (NIGHTS, 8, 6, 14, False),
        (NIGHTS, 8, 22, 30, True),
        (NIGHTS, 7, 6, 14, False),
        (NIGHTS, 7, 23, 0, False),
        (Schedule((0,), 600, 600), 2, 12, 0, True),
        (Schedule((0,), 600, 600), 3, 9, 59, True),
        (Schedule((0,), 600, 600), 3, 10, 0, False),
    ],
)
def test_steps_are_taken_within_the_hours_of_the_days(
    schedule: Schedule, day: int, hour: int, minute: int, allowed: bool
) -> None:
    assert may_step(schedule, datetime(2026, 11, day, hour, minute, tzinfo=UTC)) is allowed


def cap(caps: Caps, totals: Totals, at: datetime = NOW, reason: Reason | None = None) -> str | None:
    which = plan(caps=caps)
    state = RampState(about=fresh(which).about, stage="moving", step=0, reason=reason)
    return capped(which, state, totals, Moment(moment().epoch_s, at))


def test_a_share_binds_above_its_cap_and_from_the_fewest_requests_on() -> None:
    def totals(microsoft: int, openai: int) -> Totals:
        return counted(Totals(), served(Microsoft=microsoft, OpenAI=openai), NOW.date())

    half = Caps({"Microsoft": 0.5})
    assert FEWEST_REQUESTS == 100
    assert cap(half, totals(50, 50)) is None
    assert cap(half, totals(51, 49)) == "owner_share"
    assert cap(half, totals(51, 48)) is None
    assert totals(1, 3).share_of("Microsoft") == 0.25
    assert Totals().share_of("Microsoft") == 0.0


def spent(per: Literal["day", "month"], dollars: str, at: datetime, reason: Reason | None = None) -> str | None:
    """The cap that binds where 86,400 dollars are promised, and so much was spent in that stretch alone."""
    stretch: dict[str, Any] = {f"spend_{per}": {"OpenAI": Decimal(dollars)}}
    caps = Caps(commitment=MinimumSpend("OpenAI", Decimal(86_400), per))
    return cap(caps, Totals(at.toordinal(), 0, {}, **stretch), at, reason)


@pytest.mark.parametrize(
    ("per", "at", "pace"),
    [
        ("day", datetime(2026, 11, 20, 3, 7, 11, tzinfo=UTC), 3 * 3600 + 7 * 60 + 11),
        ("month", datetime(2026, 11, 20, 3, 7, 30, tzinfo=UTC), 19 * 2880 + (3 * 3600 + 7 * 60 + 30) // 30),
        ("month", datetime(2027, 2, 1, 7, 0, 0, tzinfo=UTC), 7 * 3600 // 28),
    ],
)
def test_a_minimum_is_behind_below_an_even_pace(per: Literal["day", "month"], at: datetime, pace: int) -> None:
    assert spent(per, f"{pace}.4", at) is None
    assert spent(per, f"{pace - 1}.6", at) == "commitment"


def test_once_behind_a_minimum_must_be_ahead_of_its_pace_but_never_above_itself() -> None:
    ten = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
    assert spent("day", "37799", ten, "commitment") == "commitment"
    assert spent("day", "37800", ten, "commitment") is None
    assert spent("day", "37799", ten, "owner_share") is None
    late = ten.replace(hour=23, minute=59)
    assert spent("day", "86399", late, "commitment") == "commitment"
    assert spent("day", "86400", late, "commitment") is None


def test_a_partner_who_was_paid_nothing_is_behind_at_once() -> None:
    caps = Caps(commitment=MinimumSpend("OpenAI", Decimal(86_400), "day"))
    second = datetime(2026, 11, 20, 0, 0, 1, tzinfo=UTC)
    assert cap(caps, Totals(), second) == "commitment"
    assert cap(caps, Totals(), second.replace(second=0)) is None


def test_totals_begin_with_the_day_and_the_month_in_which_they_are_counted() -> None:
    first = counted(Totals(), served(OpenAI=3), NOW.date())
    assert (first.day, first.month) == (NOW.date().toordinal(), 12 * 2026 + 11)
    again = counted(first, served(OpenAI=2, Meta=1), NOW.date())
    assert (again.requests, again.day) == ({"OpenAI": 5, "Meta": 1}, first.day)
    assert again.spend_day == again.spend_month == {"OpenAI": Decimal(5_000_000), "Meta": Decimal(1_000_000)}
    next_day = counted(again, {}, NOW.date().replace(day=3))
    assert (next_day.day, next_day.month) == (first.day + 1, first.month)
    # In January of the next year the month is another, though December's number is lower.
    assert counted(again, {}, NOW.date().replace(year=2027)).spend_month == {}
    assert counted(again, {}, NOW.date().replace(year=2027, month=10)).spend_month == {}
