"""Whether what is asked has changed, as the overview shows it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from router.page.number_words import percent
from router.page.visit import Visit

SHOWN = 3
_MEAN = "mean"


class DriftRow(NamedTuple):
    """One thing that may have changed: its name, whether it did, how far, by what chance, and from what to what."""

    what: str
    drifted: bool
    distance: float
    p: float
    change: str


def drift_rows(visit: Visit, changes: Sequence[Mapping[str, Any]]) -> list[DriftRow]:
    """A row for each thing that was looked at."""
    return [
        DriftRow(
            what=visit.t(f"drift.what.{change['what']}"),
            drifted=change["drifted"],
            distance=change["distance"],
            p=change["p"],
            change=_change(visit, change),
        )
        for change in changes
    ]


def _change(visit: Visit, change: Mapping[str, Any]) -> str:
    """What changed most, from what to what."""
    before, after = change["before"], change["after"]
    if [*after] == [_MEAN]:
        return f"{before[_MEAN]:+.2f} → {after[_MEAN]:+.2f}"
    apart = sorted(after, key=lambda name: (-abs(after[name] - before.get(name, 0.0)), name))[:SHOWN]
    said = (visit.t(f"task.{name}") if change["what"] == "task" else name for name in apart)
    return ", ".join(
        f"{word} {percent(before.get(name, 0.0), 0)} → {percent(after[name], 0)}"
        for word, name in zip(said, apart, strict=True)
    )
