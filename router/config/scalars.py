"""The small texts inside a policy file: comparisons, times of day, sums of money.

Invariant: a text means one thing or is refused with an example of what would be right. What an earlier version took
from a person, and a ledger or a key keeps, is read as it was then.
"""

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from annotated_types import MinLen
from pydantic import BeforeValidator, Field, ValidationInfo

from router.config.numbers import NUMBER, number, refuse_doubtful
from router.decision.counts.named_phrases import ANY
from router.types import MINUTES_A_DAY, WEEKDAYS, Per, Unit

T = TypeVar("T")

_COMPARISON = re.compile(rf"(>=|<=|>|<)\s*([-+]?)({NUMBER}|\.\d+)")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d))?")
_LIMIT = re.compile(rf"({NUMBER})\s*(USD|tokens?|requests?)")
MOST_LIMIT = Decimal(10) ** 15
_RATE = re.compile(rf"({NUMBER})(?:\s*USD)?")
_AMOUNT = re.compile(rf"({NUMBER})(?:\s*([a-zA-Z]+))?")
_PART = re.compile(rf"({NUMBER})\s*%")
_STEP = re.compile(rf"(.+?)\s+at\s+({_PART.pattern})")
MOST_PART = 10
MOST_PHRASE = 200
_BUDGET = re.compile(r"(.+?)\s+(?:per|an?)\s+(hour|day|week|month)")
_DURATION = re.compile(rf"({NUMBER})\s*(ms|seconds?|s|minutes?|min|hours?|h|days?|d)")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
DAYS = WEEKDAYS


def interval(text: str) -> tuple[float, float]:
    """The closed interval of numbers that a text such as `>= 0.5 and < 2` allows; raises ValueError.

    An open end becomes the next double inside, so that the interval says exactly what the text does.
    """
    least, most = -math.inf, math.inf
    for part in re.split(r"\s+and\s+", text.strip()):
        match = _COMPARISON.fullmatch(part)
        if not match:
            raise ValueError(f'write a comparison such as ">= 1.5" or ">= 0 and < 2", not {part!r}')
        sign, bound = match[1], float(f"{match[2]}{match[3] if match[3][0] == '.' else number(match[3])}")
        if sign[0] == ">":
            least = max(least, bound if sign == ">=" else math.nextafter(bound, math.inf))
        else:
            most = min(most, bound if sign == "<=" else math.nextafter(bound, -math.inf))
    return least, most


def hours(text: str) -> tuple[int, int]:
    """The minutes from midnight at which a stretch such as `22:00-06:00` begins and ends; raises ValueError."""
    match = _HOURS.fullmatch(text.strip())
    if not match or (match[3] == "24" and match[4] != "00"):
        raise ValueError(f'write a stretch of the day such as "09:00-18:00" or "22:00-06:00", not {text!r}')
    start, end = 60 * int(match[1]) + int(match[2]), 60 * int(match[3]) + int(match[4])
    if start == end:
        raise ValueError(f"{text!r} begins where it ends: leave it out for the whole day")
    return start, end


def moment(text: str, *, last: bool = False) -> int:
    """Minutes of the calendar of a day, or of a time on it, such as `2026-12-04 18:00`; raises ValueError.

    Of a day alone it is its beginning, and of one that is the `last` its end.
    """
    match = _MOMENT.fullmatch(text.strip())
    try:
        ordinal = date.fromisoformat(match[1]).toordinal() if match else 0
    except ValueError:
        ordinal = 0
    if not match or not ordinal:
        raise ValueError(f'write a day such as "2026-12-04", or "2026-12-04 18:00", not {text!r}')
    if match[2] is None:
        return (ordinal + last) * MINUTES_A_DAY
    return ordinal * MINUTES_A_DAY + minute(match[2])


def day(text: str) -> int:
    """The ordinal of a day such as `2026-12-04`; raises ValueError."""
    start = moment(text)
    if ":" in text:
        raise ValueError(f'write the day alone, such as "2026-12-04", and the time as `time`, not {text!r}')
    return start // MINUTES_A_DAY


