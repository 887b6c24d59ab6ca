"""A played scenario as plain data: pictures as series with intervals, sweeps, figures, and what all of it rests on.

Invariant: equal seeds and settings give equal results; every text stands there in both languages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from router.config.files.seed_data import Fact
from router.errors import ConfigError
from router.scenarios.expressions import amount
from router.scenarios.measures.all_measures import MEASURES
from router.scenarios.measures.detection import with_notice
from router.scenarios.measures.retention import with_users
from router.scenarios.playing import Play, happens, step_of
from router.scenarios.sample_intervals import Figure
from router.scenarios.scenario import Both, Course, Line, Scenario, Sweep, Tile
from router.scenarios.seen import Asked, Lived, Step

Said = dict[str, str]


def played(
    play: Play, settings: Mapping[str, float], facts: Sequence[Fact], advance: Callable[[], object] = int
) -> dict[str, Any]:
    """Live through every course, and work out every figure; raises ConfigError."""
    scenario = play.scenario
    lived = {course.name: _measured(play, course, settings, advance) for course in scenario.ways}
    sweeps = [_sweep(play, sweep, settings) for sweep in scenario.sweeps]
    first = next(iter(lived.values()))
    return {
        "object": "fungible.scenario",
        **about(scenario, facts),
        "seed": play.seed,
        "set": dict(settings),
        "steps": [{"number": step.number, "begins": step.begins.isoformat()} for step in first.steps],
        "marks": _marks(scenario, play.scenario.ways),
        "pictures": [
            {
                "title": _said(picture.title),
                "note": _said(picture.note) if picture.note else None,
                "series": [series for line in picture.lines for series in _series(line, lived)],
            }
            for picture in scenario.pictures
        ],
        "sweeps": sweeps,
        "tiles": [_tile(play, tile, lived) for tile in scenario.tiles],
        "moves": _moves(lived),
        "requests": sum(len(step.asked) for course in lived.values() for step in course.steps),
    }


def about(scenario: Scenario, facts: Sequence[Fact]) -> dict[str, Any]:
    """What a scenario is before it is played: its story, settings, assumptions and facts."""
    known = {fact.id: fact for fact in facts}
    return {
        "name": scenario.name,
        "row": scenario.row,
        "title": _said(scenario.title),
        "story": _said(scenario.story),
        "see": _said(scenario.see),
        "answer": _said(scenario.answer),
        "begins": scenario.begins,
        "step_days": scenario.step_days,
        "courses": [{"name": course.name, "title": _said(course.title)} for course in scenario.ways],
        "settings": {
            name: {
                "title": _said(setting.title),
                "value": setting.value,
                "least": setting.least,
                "most": setting.most,
                "step": setting.step,
                "unit": _said(setting.unit) if setting.unit else None,
                "status": setting.status,
                "source": setting.source,
            }
            for name, setting in scenario.settings.items()
        },
        "law": _said(scenario.population.law) if scenario.population else None,
        "assumed": [
            {"what": _said(each.what), "status": each.status, "source": each.source} for each in scenario.assumed
        ],
        "facts": [fact_row(known[name]) for name in scenario.facts if name in known],
    }


def _measured(play: Play, course: Course, settings: Mapping[str, float], advance: Callable[[], object]) -> Lived:
    lived, scenario = play.live(course, settings, advance), play.scenario
    steps = lived.steps
    if scenario.population is not None:
        steps = with_users(steps, scenario.population)
    if scenario.auditor is not None:
        steps = with_notice(steps, scenario.auditor)
    return Lived(course, steps)


def _series(line: Line, lived: Mapping[str, Lived]) -> list[dict[str, Any]]:
    measure = MEASURES[line.measure]
    return [
        {
            "course": name,
            "measure": line.measure,
            "of": line.of,
            "title": titled(line),
            "unit": measure.unit,
            "values": [_figure(worked(line, step)) for step in course.steps],
        }
        for name, course in lived.items()
        if not line.courses or name in line.courses
    ]


def titled(line: Line | Tile) -> Said:
    """What a line is called: its own title, or the measure's with what it is of."""
    if line.title is not None:
        return _said(line.title)
    title = MEASURES[line.measure].title
    return {language: title.said(language).replace("{of}", line.of).strip() for language in ("en", "ko")}


