"""What one settled request adds to the limits of a ramp: an owner's share, the spend shifted, a commitment.

Invariant: pure, and of one request alone: who adds up decides over which time. Caps on shares are left aside.
"""

from decimal import Decimal
from typing import NamedTuple

from router.accounting.contracts.terms import Buyer, Footing, Terms
from router.accounting.exact_decimal import exactly
from router.accounting.waterfall import Tokens, book
from router.money import ZERO
from router.types import Config, Receipt


class Weight(NamedTuple):
    """One request, in micro-dollars: what was charged, what moved away from the original, what the owner is paid.

    `shifted` is what the original would have been charged for the same tokens, and 0 where nothing moved.
    """

    owner: str
    charged: Decimal
    shifted: Decimal
    earned: Decimal


class Weights:
    """Weighs the requests of one configuration."""

    def __init__(self, config: Config) -> None:
        self._footings: set[Footing] = set()
        self._terms = Terms(config, config, self._footings)

    def of(self, receipt: Receipt) -> Weight | None:
        """What a request weighs; None where nobody answered, or a model that the configuration does not know."""
        usage, served, caller = receipt.usage, receipt.served, receipt.ask.caller
        if usage is None or served not in self._terms.models:
            return None
        day, buyer = receipt.situation.day, Buyer(caller.key, caller.team, caller.tags)
        supply = self._terms.supply(served, day, buyer)
        decision = receipt.decision
        asked = receipt.ask.model or decision.baseline
        sale = self._terms.sale(asked if decision.charge == "asked" else served, day, buyer)
        tokens = Tokens(
            usage.input_tokens,
            usage.cached_input_tokens,
            Decimal(usage.output_tokens),
            usage.cache_write_5m_tokens,
            usage.cache_write_1h_tokens,
        )
        with exactly():
            booked = book(sale, supply, tokens, receipt.charged, receipt.charged, {})
        moved = decision.ramp is not None and decision.ramp.arm == "moved" and served != decision.baseline
        return Weight(supply.owner, receipt.charged, receipt.baseline_cost if moved else ZERO, booked.partner.paid)
