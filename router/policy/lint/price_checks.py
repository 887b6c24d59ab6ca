"""Prices that nobody has looked at for long, and prices that are not in force yet.

Invariant: of each model only the price in force on the day, and those after it, are looked at.
"""

from collections.abc import Iterator

from router.money import price_on
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.types import Price

FILE = "prices.yaml"


def prices(sheet: Sheet) -> Iterator[Finding]:
    """Everything about prices."""
    for model, dated in sheet.config.prices.items():
        now = price_on(dated, sheet.day)
        if now is not None:
            yield from _stale(sheet, model, dated.index(now), now)
        for place, price in enumerate(dated):
            if price.since > sheet.day:
                yield _future(sheet, model, place, price, alone=now is None and place == 0)


def _stale(sheet: Sheet, model: str, place: int, price: Price) -> Iterator[Finding]:
    seen, key = (price.checked, "checked") if price.checked else (price.since, "since")
    days = (sheet.day - seen).days
    if days > sheet.stale_days:
        what = f"was last checked on {seen}" if price.checked else f"is in force since {seen}"
        yield sheet.warn(
            ("prices", model, place, key),
            "price-stale",
            f"The price of {model} {what}, {days} days ago; the limit is {sheet.stale_days}.",
            "Compare it with its source, and write the day as `checked`.",
            FILE,
        )


def _future(sheet: Sheet, model: str, place: int, price: Price, *, alone: bool) -> Finding:
    path = ("prices", model, place, "since")
    if alone:
        sentence = f"{model} has no price before {price.since}, so that it cannot be chosen until then."
        return sheet.warn(path, "price-missing", sentence, "Add the price that is in force today.", FILE)
    sentence = f"This price of {model} takes effect on {price.since}; until then the one before it holds."
    return sheet.warn(path, "price-future", sentence, "Nothing needs to be done if that is meant.", FILE)
