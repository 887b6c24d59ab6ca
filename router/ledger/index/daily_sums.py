"""What receipts came to by day and by the model that served: counts, and money to the last digit.

Invariant: exact sums, so that they are the same whether receipts are added at once, in groups as they come, or read
from a pruning that took them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from router.accounting.exact_decimal import exactly
from router.accounting.settled_request import settled
from router.money import ZERO

Place = tuple[str, str]
"""A day in UTC, and a model: "" where nobody answered."""


class DaySum(NamedTuple):
    """Requests, those answered, tokens, and micro-dollars: the list price of what served, and what was charged."""

    requests: int = 0
    answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = ZERO
    charged: Decimal = ZERO

    def plus(self, other: "DaySum") -> "DaySum":
        """Both together; call it inside `exactly()`."""
        return DaySum(
            self.requests + other.requests,
            self.answered + other.answered,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.charged + other.charged,
        )


class DailySums:
    """Sums by day and model, which grow."""

    def __init__(self) -> None:
        self.sums: dict[Place, DaySum] = {}

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(each.requests for each in self.sums.values())

    def add(self, receipt: Mapping[str, Any]) -> None:
        """Take a receipt in JSON."""
        request = settled(receipt)
        found = DaySum(requests=1)
        if request:
            found = DaySum(1, 1, request.input, request.output, request.cost, request.charged)
        self.put((receipt["time"][:10], request.served if request else ""), found)

    def put(self, place: Place, found: DaySum) -> None:
        """Add to a day and a model."""
        with exactly():
            self.sums[place] = self.sums.get(place, DaySum()).plus(found)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each day and model, in order; money as decimal text."""
        return [
            {
                "day": day,
                "model": model,
                **found._asdict(),
                "cost": f"{found.cost:f}",
                "charged": f"{found.charged:f}",
            }
            for (day, model), found in sorted(self.sums.items())
        ]


def day_sum(columns: Sequence[Any]) -> DaySum:
    """A sum from its columns as they are kept: counts, and money as decimal text."""
    requests, answered, taken, given, cost, charged = columns
    return DaySum(int(requests), int(answered), int(taken), int(given), Decimal(cost), Decimal(charged))
