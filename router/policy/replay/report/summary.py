"""A replay in four figures, for the log of policy changes.

Invariant: nothing is said where nothing was logged.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import unpack
from router.policy.replay.result import Replay
from router.types import Config

# Enough for narrow intervals, and a second's work at most.
MOST = 200_000


class RequestLog(Protocol):
    """What can be replayed."""

    def requests(self, most: int) -> tuple[list[bytes], list[str]]:
        """The last packed requests, oldest first, and the words by their code."""


def summarise_ledger(log: RequestLog, before: Config, after: Config) -> Mapping[str, Any]:
    """What a change does to the last requests of a log; empty where there are none."""
    rows, words = log.requests(MOST)
    return summarise(replay(unpack(rows, words), Versions(before, after))) if rows else {}


def summarise(told: Replay) -> Mapping[str, Any]:
    """The figures of a replay: changes as shares, quality as a difference of chances."""
    total = told.total
    return {
        "requests": total.requests,
        "flips": total.flips,
        "cost_change": total.cost.value,
        "cost_interval": [total.cost.low, total.cost.high],
        "quality_change": total.quality.value,
        "quality_interval": [total.quality.low, total.quality.high],
        "newly_refused": told.refusals.newly,
    }
