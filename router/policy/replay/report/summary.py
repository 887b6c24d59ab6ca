"""A replay in four figures, for the log of policy changes.

Invariant: nothing is said where nothing was logged.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from router.types import Config

if TYPE_CHECKING:
    from router.policy.replay.result import Replay

# Enough for narrow intervals, and a second's work at most.
MOST = 200_000


class RequestLog(Protocol):
    """What can be replayed."""

    def requests(self, most: int) -> tuple[list[bytes], list[str]]:
        """The last packed requests, oldest first, and the words by their code."""


def summarise_ledger(log: RequestLog, before: Config, after: Config) -> Mapping[str, Any]:
    """What a change does to the last requests of a log; empty where there are none."""
    # A server imports what replays when it replays.
    from router.policy.replay.flip_causes import Versions
    from router.policy.replay.replay import replay
    from router.policy.replay.request_columns import unpack

    rows, words = log.requests(MOST)
    # The figures name no cause.
    return summarise(replay(unpack(rows, words), Versions(before, after), most_tried=0)) if rows else {}


def summarise(replayed: "Replay") -> Mapping[str, Any]:
    """The figures of a replay: changes as shares, quality as a difference of chances."""
    total = replayed.total
    return {
        "requests": total.requests,
        "flips": total.flips,
        "cost_change": total.cost.value,
        "cost_interval": [total.cost.low, total.cost.high],
        "quality_change": total.quality.value,
        "quality_interval": [total.quality.low, total.quality.high],
        "newly_refused": replayed.refusals.newly,
    }


def in_words(figures: Mapping[str, Any]) -> str:
    """The figures in a line, with their intervals where there are any; "" where there are none."""
    if not figures:
        return ""
    if not figures["requests"]:
        return "no request"
    cost = _within(figures["cost_change"], figures.get("cost_interval"), "%")
    quality = _within(figures["quality_change"], figures.get("quality_interval"), "points")
    refused = figures.get("newly_refused") or 0
    more = f", {refused:,} refused that were answered" if refused else ""
    return f"{figures['requests']:,} requests: {figures['flips']:,} flip, cost {cost}, quality {quality}{more}"


def _within(value: float, interval: Sequence[float | None] | None, unit: str) -> str:
    digits = 1 if unit == "%" else 2
    said = f"{100 * value:+.{digits}f} {unit}"
    if not interval or interval[0] is None or interval[1] is None:
        return said
    return f"{said} ({100 * interval[0]:+.{digits}f} to {100 * interval[1]:+.{digits}f})"
