"""Limits of a ramp: the caps and commitments at which it stops, and the hours in which it may step.

Invariant: a cap binds from the moment at which it is reached; whether it binds depends on what was counted and on the
time alone.
"""

from calendar import monthrange
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from router.ramps.state import RampState, Reason
from router.ramps.totals import Totals
from router.types import MinimumSpend, RampPlan, Schedule

FEWEST_REQUESTS = 100
"""An owner's share means nothing before."""
# Once behind its pace, a commitment is caught up with by this much before traffic moves again.
AHEAD = Decimal("1.05")


class Moment(NamedTuple):
    """Now: seconds since 1970, and the local time of the plan's schedule.

    Since the moment before, no more than `longest_tick_s` counts as time that has passed.
    """

    epoch_s: float
    local: datetime
    longest_tick_s: float = 30.0


def capped(plan: RampPlan, state: RampState, totals: Totals, moment: Moment) -> Reason | None:
    """The cap that binds now, or None."""
    caps = plan.caps
    if sum(totals.requests.values()) >= FEWEST_REQUESTS and any(
        totals.share_of(owner) > most for owner, most in caps.owner_share.items()
    ):
        return "owner_share"
    if caps.shifted_a_day is not None and state.today.shifted >= caps.shifted_a_day:
        return "shifted_a_day"
    if caps.commitment and _behind(caps.commitment, totals, moment.local, ahead=state.reason == "commitment"):
        return "commitment"
    return None


def may_step(schedule: Schedule | None, local: datetime) -> bool:
    """Whether a step may be taken at this time."""
    if schedule is None:
        return True
    minute, day = 60 * local.hour + local.minute, local.weekday()
    if schedule.start < schedule.end:
        return day in schedule.days and schedule.start <= minute < schedule.end
    # A stretch over midnight belongs to the day on which it began.
    return (day in schedule.days and minute >= schedule.start) or (
        (day - 1) % 7 in schedule.days and minute < schedule.end
    )


def _behind(promised: MinimumSpend, totals: Totals, local: datetime, *, ahead: bool) -> bool:
    """Whether spending at a partner is behind an even pace towards its minimum."""
    spent = (totals.spend_day if promised.per == "day" else totals.spend_month).get(promised.owner, Decimal(0))
    pace = promised.spend * _passed(promised, local)
    return spent < promised.spend and spent < (pace * AHEAD if ahead else pace)


def _passed(promised: MinimumSpend, local: datetime) -> Decimal:
    """The part of the period that has passed."""
    seconds = 3600 * local.hour + 60 * local.minute + local.second
    if promised.per == "day":
        return Decimal(seconds) / 86_400
    days = monthrange(local.year, local.month)[1]
    return Decimal(86_400 * (local.day - 1) + seconds) / (86_400 * days)