def minute(text: str) -> int:
    """Minutes from midnight of a time such as `09:30`; raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f'write a time of day such as "09:30", not {text!r}')
    return 60 * int(match[1]) + int(match[2])


def limit(text: str) -> tuple[Decimal, Unit]:
    """A limit such as `500 USD`, `2 000 000 tokens` or `100 requests`, money in micro-dollars; raises ValueError."""
    match = _LIMIT.fullmatch(text.strip())
    if not match:
        raise ValueError(f'write a limit such as "500 USD", "2 000 000 tokens" or "100 requests", not {text!r}')
    most = number(match[1])
    if match[2] == "USD":
        most *= 1_000_000
    elif most != most.to_integral_value():
        raise ValueError(f"{text!r}: tokens and requests are whole numbers")
    if most > MOST_LIMIT:
        raise ValueError(f"{text!r} is more than the largest limit there is")
    return most, "USD" if match[2] == "USD" else "tokens" if match[2].startswith("token") else "requests"


def allowance(text: str) -> tuple[Decimal, Unit, Per]:
    """A limit in a stretch of time, such as `500 USD per month`; raises ValueError."""
    match = _BUDGET.fullmatch(text.strip())
    if not match:
        raise ValueError(f'write a budget such as "500 USD per month" or "2 000 000 tokens per day", not {text!r}')
    most, unit = limit(match[1])
    per: Any = match[2]
    return most, unit, per


def part(text: str) -> Decimal:
    """A part of a limit, such as `80 %` or `110 %`; raises ValueError."""
    match = _PART.fullmatch(text.strip())
    share = number(match[1]) / 100 if match else Decimal(0)
    if not 0 < share <= MOST_PART:
        raise ValueError(f'write a part of the limit such as "80 %" or "110 %", at most 1000 %, not {text!r}')
    return share


def rolled(text: str) -> Decimal | tuple[Decimal, Unit]:
    """The most of a period that goes into the next: a part of the limit, or an amount; raises ValueError."""
    if not _PART.fullmatch(text.strip()):
        return limit(text)
    if (share := part(text)) > 1:
        raise ValueError(f"{text!r} is more than can be left of a period: at most 100 %")
    return share


def parted_step(text: str) -> tuple[str, Decimal]:
    """A budget and how much of it is used: of `month at 80 %` the one and the other; all of it unless said."""
    match = _STEP.fullmatch(text.strip())
    return (match[1], part(match[2])) if match else (text, Decimal(1))


def phrase(text: str) -> str:
    """A phrase to look for, perhaps with a `*` at an end for more of the word; raises ValueError."""
    words = text.strip().removeprefix(ANY).removesuffix(ANY)
    if ANY in words:
        raise ValueError(f"a `*` stands at the beginning or the end of a phrase, for more of the word, not in {text!r}")
    if not any(letter.isalnum() for letter in words) or len(text) > MOST_PHRASE:
        examples = "confidential or nda-*"
        raise ValueError(f"write a phrase of 1 to {MOST_PHRASE} characters, such as {examples}, not {text!r}")
    return text


def money(text: str) -> Decimal:
    """Micro-dollars of a sum such as `5 USD`; raises ValueError."""
    match = _LIMIT.fullmatch(text.strip())
    if not match or match[2] != "USD":
        raise ValueError(f'write a sum such as "5 USD" or "0.50 USD", not {text!r}')
    return limit(text)[0]


def rate(text: str) -> Decimal:
    """USD per million tokens, as `5` or `5 USD`, which is micro-dollars a token; raises ValueError."""
    match = _RATE.fullmatch(text.strip())
    if not match:
        raise ValueError(f'write USD per million tokens, such as 5 or "2.50 USD", not {text!r}')
    return number(match[1])


# The context of a check of what a person writes now, and not of what was taken from one and kept.
WRITTEN_NOW = "written now"
LONGEST_S = 100 * 365 * 86_400


def duration(text: str) -> float:
    """Seconds of a stretch such as `30 minutes`, `1 hour` or `2 days`; raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(f'write a stretch such as "30 minutes", "1 hour" or "2 days", not {text!r}')
    seconds = float(number(match[1])) * (0.001 if match[2] == "ms" else _SECONDS[match[2][0]])
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than 100 years")
    return seconds


def _listed(value: Any) -> Any:
    """A word alone is a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _text(check: Callable[[str], Any], *, numbers: bool = True) -> BeforeValidator:
    def checked(value: Any, info: ValidationInfo) -> Any:
        # Of a number or a list, too, it is told what would be right.
        text = str(value)
        if numbers and info.context == WRITTEN_NOW:
            for match in _AMOUNT.finditer(text):
                refuse_doubtful(match[1], match[2] or "")
        check(text)
        return value

    return BeforeValidator(checked)


def _name(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and value.startswith("!") and info.context == WRITTEN_NOW:
        raise ValueError(f"`!` says nothing here: for all but {value[1:]!r} write {{not: {value[1:]}}}")
    return value


def _schema(pattern: str, examples: list[str]) -> Any:
    return Field(json_schema_extra={"pattern": pattern, "examples": examples})  # type: ignore[dict-item]


Name = Annotated[str, MinLen(1), BeforeValidator(_name)]
Words = Annotated[tuple[T, ...], MinLen(1), BeforeValidator(_listed), Field(json_schema_extra={"x-one-or-many": True})]
# Models in an order; those of a list within the list stand side by side.
Ranked = Annotated[
    tuple[Words[Annotated[str, MinLen(1)]], ...],
    MinLen(1),
    BeforeValidator(_listed),
    Field(json_schema_extra={"x-one-or-many": True}),
]
Comparison = Annotated[str, _text(interval), _schema(r"^\s*(>=|<=|>|<)", [">= 1.5", ">= 0 and < 2"])]
Hours = Annotated[str, _text(hours, numbers=False), _schema(_HOURS.pattern, ["09:00-18:00", "22:00-06:00"])]
Stretches = Annotated[
    tuple[Hours, ...],
    MinLen(1),
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else (value,)),
    Field(json_schema_extra={"x-one-or-many": True}),
]
Moment = Annotated[str, _text(moment, numbers=False), _schema(_MOMENT.pattern, ["2026-12-04", "2026-12-04 18:00"])]
Day = Annotated[str, _text(day, numbers=False), _schema(r"\d{4}-\d\d-\d\d", ["2026-12-04"])]
TimeOfDay = Annotated[str, _text(minute, numbers=False), _schema(_TIME.pattern, ["09:30"])]
Limit = Annotated[str, _text(limit), _schema(_LIMIT.pattern, ["500 USD", "2 000 000 tokens", "100 requests"])]
Rolled = Annotated[str, _text(rolled), _schema(f"{_PART.pattern}|{_LIMIT.pattern}", ["50 %", "100 USD"])]
Phrase = Annotated[str, _text(phrase, numbers=False)]
Part = Annotated[str, _text(part), _schema(_PART.pattern, ["80 %", "110 %"])]
Allowance = Annotated[str, _text(allowance), _schema(_BUDGET.pattern, ["500 USD per month", "100 requests per day"])]
Money = Annotated[str, _text(money), _schema(_LIMIT.pattern, ["5 USD"])]
Rate = Annotated[float | str, _text(rate), _schema(_RATE.pattern, ["5", "2.50 USD"])]
Duration = Annotated[str, _text(duration), _schema(_DURATION.pattern, ["30 minutes", "1 hour", "2 days"])]
