"""Curves over days, or over a setting, with their intervals, and marks where something happened.

Invariant: all curves of a drawing share one scale; what is not known leaves a gap; colour is never the only difference.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from router.page.drawing.svg import element, picture, round_ticks, title, words

LEFT, FOOT, TOP, RIGHT = 62, 28, 12, 78
LINE, LETTER = 15.0, 6.6
KINDS = 6

Point = tuple[float, float | None, float | None]
"""A value, and the ends of its interval where it has one."""


class Curve(NamedTuple):
    """A curve: what it is called, its points at the places of the drawing, and which of the kinds of line it is."""

    name: str
    points: Sequence[Point | None]
    kind: int


class Mark(NamedTuple):
    """Something that happened at a place: a short word, and the whole sentence."""

    x: float
    word: str
    sentence: str


class Chart(NamedTuple):
    """What is drawn: the places from left to right with their words, curves, marks; how values are written."""

    places: Sequence[float]
    names: Sequence[str]
    curves: Sequence[Curve]
    marks: Sequence[Mark] = ()
    write: Callable[[float], str] = "{:g}".format
    ceiling: float | None = None
    wide: int = 1080
    tall: int = 260


class _Scale(NamedTuple):
    x: Callable[[float], float]
    y: Callable[[float], float]
    bottom: float
    right: float


def curves(chart: Chart, label: str) -> Markup:
    """The drawing."""
    head = TOP + LINE * _rows(chart) if chart.marks else TOP
    bottom = head + chart.tall - FOOT
    least, most, ticks = _ends(chart)
    right = chart.wide - RIGHT
    first, last = chart.places[0], chart.places[-1]
    scale = _Scale(
        lambda place: LEFT + (right - LEFT) * (place - first) / ((last - first) or 1),
        lambda value: bottom - (bottom - head) * (value - least) / ((most - least) or 1),
        bottom,
        right,
    )
    grid = [_level(tick, scale, chart.write) for tick in ticks]
    spans = [span for curve in chart.curves if (span := _span(curve, chart.places, scale))]
    lines = [_line(curve, chart, scale) for curve in chart.curves]
    drawn = (*grid, *_places(chart, scale), *spans, *_marks(chart, scale), *lines, *_last(chart, scale))
    return picture(chart.wide, bottom + FOOT, label, *drawn, class_="curves")


def _ends(chart: Chart) -> tuple[float, float, list[float]]:
    """The scale: from nought, unless all of it is far from there; round at both ends where that is possible."""
    points = [point for curve in chart.curves for point in curve.points if point is not None]
    values = [point[0] for point in points]
    tops = [max(value for value in point if value is not None) for point in points]
    floors = [min(value for value in point if value is not None) for point in points]
    least, most = min(values, default=0.0), max(tops, default=1.0)
    low = min(floors, default=0.0) if least < 0 or least > 0.6 * most else 0.0
    most = most if most > low else low + 1
    ticks = round_ticks(low, most, 4)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else most - low
    if ticks[0] > low + 1e-12:
        ticks = [ticks[0] - step, *ticks]
    if ticks[-1] < most - 1e-12:
        ticks = [*ticks, ticks[-1] + step]
    if chart.ceiling is not None and most <= chart.ceiling < ticks[-1]:
        ticks = [*(tick for tick in ticks if tick < chart.ceiling), chart.ceiling]
    return ticks[0], ticks[-1], ticks


def _level(value: float, scale: _Scale, write: Callable[[float], str]) -> str:
    y = scale.y(value)
    kind = "zero" if abs(value) < 1e-12 else "grid"
    line = element("line", class_=kind, x1=LEFT, x2=scale.right, y1=y, y2=y)
    return line + words(write(value), LEFT - 10, y + 4, "tick", "end")


def _places(chart: Chart, scale: _Scale) -> list[str]:
    """The words of some places below, so many as there is room for."""
    drawn, free = [], 0.0
    for place, name in zip(chart.places, chart.names, strict=True):
        x, half = scale.x(place), len(name) * LETTER / 2
        if x - half >= free:
            drawn.append(words(name, x, scale.bottom + 20, "tick", "middle"))
            free = x + half + 12
    return drawn


def _runs(curve: Curve, places: Sequence[float]) -> list[list[tuple[float, Point]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[float, Point]]] = [[]]
    for place, point in zip(places, curve.points, strict=True):
        if point is None:
            runs.append([])
        else:
            runs[-1].append((place, point))
    return [run for run in runs if run]


def _span(curve: Curve, places: Sequence[float], scale: _Scale) -> str:
    """The interval around a curve."""
    parts = []
    for run in _runs(curve, places):
        known = [(place, point[1], point[2]) for place, point in run if point[1] is not None and point[2] is not None]
        if len(known) > 1:
            upper = [f"{scale.x(place):.1f} {scale.y(high):.1f}" for place, _, high in known]
            lower = [f"{scale.x(place):.1f} {scale.y(low):.1f}" for place, low, _ in reversed(known)]
            parts.append(f"M{'L'.join(upper)}L{'L'.join(lower)}Z")
    return element("path", class_=f"span k{curve.kind % KINDS}", d="".join(parts)) if parts else ""


def _line(curve: Curve, chart: Chart, scale: _Scale) -> str:
    runs = _runs(curve, chart.places)
    path = "".join(
        "M" + "L".join(f"{scale.x(place):.1f} {scale.y(point[0]):.1f}" for place, point in run) for run in runs
    )
    dots = [
        element(
            "circle",
            title(_said(curve, name, point, chart.write)),
            class_=f"knot k{curve.kind % KINDS}",
            cx=scale.x(place),
            cy=scale.y(point[0]),
            r=3.2 if len(chart.places) <= 30 else 1.6,
        )
        for place, point, name in zip(chart.places, curve.points, chart.names, strict=True)
        if point is not None
    ]
    return element("path", class_=f"curve k{curve.kind % KINDS}", d=path) + "".join(dots) if path else ""


def _said(curve: Curve, name: str, point: Point, write: Callable[[float], str]) -> str:
    value, low, high = point
    spread = f" ({write(low)} – {write(high)})" if low is not None and high is not None else ""
    return f"{curve.name}, {name}: {write(value)}{spread}"


class _End(NamedTuple):
    y: float
    x: float
    said: str
    kind: int


def _last(chart: Chart, scale: _Scale) -> list[str]:
    """The last value of each curve at its end; those that would lie on each other are moved apart."""
    ends = []
    for curve in chart.curves:
        known = [(place, point) for place, point in zip(chart.places, curve.points, strict=True) if point is not None]
        if known:
            place, point = known[-1]
            ends.append(_End(scale.y(point[0]) + 4, scale.x(place) + 9, chart.write(point[0]), curve.kind % KINDS))
    drawn, free = [], 0.0
    for end in sorted(ends):
        y = max(end.y, free)
        drawn.append(words(end.said, end.x, y, f"end k{end.kind}"))
        free = y + LINE - 1
    return drawn


def _lanes(chart: Chart) -> list[int]:
    """In which row above the curves each mark's word stands, so that none lies on another."""
    ends: list[float] = []
    lanes = []
    whole = (chart.places[-1] - chart.places[0]) or 1
    for mark in chart.marks:
        x = LEFT + (chart.wide - RIGHT - LEFT) * (mark.x - chart.places[0]) / whole
        wide = sum(12.5 if ord(letter) > 0x1100 else LETTER for letter in mark.word) + 16
        x = min(x, chart.wide - wide)
        lane = next((place for place, end in enumerate(ends) if end <= x), len(ends))
        ends[lane : lane + 1] = [x + wide]
        lanes.append(lane)
    return lanes


def _rows(chart: Chart) -> int:
    return max(_lanes(chart), default=0) + 1


def _marks(chart: Chart, scale: _Scale) -> list[str]:
    drawn = []
    for mark, lane in zip(chart.marks, _lanes(chart), strict=True):
        x, y = scale.x(mark.x), TOP + LINE * lane
        wide = sum(12.5 if ord(letter) > 0x1100 else LETTER for letter in mark.word)
        line = element("line", title(mark.sentence), class_="mark-line", x1=x, x2=x, y1=y + 4, y2=scale.bottom)
        drawn.append(line + words(mark.word, min(x + 5, chart.wide - wide - 4), y + 3, "mark-word"))
    return drawn
