"""Who kept the saving of one request.

    customer's saving + platform's gain + partner's change  ≡  difference in true cost

The customer's saving is what it would have paid less what the receipt says it paid; the gain is in contribution
margin; the partner's change is in the results of all owners outside the platform; each against the counterfactual.
Why it must hold: whatever a customer pays, the platform or a partner has it, or it has left them for GPUs and the
platform's costs; invoices, shares and fees only pass between the two. So in either world

    paid = contribution + partner's result + true cost

and the difference of two such lines is the identity. Both lines are checked, which is more than their difference. It
fails where a line of the waterfall is wrong, where a share's two ends differ, where somebody's GPUs are borne by
nobody or twice, and where a receipt was charged another price than the one that was in force.

Invariant: a row of which either world does not balance, to the last digit, is refused.
"""

from decimal import Decimal
from typing import NamedTuple

from router.accounting.waterfall import Booked
from router.errors import Unbalanced
from router.money import ZERO, usd


class Split(NamedTuple):
    """Against the counterfactual, in micro-dollars: what each keeps more than it would, and what serving costs less."""

    customer: Decimal
    platform: Decimal
    partner: Decimal
    true_cost: Decimal


NOTHING_SPLIT = Split(ZERO, ZERO, ZERO, ZERO)


def split(id: str, served: Booked, otherwise: Booked) -> Split:  # noqa: A002
    """Share out the difference between two worlds; raises Unbalanced, which names the request.

    Call it inside `exactly()`.
    """
    _balance(id, "as served", served)
    _balance(id, "in the counterfactual", otherwise)
    return Split(
        otherwise.paid - served.paid,
        served.waterfall.contribution - otherwise.waterfall.contribution,
        served.partner.result - otherwise.partner.result,
        otherwise.true_cost - served.true_cost,
    )


def _balance(id: str, world: str, booked: Booked) -> None:  # noqa: A002
    kept = booked.waterfall.contribution + booked.partner.result + booked.true_cost
    if booked.paid != kept:
        raise Unbalanced(
            f"Request {id}, {world}: the customer paid {usd(booked.paid)} USD, and platform, partner and true cost "
            f"account for {usd(kept)}. Nothing is reported."
        )
