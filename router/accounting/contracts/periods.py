"""The periods (month, quarter, year, term) in which caps and commitments are counted.

Invariant: the periods of a term follow one another without gap from its first day; each is half-open, and none goes
on past the term.
"""

from calendar import monthrange
from datetime import date
from typing import NamedTuple

from router.types import Period

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Stretch(NamedTuple):
    """From a day up to, and without, another; None where it does not end."""

    start: date
    end: date | None

    @property
    def days(self) -> int | None:
        """How long it is."""
        return None if self.end is None else (self.end - self.start).days


def stretch(per: Period, since: date, until: date | None, day: date) -> Stretch:
    """The period in which a day falls; the day must be in the term."""
    if per == "term":
        return Stretch(since, until)
    step = _MONTHS[per]
    passed = (day.year - since.year) * 12 + day.month - since.month
    count = passed // step
    if _after(since, count * step) > day:
        count -= 1
    end = _after(since, (count + 1) * step)
    return Stretch(_after(since, count * step), end if until is None else min(end, until))


def in_force(since: date, until: date | None, day: date) -> bool:
    """Whether a term holds on a day."""
    return since <= day and (until is None or day < until)


def _after(day: date, months: int) -> date:
    """A day some months later; of a month without that day, the last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
