"""The small texts inside a policy file: comparisons, times of day, sums of money.

Invariant: a text means one thing or is refused with an example of what would be right.
"""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from annotated_types import MinLen
from pydantic import BeforeValidator, Field

from router.types import Per, Unit

T = TypeVar("T")

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"
_COMPARISON = re.compile(rf"(>=|<=|>|<)\s*({_NUMBER})")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LIMIT = re.compile(r"(\d[\d,_]*(?:\.\d+)?)\s*(USD|tokens?|requests?)")
MOST_LIMIT = Decimal(10) ** 15
_BUDGET = re.compile(r"(.+?)\s+(?:per|an?)\s+(hour|day|month)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(seconds?|s|minutes?|min|hours?|h|days?|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def interval(text: str) -> tuple[float, float]:
    """The closed interval of numbers that a text such as `>= 0.5 and < 2` allows; raises ValueError.

    An open end becomes the next double inside, so that the interval says exactly what the text does.
    """
    least, most = -math.inf, math.inf
    for part in re.split(r"\s+and\s+", text.strip()):
        found = _COMPARISON.fullmatch(part)
        if not found:
            raise ValueError(f'write a comparison such as ">= 1.5" or ">= 0 and < 2", not {part!r}')
        sign, number = found[1], float(found[2])
        if sign[0] == ">":
            least = max(least, number if sign == ">=" else math.nextafter(number, math.inf))
        else:
            most = min(most, number if sign == "<=" else math.nextafter(number, -math.inf))
    return least, most


def hours(text: str) -> tuple[int, int]:
    """The minutes from midnight at which a stretch such as `22:00-06:00` begins and ends; raises ValueError."""
    found = _HOURS.fullmatch(text.strip())
    if not found or (found[3] == "24" and found[4] != "00"):
        raise ValueError(f'write a stretch of the day such as "09:00-18:00" or "22:00-06:00", not {text!r}')
    start, end = 60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])
    if start == end:
        raise ValueError(f"{text!r} begins where it ends: leave it out for the whole day")
    return start, end


def minute(text: str) -> int:
    """Minutes from midnight of a time such as `09:30`; raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(f'write a time of day such as "09:30", not {text!r}')
    return 60 * int(found[1]) + int(found[2])


def limit(text: str) -> tuple[Decimal, Unit]:
    """A limit such as `500 USD`, `2,000,000 tokens` or `100 requests`, money in micro-dollars; raises ValueError."""
    found = _LIMIT.fullmatch(text.strip())
    if not found:
        raise ValueError(f'write a limit such as "500 USD", "2,000,000 tokens" or "100 requests", not {text!r}')
    number = Decimal(re.sub("[,_]", "", found[1]))
    if found[2] == "USD":
        number *= 1_000_000
    elif number != number.to_integral_value():
        raise ValueError(f"{text!r}: tokens and requests are whole numbers")
    if number > MOST_LIMIT:
        raise ValueError(f"{text!r} is more than the largest limit there is")
    return number, "USD" if found[2] == "USD" else "tokens" if found[2].startswith("token") else "requests"


def allowance(text: str) -> tuple[Decimal, Unit, Per]:
    """A limit in a stretch of time, such as `500 USD per month`; raises ValueError."""
    found = _BUDGET.fullmatch(text.strip())
    if not found:
        raise ValueError(f'write a budget such as "500 USD per month" or "2,000,000 tokens per day", not {text!r}')
    number, unit = limit(found[1])
    per: Any = found[2]
    return number, unit, per


def money(text: str) -> Decimal:
    """Micro-dollars of a sum such as `5 USD`; raises ValueError."""
    found = _LIMIT.fullmatch(text.strip())
    if not found or found[2] != "USD":
        raise ValueError(f'write a sum such as "5 USD" or "0.50 USD", not {text!r}')
    return limit(text)[0]


LONGEST_S = 100 * 365 * 86_400


def duration(text: str) -> float:
    """Seconds of a stretch such as `30 minutes`, `1 hour` or `2 days`; raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f'write a stretch such as "30 minutes", "1 hour" or "2 days", not {text!r}')
    seconds = float(found[1]) * _SECONDS[found[2][0]]
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than 100 years")
    return seconds


def _listed(value: Any) -> Any:
    """A word alone is a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _text(check: Callable[[str], Any]) -> BeforeValidator:
    def checked(value: Any) -> Any:
        # Of a number or a list, too, it is told what would be right.
        check(str(value))
        return value

    return BeforeValidator(checked)


def _schema(pattern: str, examples: list[str]) -> Any:
    return Field(json_schema_extra={"pattern": pattern, "examples": examples})  # type: ignore[dict-item]


Words = Annotated[tuple[T, ...], MinLen(1), BeforeValidator(_listed), Field(json_schema_extra={"x-one-or-many": True})]
Comparison = Annotated[str, _text(interval), _schema(r"^\s*(>=|<=|>|<)", [">= 1.5", ">= 0 and < 2"])]
Hours = Annotated[str, _text(hours), _schema(_HOURS.pattern, ["09:00-18:00", "22:00-06:00"])]
TimeOfDay = Annotated[str, _text(minute), _schema(_TIME.pattern, ["09:30"])]
Limit = Annotated[str, _text(limit), _schema(_LIMIT.pattern, ["500 USD", "2,000,000 tokens", "100 requests"])]
Allowance = Annotated[str, _text(allowance), _schema(_BUDGET.pattern, ["500 USD per month", "100 requests per day"])]
Money = Annotated[str, _text(money), _schema(_LIMIT.pattern, ["5 USD"])]
Duration = Annotated[str, _text(duration), _schema(_DURATION.pattern, ["30 minutes", "1 hour", "2 days"])]
