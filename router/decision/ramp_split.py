"""Governed substitution: on which side of a ramp a unit stands.

    0 ----- moved ----- share ----- not yet ----- 1 - holdback ----- never moves ----- 1

Invariant: raising the share only adds units, lowering it gives back the last added, and the holdback never moves.
The split is by integer hashing on half-open [0, 1), salted with the ramp's name, so that ramps are independent.
"""

from hashlib import blake2b

from router.decision.conditions import Facts, holds
from router.types import Moved, Ramp

_WHOLE = 2**64
USER_PART = 12
"""So many characters at the head of a unit are its user's: a conversation belongs to one user."""


def position(ramp: str, unit: str) -> int:
    """Where a unit stands on [0, 2**64), the same for ever."""
    return int.from_bytes(blake2b(f"{ramp}\0{unit}".encode(), digest_size=8).digest())


def unit_of(ramp: Ramp, unit: str, key: str | None) -> str:
    """What stays on one side: the conversation, its user, or the key; without a key the conversation."""
    if ramp.unit == "conversation":
        return unit
    return unit[:USER_PART] if ramp.unit == "user" else key or unit


def arm(ramp: Ramp, unit: str) -> Moved:
    """The side of the ramp on which this unit stands."""
    place = position(ramp.name, unit)
    if place >= _WHOLE - int(ramp.holdback * _WHOLE):
        return Moved(ramp.name, "holdback")
    return Moved(ramp.name, "moved" if place < int(ramp.share * _WHOLE) else "not_yet")


def matching(ramps: tuple[Ramp, ...], original: str, facts: Facts, alias: str = "") -> Ramp | None:
    """The first ramp that would move this request away from a model; what asks for an alias, by its own ramps alone."""
    for ramp in ramps:
        if ramp.original == original and ramp.alias == alias and holds(ramp.when, facts):
            return ramp
    return None
