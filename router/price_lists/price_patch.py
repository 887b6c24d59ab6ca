"""Adds dated prices to the text of prices.yaml, line by line, so that comments and order stay."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from router.price_lists.listed import FIELDS, Dated, Listed
from router.types import Price

Places = Mapping[tuple[str | int, ...], tuple[int, int]]


def proposed(ours: Price, theirs: Dated, listed: Listed, today: date) -> str:
    """A row of prices.yaml: the list's prices where it has them, ours where it has not."""
    fields = []
    for name in FIELDS:
        price = theirs.prices.get(name, getattr(ours, name))
        if price is not None:
            fields.append(f"{name}: {_plain(price)}")
    since = max(theirs.since, today) if theirs.since is not None else today
    words = ", ".join((f"since: {since}", *fields, f"checked: {today}", "status: published"))
    return f'{{{words}, source: "{listed.source}, entry {_quotable(listed.name)}"}}'


def patched(text: str, places: Places, rows: Mapping[str, Sequence[str]]) -> str:
    """The text with new rows after the last price of each model."""
    lines = text.split("\n")
    starts = sorted(line for path, (line, _) in places.items() if len(path) == 2)
    insertions: list[tuple[int, list[str]]] = []
    for model, added in rows.items():
        key, item = places[("prices", model)], places.get(("prices", model, 0))
        if not added or item is None:
            continue
        end = next((line for line in starts if line > key[0]), len(lines) + 1) - 1
        while end > item[0] and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        insertions.append((end, [f"{' ' * max(item[1] - 3, 0)}- {row}" for row in added]))
    for end, new in sorted(insertions, reverse=True):
        lines[end:end] = new
    return "\n".join(lines)


def _plain(price: Decimal) -> str:
    return f"{price.normalize():f}"


def _quotable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable() and letter not in '"\\')
