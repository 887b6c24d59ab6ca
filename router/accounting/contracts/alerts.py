"""Alerts on caps, commitments and concentration limits.

Invariant: every alert comes from a limit in the contracts, with the amount that is compared with it.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from router.accounting.contracts.concentration import OwnerPart
from router.accounting.contracts.obligations import CapStanding, CommitmentStanding
from router.accounting.report import CAP_NEAR, Alert
from router.types import Limit


def alerts(
    caps: Iterable[CapStanding],
    commitments: Iterable[CommitmentStanding],
    owners: Iterable[OwnerPart],
    limits: Iterable[Limit],
) -> tuple[Alert, ...]:
    """Every alert, caps first."""
    return (*_of_caps(caps), *_of_commitments(commitments), *_of_limits(owners, limits))


def _of_caps(caps: Iterable[CapStanding]) -> Iterator[Alert]:
    for cap in caps:
        if cap.used >= cap.cap:
            yield Alert("cap_reached", cap.owner, cap.name, cap.used, cap.cap)
        elif cap.used >= cap.cap * CAP_NEAR:
            yield Alert("cap_near", cap.owner, cap.name, cap.used, cap.cap)


def _of_commitments(commitments: Iterable[CommitmentStanding]) -> Iterator[Alert]:
    for commitment in commitments:
        if commitment.over and commitment.shortfall > 0:
            yield Alert("shortfall", commitment.owner, commitment.name, commitment.used, commitment.amount)
        elif not commitment.over and commitment.behind:
            yield Alert("behind_pace", commitment.owner, commitment.name, commitment.used, commitment.pace)


def _of_limits(owners: Iterable[OwnerPart], limits: Iterable[Limit]) -> Iterator[Alert]:
    parts = {part.owner: part for part in owners}
    for limit in limits:
        share = parts[limit.owner].shares[limit.of] if limit.owner in parts else None
        if share is not None and share > limit.most:
            yield Alert("concentrated", limit.owner, limit.name, Decimal(repr(share)), limit.most)
