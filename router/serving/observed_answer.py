"""What a log, a tracer or a ramp may see of an answer, while it is on its way and once it has ended."""

from typing import Protocol

from router.decision.receipt import Exchange
from router.serving.active_config import ActiveConfig
from router.types import ChatRequest, Chunk, Receipt


class ObservedAnswer(Protocol):
    """One request that a model answers; `receipt` is there once it has ended."""

    active: ActiveConfig
    request: ChatRequest
    exchange: Exchange
    chunks: list[Chunk]
    receipt: Receipt | None

    @property
    def deadline_s(self) -> float:
        """The time to a first token, and from one to the next, in seconds."""

    def settled(self) -> Receipt:
        """The receipt of an answer that has ended; raises RuntimeError before."""
