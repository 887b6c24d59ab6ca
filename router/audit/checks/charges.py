"""What was billed for which name: the audited answers by the model that each says it is from, with tokens and money.

Invariant: every audited answer is in one row; money is in micro-dollars, None where no price or no usage says it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from router.audit.audit_budget import MICRO, CallPrice
from router.audit.endpoint_client import Reply
from router.decision.names.served_name import same_name
from router.money import ZERO

NO_NAME = "no name"


@dataclass(frozen=True, slots=True)
class Charge:
    """The answers under one name. `as_asked` is at the asked model's price, `as_named` at the price of the one named.

    `said` is what the endpoint itself says that it charges. Each is None where it isn't known of every answer.
    """

    name: str
    answers: int
    input_tokens: int
    output_tokens: int
    as_asked: Decimal | None
    as_named: Decimal | None
    said: Decimal | None


def charges(
    asked: str, replies: Sequence[Reply], price: CallPrice | None, price_of: Callable[[str], CallPrice | None]
) -> tuple[Charge, ...]:
    """A row for each name, the most frequent first; `price_of` gives the list price of a model, if it has one."""
    by_name: dict[str, list[Reply]] = {}
    for reply in replies:
        by_name.setdefault(reply.said.model or NO_NAME, []).append(reply)
    rows = []
    for name, some in by_name.items():
        own = price if name == NO_NAME or same_name(asked, name) else price_of(name)
        said = [reply.said.cost_usd for reply in some]
        known = [cost for cost in said if cost is not None]
        rows.append(
            Charge(
                name=name,
                answers=len(some),
                input_tokens=sum(reply.said.input_tokens or 0 for reply in some),
                output_tokens=sum(reply.said.output_tokens or 0 for reply in some),
                as_asked=_cost(some, price),
                as_named=_cost(some, own),
                said=sum(known, ZERO) * MICRO if len(known) == len(some) else None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.answers, row.name)))


def _cost(replies: Sequence[Reply], price: CallPrice | None) -> Decimal | None:
    usages = [(reply.said.input_tokens, reply.said.output_tokens) for reply in replies]
    if price is None or any(own is None or other is None for own, other in usages):
        return None
    return sum((price.of(reply.said, ZERO) for reply in replies), ZERO)
