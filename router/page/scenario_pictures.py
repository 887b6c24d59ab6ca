"""A played scenario in one language: its pictures drawn, its tables, its sentences.

Invariant: nothing is worked out here; figures are those of the result, drawn in one place for the page and for files.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from markupsafe import Markup

from router.page.drawing.curves import Chart, Curve, Mark, Point, curves
from router.page.number_words import NOTHING, count, dollars, percent

SMALL = 370
Result = Mapping[str, Any]
_CEILINGS = {"share": 1.0}


class Row(NamedTuple):
    """A curve in a legend and in the table: its kind of line, its name, its values in words."""

    kind: int
    name: str
    values: Sequence[str]


class Drawn(NamedTuple):
    """A picture: title, note, drawings (one for each unit), legend, and the heads of its table."""

    title: str
    note: str
    drawings: Sequence[Markup]
    rows: Sequence[Row]
    heads: Sequence[str]


def in_unit(value: float | None, unit: str) -> str:
    """A value in its unit."""
    if value is None:
        return NOTHING
    if unit == "share":
        return percent(value)
    return dollars(value) if unit == "usd" else count(value) if unit == "count" else f"{value:.2f}"


def spread(figure: Mapping[str, float | None] | None, unit: str) -> str:
    """The interval of a figure in words; empty where it has none."""
    if figure is None or figure["low"] is None or figure["high"] is None:
        return ""
    return f"{in_unit(figure['low'], unit)} – {in_unit(figure['high'], unit)}"


def answer(result: Result, language: str) -> str:
    """The sentence that answers the scenario's question, with the figures of its tiles."""
    figures = [
        in_unit(tile["figure"]["value"], tile["unit"]) if tile["figure"] else NOTHING for tile in result["tiles"]
    ]
    said: str = result["answer"][language]
    for place, figure in enumerate(figures, 1):
        said = said.replace(f"{{{place}}}", figure)
    return said


def drawn_pictures(result: Result, language: str) -> list[Drawn]:
    """The pictures over the days."""
    days = [step["begins"] for step in result["steps"]]
    names = [_day(day, result["step_days"]) for day in days]
    places = [float(number) for number in range(len(days))]
    marks = [
        Mark(mark["step"] - 1.0, mark["mark"][language], f"{mark['on']}: {mark['because'][language]}")
        for mark in result["marks"]
    ]
    courses = {course["name"]: course["title"][language] for course in result["courses"]}
    drawn = []
    for picture in result["pictures"]:
        lines = len({(row["measure"], row["of"]) for row in picture["series"]}) > 1
        titles = Counter(row["title"][language] for row in picture["series"])

        def named(row: Mapping[str, Any], *, lines: bool = lines, titles: Counter[str] = titles) -> str:
            title: str = row["title"][language]
            several = titles[title] > 1
            said = [title] if lines or not several else []
            return ", ".join([*said, courses[row["course"]]] if several else said)

        drawn.append(_picture(picture, language, named, Places(places, names, marks, 1080, 260)))
    return drawn


def drawn_sweeps(result: Result, language: str) -> list[Drawn]:
    """The pictures over a setting."""
    drawn = []
    for sweep in result["sweeps"]:
        places = Places(sweep["x"], [f"{x:g}" for x in sweep["x"]], (), SMALL, 210)
        setting = result["settings"][sweep["setting"]]
        unit = f" ({setting['unit'][language]})" if setting["unit"] else ""
        note = f"{setting['title'][language]}{unit} · {sweep['on']}"
        drawn.append(
            _picture({**sweep, "note": {language: note}}, language, lambda row: str(row["title"][language]), places)
        )
    return drawn


class Places(NamedTuple):
    """Where points stand, with what words, marks, and how large the drawing is."""

    places: Sequence[float]
    names: Sequence[str]
    marks: Sequence[Mark]
    wide: int
    tall: int


def _picture(picture: Mapping[str, Any], language: str, named: Callable[[Mapping[str, Any]], str], at: Places) -> Drawn:
    title, series = picture["title"][language], list(enumerate(picture["series"]))
    drawings = []
    for unit in dict.fromkeys(row["unit"] for _, row in series):
        of_unit = [
            Curve(named(row), [_point(value) for value in row["values"]], kind)
            for kind, row in series
            if row["unit"] == unit
        ]
        if not any(point for curve in of_unit for point in curve.points):
            continue
        chart = Chart(at.places, at.names, of_unit, at.marks, _writer(unit), _CEILINGS.get(unit), at.wide, at.tall)
        label = f"{title}: {', '.join(curve.name for curve in of_unit)}"
        drawings.append(curves(chart, label))
    rows = [Row(kind, named(row), [_words(value, row["unit"]) for value in row["values"]]) for kind, row in series]
    note = picture["note"][language] if picture["note"] else ""
    return Drawn(title, note, drawings, rows, at.names)


def _writer(unit: str) -> Callable[[float], str]:
    def write(value: float) -> str:
        if unit == "share":
            return f"{round(100 * value, 1):g} %"
        return in_unit(value, unit)

    return write


def _words(figure: Mapping[str, float | None] | None, unit: str) -> str:
    if figure is None:
        return NOTHING
    ends = spread(figure, unit)
    return f"{in_unit(figure['value'], unit)} ({ends})" if ends else in_unit(figure["value"], unit)


def _point(figure: Mapping[str, float | None] | None) -> Point | None:
    if figure is None or figure["value"] is None:
        return None
    return figure["value"], figure["low"], figure["high"]


def _day(day: str, step_days: float) -> str:
    """A step's name below the curves; what is live has a clock instead of days."""
    return f"{date.fromisoformat(day):%Y-%m}" if step_days >= 27 else day
