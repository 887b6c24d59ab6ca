"""What an audit is asked to do, and what it will take, said before it spends: calls and money for each share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from router.audit.wire_shapes import Parameters
from router.evidence.matched.audit_power import PLANNED, calls_to_see

DEFAULT_CALLS = 300
DEFAULT_SHARE = 0.3
DEFAULT_PARAMETERS = Parameters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `share` is what a clean end must have been able to see; `seed` draws prompts and orders.

    `secret` salts commitments and is never published; `pause_s` lies between rounds; `full` goes on though shown.
    """

    model: str
    prompts: tuple[str, ...]
    parameters: Parameters = DEFAULT_PARAMETERS
    references: int = 1
    calls: int = DEFAULT_CALLS
    alpha: float = 0.05
    share: float = DEFAULT_SHARE
    seed: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    pilot: int = 8
    watch: bool = False
    full: bool = False
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PlannedShare:
    """Calls to the audited endpoint and money by which nine of ten audits see a share; `within` the wish or not."""

    share: float
    calls: int
    cost: Decimal | None
    within: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Micro-dollars that a round takes, as the pilot's answers were, or None without prices; and what shares take."""

    per_round: Decimal | None
    most: Decimal | None
    shares: tuple[PlannedShare, ...]


def plan(wish: Wish, per_round: Decimal | None, left: Decimal | None, *, enrolled: bool) -> Plan:
    """The plan; `left` is what the budget has, or None without one."""
    affordable = wish.calls
    if per_round and left is not None:
        affordable = min(affordable, int(left / per_round))
    shares: Sequence[PlannedShare] = [
        PlannedShare(share, calls, None if per_round is None else calls * per_round, calls <= affordable)
        for share in PLANNED
        for calls in (calls_to_see(share, wish.references, wish.alpha, enrolled=enrolled),)
    ]
    return Plan(per_round, None if per_round is None else affordable * per_round, tuple(shares))
