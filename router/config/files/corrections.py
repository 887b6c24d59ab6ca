"""What a small text should read that people write in another way: `=> 1`, `9am-5pm`, `$500`, `04.12.2026`.

Invariant: what is proposed can be read, and says what was meant; where that is not certain, nothing is said.
"""

import re
from collections.abc import Callable
from typing import Any

from router.config.scalars import hours, interval, limit, minute, moment, money

_NUMBER = r"[-+]?\d[\d_ ]*(?:\.\d+)?"
_THOUSANDS = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM])(?![A-Za-z])")
_FACTORS = {"k": 1_000, "m": 1_000_000}
_EQUAL = re.compile(rf"(?:==?\s*)?({_NUMBER})")
_BETWEEN = re.compile(rf"(?:between\s+)?({_NUMBER})\s*(?:-|–|\.\.|to|and)\s*({_NUMBER})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?\s*(am|pm)?")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)")
_SLASHED_DAY = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(.*)")
_SUM = re.compile(rf"(?:USD|\$)?\s*({_NUMBER})\s*(?:USD|usd|Usd|\$|dollars?)?")
_COUNT = re.compile(rf"({_NUMBER})\s*(token|request)s?", re.IGNORECASE)
_OTHER_MONEY = re.compile(r"€|£|¥|₩|\b(?:EUR|GBP|JPY|KRW|CNY|CHF)\b|\beuros?\b", re.IGNORECASE)
_PER = re.compile(r"\s*(?:/|\bper\b|\ban?\b)\s*(hour|day|week|month)\s*$")


def correction(sentence: str, written: Any) -> str:
    """What to write in the place of a text that a sentence refuses; "" where nobody knows."""
    text = str(written).strip()
    for start, propose, check in _KINDS:
        if sentence.startswith(start):
            proposed = propose(text)
            return f'write "{proposed}"' if proposed and _is_right(proposed, check) else _of_another_kind(start, text)
    return ""


def _of_another_kind(start: str, text: str) -> str:
    """What is known of a text that nothing can be put in the place of."""
    if start not in ("write a limit", "write a sum"):
        return ""
    if _OTHER_MONEY.search(text):
        return "money is in USD here: convert the sum"
    return "a limit is above zero" if text.startswith("-") else ""


def _is_right(proposed: str, check: Callable[[str], Any]) -> bool:
    try:
        check(proposed)
    except ValueError:
        return False
    return True


def _comparison(text: str) -> str:
    text = _plain(text)
    if match := _EQUAL.fullmatch(text):
        return f">= {match[1].strip()} and <= {match[1].strip()}"
    if match := _BETWEEN.fullmatch(text):
        return f">= {match[1].strip()} and <= {match[2].strip()}"
    text = text.replace("=>", ">=").replace("=<", "<=").replace("≥", ">=").replace("≤", "<=")
    parts = [part.strip() for part in re.split(r"&&|&|,|\band\b", text)]
    return " and ".join(re.sub(r"^([<>]=?)\s*", r"\1 ", part) for part in parts)


def _stretch(text: str) -> str:
    ends = re.split(r"\s*(?:-|–|\bto\b|\buntil\b)\s*", text)
    if len(ends) == 1 and _time(text):
        return f"{_time(text)}-24:00"
    times = [_time(end) for end in ends]
    return "-".join(times) if len(times) == 2 and all(times) else ""


def _time(text: str) -> str:
    match = _CLOCK.fullmatch(text.strip().lower())
    if not match:
        return ""
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return f"{hour:02}:{match[2] or '00'}"


def _day(text: str) -> str:
    if match := _DOTTED_DAY.fullmatch(text):
        day, month, year = match[1], match[2], match[3]
    elif match := _SLASHED_DAY.fullmatch(text):
        year, month, day = match[1], match[2], match[3]
    else:
        return ""
    return f"{year}-{int(month):02}-{int(day):02}{match[4]}"


def _limit(text: str) -> str:
    text = _PER.sub("", _plain(text))
    match = _COUNT.fullmatch(text)
    return f"{match[1].strip()} {match[2].lower()}s" if match else _sum(text)


def _sum(text: str) -> str:
    match = _SUM.fullmatch(_plain(text))
    return f"{match[1].strip()} USD" if match and not match[1].startswith("-") else ""


def _plain(text: str) -> str:
    """Thousands and millions in digits."""

    def spelt(match: re.Match[str]) -> str:
        return f"{float(match[1]) * _FACTORS[match[2].lower()]:.10f}".rstrip("0").rstrip(".")

    return _THOUSANDS.sub(spelt, text.replace("\u2212", "-"))


_KINDS: tuple[tuple[str, Callable[[str], str], Callable[[str], Any]], ...] = (
    ("write a comparison", _comparison, interval),
    ("write a stretch of the day", _stretch, hours),
    ("write a limit", _limit, limit),
    ("write a sum", _sum, money),
    ("write a day", _day, moment),
    ("write a time of day", _time, minute),
)
