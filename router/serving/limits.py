"""The limits of a server, and what an answer owes to the ledger."""

from dataclasses import dataclass
from typing import Literal

Durability = Literal["refuse", "degrade"]
"""What an answer owes to the ledger: it waits until its receipt is on disk, or it does not."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of a server. Sizes are in bytes, times in seconds."""

    in_flight: int = 512
    bodies: int = 512
    """Bodies that are awaited at once; what has come whole with its head is none."""
    body_bytes: int = 8 * 1024 * 1024
    body_s: float = 30.0
    head_bytes: int = 64 * 1024
    head_s: float = 10.0
    deadline_s: float = 120.0
    drain_s: float = 10.0


DEFAULT_LIMITS = Limits()
