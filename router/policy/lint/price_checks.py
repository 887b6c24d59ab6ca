"""Prices that nobody has looked at for long or that are not in force yet, and caps that no price is within.

Invariant: of each model only the price in force on the day, and those after it, are looked at.
"""

from collections.abc import Collection, Iterator

from router.config.files.yaml_source import Path_
from router.decision.candidates import in_words
from router.decision.scoring import within
from router.money import price_on
from router.policy.describe import describe, described_rates
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.types import Price, PriceCap

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


def caps(sheet: Sheet) -> Iterator[Finding]:
    """Highest prices that are below those of all models that may answer."""
    for name, policy in sheet.config.policies.items():
        if policy.max_price is not None and (path := sheet.written(name, "max_price")):
            yield from _capped(sheet, path, policy.max_price, sheet.reachable(name))
        for path, rule in sheet.own(name, sheet.rules(name)):
            if rule.set.max_price is not None:
                models = rule.set.models or sheet.reachable(name)
                yield from _capped(sheet, (*path, "set", "max_price"), rule.set.max_price, models)


def _capped(sheet: Sheet, path: Path_, cap: PriceCap, models: Collection[str]) -> Iterator[Finding]:
    rows = [model for model in sheet.config.models if model.id in models and in_words(model)]
    now = {row.id: price_on(sheet.config.prices[row.id], sheet.day) for row in rows}
    known = {model: price for model, price in now.items() if price is not None}
    if known and not any(within(cap, price) for price in known.values()):
        cheapest = min(known, key=lambda model: (known[model].input + known[model].output, model))
        sentence = f"No model that may answer is within {describe(cap)}: every such request is refused."
        advice = f"The cheapest, {cheapest}, costs {described_rates(known[cheapest])}."
        yield sheet.warn(path, "price-cap-leaves-nothing", sentence, advice)


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
