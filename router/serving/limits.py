"""The limits of a server, and what an answer owes to the ledger."""

from dataclasses import dataclass
from typing import Literal

Durability = Literal["refuse", "degrade"]
"""What an answer owes to the ledger: it waits until its receipt is on disk, or only while others wait too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of a server. Sizes are in bytes, times in seconds."""

    in_flight: int = 512
    bodies: int = 512
    """Bodies that are awaited at once; what has come whole with its head is none."""
    body_bytes: int = 8 * 1024 * 1024
    bodies_bytes: int = 256 * 1024 * 1024
    """Of all large bodies that come in or are being answered."""
    body_s: float = 30.0
    head_bytes: int = 64 * 1024
    head_s: float = 10.0
    answer_bytes: int = 16 * 1024 * 1024
    """Characters of one answer in words; what is said beyond is not taken."""
    answer_chunks: int = 262_144
    cache_bytes: int = 64 * 1024 * 1024
    """Of all answers that are kept to be given again, where a policy has them kept."""
    deadline_s: float = 120.0
    """To the first token, whoever gives it; in a stream from one to the next; an answer that comes at once in all."""
    total_s: float | None = None
    """For any request in all; unless said, a stream goes on for as long as its tokens come."""
    ping_s: float | None = 15.0
    """How long nothing is sent in a stream of events until something is that means nothing; None: however long."""
    drain_s: float = 10.0
    window_s: float = 0.25
    """Where durability is `degrade`: no answer ends while a receipt has waited longer than this to be on disk."""
    lame_duck_s: float | None = None
    """How long a server that is to stop goes on accepting, not ready any more; unless said, `LAME_DUCK_S` where its
    readiness is watched, else not at all."""
    client_connections: int | None = None
    """Connections of one client at once; this and the next two: 0 is no limit, and unless said there is a default for
    clients from elsewhere and for keys, and none for this machine's own."""
    client_in_flight: int | None = None
    client_receiving_bytes: int | None = None
    keep_alive_s: float = 75.0
    """How long a connection may rest between two requests: longer than load balancers keep theirs."""


DEFAULT_LIMITS = Limits()
