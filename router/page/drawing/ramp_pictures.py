"""The pictures of a ramp: its share with the holdback, its course, and the evidence of each task.

Invariant: wealth is on a scale of ratios, with the line at which it decides; what is not known is not drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import log10
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from router.page.drawing.svg import element, picture, title, words
from router.page.number_words import percent, points

WIDTH, ROW = 1080, 34


def share_bar(share: float, holdback: float, label: str, *, wide: int = 360) -> Markup:
    """How much has moved, and what never will."""
    held = wide * holdback
    parts = [
        element("rect", class_="track", x=0, y=0, width=wide, height=12, rx=3),
        element("rect", title(percent(share, 0)), class_="fill-accent", x=0, y=0, width=wide * share, height=12, rx=3),
        element("rect", title(percent(holdback, 0)), class_="held", x=wide - held, y=0, width=held, height=12),
    ]
    return picture(wide, 12, label, *parts, class_="share", stretched=True)


class Moved(NamedTuple):
    """A moment at which a ramp's share became another."""

    time: datetime
    share: float
    said: str


def share_course(moves: Sequence[Moved], until: datetime, zone: ZoneInfo, label: str) -> Markup:
    """The share over time, as steps; each move is marked."""
    begin = moves[0].time
    whole = max(1.0, (until - begin).total_seconds())
    left, tall = 60, 150

    def x(time: datetime) -> float:
        return left + (WIDTH - left - 12) * (time - begin).total_seconds() / whole

    def y(share: float) -> float:
        return 12 + tall * (1 - share)

    parts = [
        element("line", class_="zero" if tick == 0 else "grid", x1=left, x2=WIDTH, y1=y(tick), y2=y(tick))
        + words(percent(tick, 0), left - 10, y(tick) + 4, "tick", "end")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    path, last = [f"M{x(begin):.1f} {y(moves[0].share):.1f}"], moves[0].share
    for move in moves[1:]:
        path.append(f"H{x(move.time):.1f}V{y(move.share):.1f}")
        last = move.share
    path.append(f"H{x(until):.1f}")
    parts.append(element("path", class_="area", d=f"{''.join(path)}V{y(0):.1f}H{x(begin):.1f}Z"))
    parts.append(element("path", class_="course", d="".join(path)))
    for move in moves:
        said = f"{move.time.astimezone(zone):%Y-%m-%d %H:%M}: {move.said}, {percent(move.share, 0)}"
        parts.append(element("circle", title(said), class_="point", cx=x(move.time), cy=y(move.share), r=4))
    ends = f"{begin.astimezone(zone):%m-%d %H:%M}", f"{until.astimezone(zone):%m-%d %H:%M}"
    parts.append(words(ends[0], left, tall + 34, "tick") + words(ends[1], WIDTH - 12, tall + 34, "tick", "end"))
    # Above its line, or below it where there is no room above.
    beside = y(last) - 8 if last < 0.9 else y(last) + 18
    parts.append(words(percent(last, 0), WIDTH - 14, beside, "name own", "end"))
    return picture(WIDTH, tall + 42, label, *parts, class_="share-course")


def evidence(
    tasks: Mapping[str, Mapping[str, Any]], names: Mapping[Any, str], heads: Sequence[str], label: str
) -> Markup:
    """For each task: wealth for a step and for harm against 1/α, and the difference with its interval."""
    rows = list(tasks.items())
    bottom = 34 + len(rows) * ROW
    threshold: float = max((task["threshold"] for _, task in rows), default=20.0)
    wealths = [task[name] for _, task in rows for name in ("promote_wealth", "harm_wealth") if task[name]]
    top: float = max(log10(threshold) * 1.5, *(log10(max(wealth, 1e-9)) for wealth in wealths), 0.5)
    low: float = min(-0.5, *(log10(max(wealth, 1e-9)) for wealth in wealths))
    low = max(low, -3.0)

    def wealth_x(value: float) -> float:
        return 190 + 400 * (min(max(log10(max(value, 1e-9)), low), top) - low) / (top - low)

    ends = [abs(end) for _, task in rows for end in (task["low"], task["high"]) if end is not None] or [0.05]
    reach: float = max(0.02, min(1.0, max(ends)))

    def difference_x(value: float) -> float:
        return 720 + 250 * (min(max(value, -reach), reach) + reach) / (2 * reach)

    parts = [words(heads[0], 190, 12, "head"), words(heads[1], 720, 12, "head")]
    parts.append(element("line", class_="grid", x1=wealth_x(1), x2=wealth_x(1), y1=22, y2=bottom))
    parts.append(element("line", class_="edge", x1=wealth_x(threshold), x2=wealth_x(threshold), y1=22, y2=bottom))
    parts.append(words(f"1/α = {threshold:g}", wealth_x(threshold), bottom + 16, "tick", "middle"))
    parts.append(words("1", wealth_x(1), bottom + 16, "tick", "middle"))
    parts.append(element("line", class_="zero", x1=difference_x(0), x2=difference_x(0), y1=22, y2=bottom))
    parts.append(words("0", difference_x(0), bottom + 16, "tick", "middle"))
    for place, (name, task) in enumerate(rows):
        parts.append(_task_row(names.get(name, name), task, 34 + place * ROW, wealth_x, difference_x))
    return picture(WIDTH, bottom + 24, label, *parts, class_="evidence")


Scale = Callable[[float], float]


def _task_row(name: str, task: Mapping[str, Any], y: float, wealth_x: Scale, difference_x: Scale) -> str:
    parts = [words(name, 176, y + 11, "", "end")]
    for place, (kind, class_) in enumerate((("promote_wealth", "fill-better"), ("harm_wealth", "fill-worse"))):
        if (wealth := task[kind]) is not None:
            left, right = sorted((wealth_x(1), wealth_x(wealth)))
            said = title(f"{name}: {wealth:.3g}")
            wide = max(1.5, right - left)
            parts.append(element("rect", said, class_=class_, x=left, y=y + 9 * place - 2, width=wide, height=7, rx=2))
    parts.append(words(f"{task['pairs']:,}", 640, y + 11, "count", "end"))
    if task["mean"] is not None and task["low"] is not None:
        said = title(f"{name}: {points(task['mean'])} ({points(task['low'])} – {points(task['high'])})")
        line = element(
            "line", class_="whisker", x1=difference_x(task["low"]), x2=difference_x(task["high"]), y1=y + 7, y2=y + 7
        )
        parts.append(
            element("g", said, line, element("circle", class_="point", cx=difference_x(task["mean"]), cy=y + 7, r=4))
        )
        parts.append(words(points(task["mean"]), 984, y + 11, "count"))
    return "".join(parts)