def _sweep(play: Play, sweep: Sweep, settings: Mapping[str, float]) -> dict[str, Any]:
    number = min(step_of(sweep.on, play.scenario), play.scenario.steps)
    course = play.scenario.ways[0]
    steps = [play.decide(course, {**settings, sweep.setting: value}, number) for value in sweep.values]
    return {
        "title": _said(sweep.title),
        "setting": sweep.setting,
        "on": steps[0].begins.isoformat(),
        "x": list(sweep.values),
        "series": [
            {
                "measure": line.measure,
                "of": line.of,
                "title": titled(line),
                "unit": MEASURES[line.measure].unit,
                "values": [_figure(worked(line, step)) for step in steps],
            }
            for line in sweep.lines
        ],
    }


def _tile(play: Play, tile: Tile, lived: Mapping[str, Lived]) -> dict[str, Any]:
    course = lived[tile.course] if tile.course else next(iter(lived.values()))
    measure = MEASURES[tile.measure]
    return {
        "title": _said(tile.title),
        "course": course.course.name,
        "measure": tile.measure,
        "of": tile.of,
        "at": tile.at,
        "unit": measure.unit,
        "figure": _figure(_at(tile, course.steps, play.scenario)),
    }


def _at(tile: Tile, steps: Sequence[Step], scenario: Scenario) -> Figure | None:
    if tile.day is not None:
        return worked(tile, steps[min(step_of(tile.day, scenario), len(steps)) - 1])
    if tile.at != "all":
        return worked(tile, steps[0 if tile.at == "first" else -1])
    if tile.measure in _POOLED:
        return worked(tile, pooled(steps))
    figures = [figure for step in steps if (figure := worked(tile, step)) is not None]
    return Figure(sum(figure.value for figure in figures) / len(figures)) if figures else None


def worked(line: Line | Tile, step: Step) -> Figure | None:
    """A measure of a step, and what its formula makes of it; raises ConfigError for one that has no value."""
    figure = MEASURES[line.measure].work(step, line.of)
    if figure is None or line.formula is None:
        return figure
    try:
        value, *ends = (None if of is None else amount(line.formula, {**step.names, "value": of}) for of in figure)
    except ValueError as error:
        raise ConfigError([f"the formula {line.formula!r}: {error}"]) from None
    low, high = sorted(end for end in ends if end is not None) if None not in ends else (None, None)
    return Figure(value or 0.0, low, high)


_POOLED = frozenset(
    {
        "served_by",
        "owner_share",
        "fungible_share",
        "quality_of",
        "predicted",
        "right",
        "saving_beside",
        "cost",
        "refused",
    }
)
"""Measures of requests alone: of all steps together they are those of all their requests."""


def pooled(steps: Sequence[Step]) -> Step:
    """All steps as one."""
    asked: tuple[Asked, ...] = tuple(asked for step in steps for asked in step.asked)
    return replace(steps[-1], asked=asked)


def _marks(scenario: Scenario, courses: Sequence[Course]) -> list[dict[str, Any]]:
    """The events that are named, where they happen; those that come again are marked once."""
    if not any(course.events for course in courses):
        return []
    return [
        {
            "step": next(
                (number for number in range(1, scenario.steps + 1) if happens(event, scenario, number)), scenario.steps
            ),
            "on": event.on,
            "mark": _said(event.mark),
            "because": _said(event.because),
            "fact": event.fact,
        }
        for event in scenario.events
        if event.mark is not None and date.fromisoformat(event.on) >= date.fromisoformat(scenario.begins)
    ]


def _moves(lived: Mapping[str, Lived]) -> list[dict[str, Any]]:
    return [
        {
            "course": name,
            "step": step.number,
            "ramp": move.ramp,
            "kind": move.kind,
            "task": move.task,
            "share": move.share,
        }
        for name, course in lived.items()
        for step in course.steps
        for move in step.moves
    ]


def _figure(figure: Figure | None) -> dict[str, float | None] | None:
    if figure is None:
        return None
    return {name: None if value is None else round(value, 6) for name, value in figure._asdict().items()}


def fact_row(fact: Fact) -> dict[str, Any]:
    """A fact as plain data."""
    return {
        "id": fact.id,
        "statement": {"en": fact.statement, "ko": fact.statement_ko},
        "status": fact.status,
        "title": fact.title,
        "date": fact.date,
        "source": list(fact.source),
        "corrected_by": fact.corrected_by,
    }


def _said(text: Both) -> Said:
    return {"en": text.en, "ko": text.ko}
