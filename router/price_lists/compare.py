"""Compares our prices with a list's: a finding for each difference, each change to come, and each name that ends."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from router.money import price_on
from router.price_lists.listed import FIELDS, Dated, Listed
from router.types import Price

Kind = Literal["differs", "retired", "redirected", "changes", "promotion", "varies", "old", "unlisted", "unknown"]
FAILS: frozenset[Kind] = frozenset(("differs", "retired", "old"))
SOON = timedelta(days=90)
# A list has prices as decimals of the same scale; a hundredth of a per cent is how they are rounded.
_TOLERANCE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class PriceFinding:
    """What is to be looked at in a model's prices, and whether the check fails by it."""

    kind: Kind
    model: str
    sentence: str
    source: str = ""

    @property
    def fails(self) -> bool:
        """Whether the exit code says so."""
        return self.kind in FAILS

    def to_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {**asdict(self), "fails": self.fails}


def findings(
    model: str, asked: str, ours: Sequence[Price], lists: Sequence[Listed], today: date, stale_days: int
) -> Iterator[PriceFinding]:
    """Everything about a model's prices. `asked` is the name by which its backend knows it."""
    now = price_on(tuple(ours), today)
    if now is not None:
        yield from _age(model, now, today, stale_days)
    for listed in lists:
        yield from _names(model, asked, listed, today)
        yield from _prices(model, now, ours, listed, today)
    if not lists:
        yield PriceFinding("unlisted", model, f"{asked!r} stands in no list that was asked")


def _age(model: str, now: Price, today: date, stale_days: int) -> Iterator[PriceFinding]:
    seen = now.checked or now.since
    days = (today - seen).days
    if days > stale_days:
        yield PriceFinding("old", model, f"nobody has looked at this price for {days} days; the limit is {stale_days}")


def _names(model: str, asked: str, listed: Listed, today: date) -> Iterator[PriceFinding]:
    if listed.retired or (listed.retires is not None and listed.retires <= today):
        day = f" on {listed.retires}" if listed.retires else ""
        yield PriceFinding("retired", model, f"{listed.name!r} was retired{day}", listed.source)
    elif listed.retires is not None:
        yield PriceFinding("changes", model, f"{listed.name!r} is retired on {listed.retires}", listed.source)
    if _bare(listed.name) != _bare(asked):
        yield PriceFinding("redirected", model, f"{asked!r} is listed as {listed.name!r}", listed.source)
    for words in listed.varies:
        yield PriceFinding("varies", model, words, listed.source)


def _prices(
    model: str, now: Price | None, ours: Sequence[Price], listed: Listed, today: date
) -> Iterator[PriceFinding]:
    theirs = listed.on(today)
    if now is None:
        yield PriceFinding("unknown", model, "has no price in force today", listed.source)
    elif theirs is not None and (wrong := differences(now, theirs)):
        words = ", ".join(f"{name} {_shown(here)} here, {_shown(there)} there" for name, here, there in wrong)
        yield PriceFinding("differs", model, words, listed.source)
    coming = listed.after(today)
    for row in coming:
        ahead = price_on(tuple(ours), row.since or today)
        if ahead is not None and differences(ahead, row):
            words = ", ".join(f"{name} {_shown(price)}" for name, price in row.prices.items())
            yield PriceFinding("changes", model, f"from {row.since} on: {words}", listed.source)
    if theirs is not None and _promotion(theirs, listed, today):
        yield PriceFinding("promotion", model, f"its price ends on {coming[0].since}, and rises", listed.source)


def _promotion(theirs: Dated, listed: Listed, today: date) -> bool:
    """Whether a price is dearer again within three months."""
    coming = listed.after(today)
    if not coming or coming[0].since is None or coming[0].since - today > SOON:
        return False
    return coming[0].prices.get("output", Decimal(0)) > theirs.prices.get("output", Decimal(0))


def differences(ours: Price, theirs: Dated) -> list[tuple[str, Decimal, Decimal]]:
    """The fields that both state, and that differ."""
    pairs = [(name, getattr(ours, name), theirs.prices.get(name)) for name in FIELDS]
    return [
        (name, here, there)
        for name, here, there in pairs
        if here is not None and there is not None and abs(here - there) > _TOLERANCE * max(abs(here), abs(there))
    ]


def _bare(name: str) -> str:
    return name.lower().rsplit("/", 1)[-1]


def _shown(price: Decimal) -> str:
    return f"{price.normalize():f}"
