"""Values as they may be written in a file: sums, parts, days and times.

Invariant: what is written means the same when it is read again.
"""

import math
from datetime import date
from decimal import Decimal

from router.config.numbers import spaced
from router.money import usd
from router.types import MINUTES_A_DAY, Between, Budget, Unit


def amount(budget: Budget) -> str:
    """A budget's limit as it may be written: `500 USD`, `2 000 000 tokens`; of a step that of the whole."""
    return _amount(budget.whole, budget.unit)


def raise_to(budget: Budget) -> dict[str, str]:
    """The limit of a time, under the keys of a file; of a step that of the whole."""
    if budget.raised is None:
        return {}
    for_a_time = dates(Between("date", budget.raised.start, budget.raised.end))
    because = {"because": budget.raised.because} if budget.raised.because else {}
    return {"to": _amount(budget.raised.limit / budget.at, budget.unit), **for_a_time, **because}


def raised(budget: Budget) -> str:
    """The limit of a time in words; nothing where there is none."""
    return "".join(f", {key} {word}" for key, word in raise_to(budget).items()).replace(", to", ", raised to", 1)


def rolls_over(budget: Budget) -> str | None:
    """The most that goes into the next period, as it may be written; of a step that of the whole."""
    return _amount(budget.rollover / budget.at, budget.unit) if budget.rollover else None


def percent(share: Decimal) -> str:
    """A part as it may be written: `80 %`."""
    return f"{(share * 100).normalize():f} %"


def _amount(limit: Decimal, unit: Unit) -> str:
    return f"{usd(limit)} USD" if unit == "USD" else f"{spaced(int(limit))} {unit}"


def clock(minute: int) -> str:
    """A time of day from minutes after midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"


def isoday(ordinal: int) -> str:
    """A day from its ordinal."""
    return date.fromordinal(ordinal).isoformat()


def dates(test: Between) -> dict[str, str]:
    """When what applies for a time begins and ends, under the keys of a file; a whole last day is told as a day."""
    said: dict[str, str] = {}
    if test.least > -math.inf:
        said["from"] = _moment(int(test.least))
    if test.most < math.inf:
        end = int(test.most) + 1
        said["until"] = _moment(end) if end % MINUTES_A_DAY else isoday(end // MINUTES_A_DAY - 1)
    return said


def _moment(minutes: int) -> str:
    day, minute = divmod(minutes, MINUTES_A_DAY)
    return f"{isoday(day)} {clock(minute)}" if minute else isoday(day)
