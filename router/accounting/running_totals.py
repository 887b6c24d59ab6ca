"""Running totals of shares and commitments, kept once as served and once for the counterfactual.

A cap on a share is over a period, so what is due for one request depends on all before it; and had other models
served, other caps would have been reached at other times. So each world keeps its own running totals.

Invariant: requests are booked in the order of time, and each at most once.
"""

from decimal import Decimal

from router.accounting.contracts.terms import Sale, Supply, Term
from router.accounting.waterfall import Booked, Tokens, book
from router.money import ZERO


class World:
    """Running totals, in micro-dollars: what each share came to, without sign, and what each commitment's owner got."""

    def __init__(self) -> None:
        self.shares: dict[Term, Decimal] = {}
        self.commitments: dict[Term, Decimal] = {}

    def book(
        self, sale: Sale, supply: Supply, tokens: Tokens, list_value: Decimal, charged: Decimal, requests: int = 1
    ) -> Booked:
        """What a request would come to now, or a sum of `requests` that no cap binds; nothing is kept."""
        return book(sale, supply, tokens, list_value, charged, self.shares, requests)

    def keep(self, booked: Booked) -> None:
        """Add a request to the running totals; call it inside `exactly()`."""
        for term, amount in booked.shares:
            self.shares[term] = self.shares.get(term, ZERO) + abs(amount)
        for term in booked.supply.commitments:
            self.commitments[term] = self.commitments.get(term, ZERO) + booked.partner.paid
