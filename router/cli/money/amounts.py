"""Money and shares in the form in which people read them.

Invariant: of one table all amounts have the same digits, enough for the smallest that matters; exact money stands in
the JSON.
"""

from collections.abc import Iterable
from decimal import Decimal

from router.accounting.savings.clustered_intervals import Estimate

MINUS = "\N{MINUS SIGN}"
# From so many dollars on, so many places are shown.
_PLACES = ((Decimal(1000), 0), (Decimal(10), 2), (Decimal("0.01"), 4))
_FINE = 6
# Of amounts by the thousand requests.
THOUSANDS = 3


class Amounts:
    """Writes micro-dollars as dollars, with the digits that the largest of a table leaves room for."""

    def __init__(self, amounts: Iterable[Decimal], most: int = _FINE) -> None:
        largest = max((abs(amount) for amount in amounts), default=Decimal(0)) / 1_000_000
        self.places = min(most, next((places for least, places in _PLACES if largest >= least), _FINE))

    def __call__(self, amount: Decimal) -> str:
        """`$0.1234`, with a minus before the sign of the dollar."""
        shown = f"{abs(amount) / 1_000_000:,.{self.places}f}"
        return f"{MINUS if amount < 0 and float(shown.replace(',', '')) else ''}${shown}"

    def within(self, estimate: Estimate) -> str:
        """An interval, or nothing where there is none."""
        return "" if estimate.low is None or estimate.high is None else f"{self(estimate.low)} to {self(estimate.high)}"


def percent(share: float | None) -> str:
    """A share of the whole."""
    return "–" if share is None else f"{100 * share:.1f}\N{NO-BREAK SPACE}%"
