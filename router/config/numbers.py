"""Numbers as people write them in a text: digits, a point before decimals, thousands apart by spaces or `_`.

Invariant: what could be read as two numbers is refused, with both of them.
"""

import re
from decimal import Decimal

# Ordinary, unbreakable and narrow unbreakable spaces, as editors and spreadsheets write them.
_APART = "_ \u00a0\u202f"
# What may be a number, or was meant as one.
NUMBER = rf"\d+(?:[,.{_APART}]\d+)*(?:\.(?!\d))?"
_PLAIN = re.compile(r"\d+(?:\.\d*)?")
_GROUPED = re.compile(rf"\d{{1,3}}(?:[{_APART}]\d{{3}})+(?:\.\d+)?")
# Two commas or more can only be those of thousands, and so can what stands before a point.
_COMMAS = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3},\d{3}\.\d+")
_DECIMAL_COMMA = re.compile(rf"(\d+|\d{{1,3}}(?:[.{_APART}]\d{{3}})+),(\d+)")
# Nobody writes a nought at the end of three decimals, but many write thousands so.
_THOUSANDS_OR_NOT = re.compile(r"[1-9]\d{0,2}\.\d\d0")


def number(text: str) -> Decimal:
    """The number that a text was always read as, commas left out; raises ValueError."""
    bare = re.sub(rf"[,{_APART}]", "", text)
    if not _PLAIN.fullmatch(bare):
        raise ValueError(f"{text!r} is no number: write a point before decimals, and thousands apart by spaces")
    return Decimal(bare)


def refuse_doubtful(text: str, unit: str = "") -> None:
    """Raise ValueError for a number that can be read in two ways; `unit` stands after those that are right."""
    if _THOUSANDS_OR_NOT.fullmatch(text):
        readings = [text.rstrip("0").rstrip("."), text.replace(".", "")]
    elif _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text) or _COMMAS.fullmatch(text):
        return
    elif match := _DECIMAL_COMMA.fullmatch(text):
        whole = re.sub(rf"[.{_APART}]", "", match[1])
        decimals = match[2].rstrip("0")
        readings = [
            f"{whole}.{decimals}" if decimals else whole,
            *([f"{whole}{match[2]}"] if whole == match[1] else []),
        ]
    else:
        readings = [re.sub(rf"[,.{_APART}]", "", text)]
    readings = [reading.lstrip("0") if reading[1:2].isdigit() else reading for reading in readings]
    ways = " or ".join(f'"{reading} {unit}"' if unit else f'"{reading}"' for reading in readings)
    doubt = "can be read in two ways" if len(readings) > 1 else "is no number as they are written here"
    raise ValueError(
        f"{text!r} {doubt}: write {ways}; a point stands before decimals, thousands are apart by spaces or not at all"
    )


def spaced(value: int) -> str:
    """A whole number with its thousands apart: `2 000 000`."""
    return f"{value:,}".replace(",", " ")
