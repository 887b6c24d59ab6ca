"""The pictures of a replay of what a ledger logged, for a page that shows them before a change is applied."""

from collections.abc import Mapping
from typing import Any

from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.report.flow_plot import flow_plot
from router.policy.replay.report.shift_plot import shift_plot
from router.policy.replay.report.summary import MOST, RequestLog
from router.policy.replay.request_columns import unpack
from router.policy.replay.result import Replay
from router.types import Config


def draw_ledger(log: RequestLog, before: Config, after: Config) -> Mapping[str, Any]:
    """The ribbons from model to model and the shifts by task, as SVG; empty where nothing was logged.

    Colours are classes: `c0` is the first of `owners`, and so on.
    """
    rows, words = log.requests(MOST)
    if not rows:
        return {}
    return draw(replay(unpack(rows, words), Versions(before, after)))


def draw(replayed: Replay) -> Mapping[str, Any]:
    """The same of a replay that was made already."""
    return {
        "models": flow_plot(replayed),
        "tasks": shift_plot(replayed.tasks),
        "owners": [owner.name for owner in replayed.owners],
        "causes": [{"change": cause.label, "flips": cause.flips} for cause in replayed.causes],
    }
