"""The totals of a group of requests, as served and in the counterfactual.

Invariant: of each side, what is paid is the contribution, the partners' result and the true cost together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from router.accounting.savings.clustered_intervals import Estimate
from router.accounting.savings.counterfactual_lengths import Basis
from router.accounting.waterfall import Account, Waterfall
from router.money import ZERO


class Side(NamedTuple):
    """A group of requests in one of the two worlds: what customers pay, who gets it, and what it truly costs."""

    paid: Decimal
    waterfall: Waterfall
    partner: Account
    true_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of requests in both worlds. `split` says who kept the saving, each part with its interval.

    `from_cache` of them were earlier answers given again, which took no tokens, and by which serving cost `cache_saved`
    less, in micro-dollars.
    """

    name: str
    requests: int
    substituted: int
    input_tokens: int
    output_tokens: int
    served: Side
    otherwise: Side
    split: Mapping[str, Estimate]
    lengths: Mapping[Basis, int]
    from_cache: int = 0
    cache_saved: Decimal = ZERO
