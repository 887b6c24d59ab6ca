"""Numbers, money and times as the page writes them: in the fewest digits that still tell things apart.

Invariant: nothing is written for what is not known, never a nought.
"""

from datetime import UTC, datetime
from decimal import Decimal
from math import floor, log10
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOTHING = "\N{EM DASH}"
MINUS = "\N{MINUS SIGN}"


def count(value: float | None) -> str:
    """A whole number with its thousands apart."""
    return NOTHING if value is None else f"{value:,.0f}".replace("-", MINUS)


def dollars(value: float | str | Decimal | None, *, signed: bool = False) -> str:
    """An amount in USD: cents from ten dollars on, three digits that matter below."""
    if value is None:
        return NOTHING
    amount = float(value)
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    return f"{sign}${_digits(abs(amount))}"


def _digits(amount: float) -> str:
    if amount == 0:
        return "0"
    if amount >= 10_000:
        return f"{amount:,.0f}"
    if amount >= 10:
        return f"{amount:,.2f}"
    places = min(9, 2 - floor(log10(amount)))
    return f"{amount:.{max(2, places)}f}"


def percent(value: float | None, places: int = 1, *, signed: bool = False) -> str:
    """A share of one as a percentage."""
    if value is None:
        return NOTHING
    shown = 100 * value
    if value and abs(shown) < 0.05 and places == 1:
        return "<0.1 %" if value > 0 else f"{MINUS}<0.1 %"
    sign = "+" if signed and shown > 0 else ""
    return f"{sign}{shown:.{places}f} %".replace("-", MINUS)


def points(value: float | None, *, signed: bool = True) -> str:
    """A difference of chances in points of a hundred."""
    if value is None:
        return NOTHING
    shown = f"{100 * value:{'+' if signed else ''}.1f}"
    return "0.0" if float(shown) == 0 else shown.replace("-", MINUS)


def millionths(value: float | str | None) -> str:
    """An amount in USD for a column: six places, so that figures stand under each other."""
    return NOTHING if value is None else f"{float(value):,.6f}".replace("-", MINUS)


def brief(value: float) -> str:
    """A number for a column, with a place after the point where it is small."""
    return f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"


def milliseconds(value: float | None) -> str:
    """A duration with its unit."""
    if value is None:
        return NOTHING
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def tokens(value: int) -> str:
    """A size in tokens: 272k, 1M."""
    return f"{value / 1e6:g}M" if value >= 1_000_000 else f"{value // 1000}k" if value >= 1000 else str(value)


def whole(name: str) -> str:
    """A name in prose, which no line's end divides."""
    return name.replace("-", "\N{NON-BREAKING HYPHEN}")


def signed(value: float, places: int = 1) -> str:
    """A number with its sign."""
    return f"{value:+.{places}f}".replace("-", MINUS)


def zone_of(name: str) -> ZoneInfo:
    """The reader's zone, or UTC where the name is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def moment(text: str, zone: ZoneInfo, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time of the API in the reader's zone."""
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(zone).strftime(form)
