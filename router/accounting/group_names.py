"""The rows of a report that a request counts in.

Invariant: every request counts in one row at least; in several only by tag, where it has several.
"""

from collections.abc import Iterator

from router.accounting.report import By
from router.accounting.settled_request import Settled
from router.decision.budgets import user_of

NO_KEY, NO_RAMP, NO_TEAM, NO_TAG, NO_USER = (f"(no {what})" for what in ("key", "ramp", "team", "tag", "user"))


def group_names(request: Settled, owner: str, by: By) -> Iterator[str]:
    """The names of the rows; `owner` is that of the model that served."""
    if by == "tag":
        yield from dict.fromkeys(request.buyer.tags) or (NO_TAG,)
    elif by == "ramp":
        yield f"{request.ramp}: {request.arm}" if request.ramp else NO_RAMP
    else:
        yield {
            "model": request.served,
            "owner": owner,
            "task": request.task,
            "key": request.buyer.key or NO_KEY,
            "team": request.buyer.team or NO_TEAM,
            "user": _user(request.unit),
            "policy": request.policy,
            "day": request.day.isoformat(),
        }[by]


def user_row(digest: str) -> str:
    """The row of the user whose name has this salted hash."""
    return f"user_{digest}"


def _user(unit: str) -> str:
    user = user_of(unit)
    return NO_USER if user is None else user_row(user)
