"""A played scenario in the terminal: curves as rows of bars with their ends, figures, sweeps, and what they rest on.

Invariant: whole at 80 columns; an interval stands wherever a figure rests on a sample.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.cli.scenario.played_scenario import play_scenario, settings_of
from router.cli.scenario.scenario_show import rests_on
from router.config.files.atomic_write import replace_file
from router.page.number_words import percent
from router.page.scenario_pictures import answer, in_unit
from router.page.standalone.scenario_page import page

BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 26
_WORDS = {
    "en": ("from", "to", "compared", "the same days", "played", "Change it"),
    "ko": ("처음", "마지막", "비교", "같은 날들", "실행", "바꾸어 보기"),
}
Figure = Mapping[str, float | None] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to play: a scenario, its settings, the seed, what to put beside it, and the language."""

    name: str
    set: tuple[str, ...]
    seed: int
    compare: str | None
    language: str


def run(wanted: Wanted, folder: Path | None, html: Path | None, *, as_json: bool) -> None:
    """Play and show."""
    result = play_scenario(wanted.name, settings_of(wanted.set), wanted.seed, folder, quiet=as_json)
    other = play_scenario(wanted.compare, {}, wanted.seed, folder, quiet=as_json) if wanted.compare else None
    if html is not None:
        replace_file(html, page(result, wanted.language))
    if as_json:
        print_json({**result, "compared_with": other} if other else result)
        return
    console = output_console()
    show(console, result, wanted.language, other)
    if html is not None:
        console.print(f"[dim]{html}[/]\n")


def show(console: Console, result: Mapping[str, Any], language: str, other: Mapping[str, Any] | None = None) -> None:
    """The whole picture."""
    console.print(f"\n[bold]{result['title'][language]}[/]  ({result['row']}, {result['name']})\n")
    console.print(Padding(Text(result["story"][language]), (0, 2, 1, 2)))
    console.print(Padding(Text(answer(result, language), style="bold"), (0, 2, 1, 2)))
    console.print(_set_line(result, language))
    for picture in result["pictures"]:
        console.print()
        console.print(_picture(picture, result, language))
    for sweep in result["sweeps"]:
        console.print()
        console.print(_sweep(sweep, language))
    console.print()
    console.print(_tiles(result, other, language))
    _events(console, result, language)
    rests_on(console, result, language)


def _set_line(result: Mapping[str, Any], language: str) -> Padding:
    said = [f"{name}={value:g}" for name, value in result["set"].items()]
    line = f"{_WORDS[language][5]}: --set {' '.join(said)}  --seed {result['seed']}" if said else ""
    return Padding(Text(line, style="dim"), (0, 2))


def figure_words(figure: Figure, unit: str) -> str:
    """A figure with half of its interval, in its unit."""
    if figure is None or figure["value"] is None:
        return "—"
    value, low, high = (figure[name] for name in ("value", "low", "high"))
    said = in_unit(value or 0.0, unit)
    if low is None or high is None:
        return said
    half = (high - low) / 2
    return f"{said} ± {percent(half) if unit == 'share' else in_unit(half, unit)}"


def spark(values: Sequence[float | None], least: float, most: float) -> str:
    """A row of bars on a scale; a gap where nothing is known."""
    room = (most - least) or 1.0
    places = range(len(values)) if len(values) <= MOST_BARS else [
        round(place * (len(values) - 1) / (MOST_BARS - 1)) for place in range(MOST_BARS)
    ]  # fmt: skip
    drawn = []
    for place in places:
        value = values[place]
        step = 0 if value is None else round((len(BARS) - 1) * (value - least) / room)
        drawn.append(" " if value is None else BARS[max(0, min(len(BARS) - 1, step))])
    return "".join(drawn)


def scale_of(series: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of a picture's scale: from nought, unless all of it is far from there."""
    values = [each["value"] for row in series for each in row["values"] if each is not None]
    least, most = min(values, default=0.0), max(values, default=1.0)
    return (least if least < 0 or least > 0.6 * most else 0.0), most


def _picture(picture: Mapping[str, Any], result: Mapping[str, Any], language: str) -> ResponsiveTable:
    courses = {course["name"]: course["title"][language] for course in result["courses"]}
    series = picture["series"]
    first, last = _WORDS[language][:2]
    table = ResponsiveTable(
        Column(picture["title"][language], prose=True), Column(""), Column(first, right=True), Column(last, right=True)
    )
    titles = Counter(row["title"][language] for row in series)
    for row in series:
        alike = [each for each in series if each["unit"] == row["unit"]]
        least, most = scale_of(alike)
        name = row["title"][language]
        name = f"{name}, {courses[row['course']]}" if titles[name] > 1 else name
        values = row["values"]
        curve = spark([value and value["value"] for value in values], least, most)
        table.add_row(name, curve, figure_words(values[0], row["unit"]), figure_words(values[-1], row["unit"]))
    if picture["note"]:
        table.add_note(picture["note"][language])
    return table


def _sweep(sweep: Mapping[str, Any], language: str) -> ResponsiveTable:
    heads = (Column(f"{x:g}", right=True) for x in sweep["x"])
    table = ResponsiveTable(Column(f"{sweep['title'][language]} ({sweep['setting']})", prose=True), *heads)
    for row in sweep["series"]:
        figures = (in_unit(value["value"], row["unit"]) if value else "—" for value in row["values"])
        table.add_row(row["title"][language], *figures)
    return table


def _tiles(result: Mapping[str, Any], other: Mapping[str, Any] | None, language: str) -> ResponsiveTable:
    heads = [Column(""), Column(result["name"], right=True)]
    table = ResponsiveTable(*heads, *([Column(f"{other['name']} *", right=True)] if other else []))
    theirs = {tile["title"]["en"]: tile for tile in other["tiles"]} if other else {}
    for tile in result["tiles"]:
        cells = [tile["title"][language], figure_words(tile["figure"], tile["unit"])]
        if other:
            same = theirs.pop(tile["title"]["en"], None)
            cells.append(figure_words(same["figure"], same["unit"]) if same else "—")
        table.add_row(*cells)
    for tile in theirs.values():
        table.add_row(tile["title"][language], "—", figure_words(tile["figure"], tile["unit"]))
    return table


def _events(console: Console, result: Mapping[str, Any], language: str) -> None:
    days = [step["begins"] for step in result["steps"]]
    rows = [(mark["on"], mark["because"][language]) for mark in result["marks"]]
    first = result["courses"][0]["name"]
    for move in result["moves"]:
        if move["course"] == first:
            where = f" {move['task']}" if move["task"] else ""
            rows.append((days[move["step"] - 1], f"{move['ramp']}: {move['kind']}{where}, {percent(move['share'], 0)}"))
    if not rows:
        return
    table = ResponsiveTable(Column("on"), Column({"en": "what happened", "ko": "일어난 일"}[language], prose=True))
    for row in sorted(rows):
        table.add_row(*row)
    console.print()
    console.print(table)
