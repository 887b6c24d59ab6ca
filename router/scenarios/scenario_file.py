"""Scenario files: found, read, checked for their shape, and for whatever they name.

Invariant: a scenario that is taken can be played at its own settings; everything wrong with it is said at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from router.config.files.seed_data import Case, Fact, load_facts, load_workload
from router.config.files.yaml_source import Path_, Source, read
from router.config.load import SEEDS
from router.config.schema import check
from router.errors import ConfigError, Problem
from router.scenarios.measures.all_measures import MEASURES
from router.scenarios.scenario import Line, Scenario, Setting, Tile
from router.suggest import nearest

FOLDER = SEEDS / "scenarios"
RESERVED = ("step", "month", "value", "quality", "rival", "users")
OWN = ("requests",)
"""What `--set` sets in every scenario: the requests of a step."""


def names() -> tuple[str, ...]:
    """The shipped scenarios, in the order of the articles' rows."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.yaml")), key=_row))


def _row(name: str) -> tuple[int, str]:
    head = next(
        line for line in (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines() if line[:4] == "row:"
    )
    digits = "".join(letter for letter in head.split(",")[0] if letter.isdigit())
    return int(digits or 0), name


def place_of(name: str) -> Path:
    """The file of a scenario: a shipped one's by its name, or a file's own path; raises ConfigError."""
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    if name not in names():
        raise ConfigError(
            [f"No scenario is called {name!r}.{nearest(name, names())} A file of your own ends in .yaml."]
        )
    return FOLDER / f"{name}.yaml"


def load_scenario(name: str, facts: Sequence[Fact] | None = None) -> Scenario:
    """A scenario by its name or its file; raises ConfigError with all that is wrong with it."""
    source = read(place_of(name))
    scenario = check(source, Scenario)
    problems = list(faults(scenario, source, load_facts() if facts is None else facts))
    if problems:
        raise ConfigError(problems)
    return scenario


def faults(scenario: Scenario, source: Source, facts: Sequence[Fact]) -> Iterator[Problem]:
    """What is wrong with what a scenario names."""
    known = {fact.id for fact in facts}
    yield from _unknown(scenario.facts, known, source, ("facts",), "fact")
    for name, setting in scenario.settings.items():
        yield from _setting(name, setting, source)
    for place, event in enumerate(scenario.events):
        path: Path_ = ("events", place)
        if event.fact is not None:
            yield from _unknown((event.fact,), known, source, (*path, "fact"), "fact")
        for word in ("on", "until"):
            yield from _day(getattr(event, word), scenario, source, (*path, word))
        if not any((event.change, event.ability, event.price, event.fails, event.returns, event.skill)) and not any(
            (event.order, event.traffic, event.mark)
        ):
            yield Problem(source.at(path), f"the event of {event.on} changes nothing", code="wrong-value")
    for place, course in enumerate(scenario.courses):
        yield from _unknown(course.set, set(scenario.settings), source, ("courses", place, "set"), "setting")
    yield from _lines(scenario, source)


def _setting(name: str, setting: Setting, source: Source) -> Iterator[Problem]:
    path: Path_ = ("settings", name)
    if name in (*RESERVED, *OWN) or not name.isidentifier():
        sentence = f"a setting cannot be called {name!r}: it is no word of letters, digits and _, or has a meaning here"
        yield Problem(source.at(path), sentence, code="taken-name")
    if not setting.least <= setting.value <= setting.most:
        sentence = f"{name} is {setting.value:g}, which is not within {setting.least:g} and {setting.most:g}"
        yield Problem(source.at((*path, "value")), sentence, code="wrong-value")


def _day(day: str | None, scenario: Scenario, source: Source, path: Path_) -> Iterator[Problem]:
    if day is None:
        return
    begins = date.fromisoformat(scenario.begins)
    last = begins + timedelta(days=scenario.steps * scenario.step_days)
    if not begins <= date.fromisoformat(day) < last:
        sentence = f"{day} is not within the scenario's days, {begins} to {last - timedelta(days=1)}"
        yield Problem(source.at(path), sentence, code="wrong-value")


def _unknown(
    said: Sequence[str] | Mapping[str, object], known: set[str], source: Source, path: Path_, kind: str
) -> Iterator[Problem]:
    for place, name in enumerate(said):
        if name not in known:
            step = name if isinstance(said, Mapping) else place
            at = source.at((*path, step))
            yield Problem(at, f"no {kind} is called {name!r}", nearest(name, sorted(known))[:200], "unknown-name")


def _lines(scenario: Scenario, source: Source) -> Iterator[Problem]:
    """The measures of pictures, sweeps and tiles."""
    courses = {course.name for course in scenario.ways}
    for place, picture in enumerate(scenario.pictures):
        for line_place, line in enumerate(picture.lines):
            path: Path_ = ("pictures", place, "lines", line_place)
            yield from _measure(line, scenario, source, path)
            yield from _unknown(line.courses, courses, source, (*path, "courses"), "course")
    for place, sweep in enumerate(scenario.sweeps):
        yield from _unknown((sweep.setting,), set(scenario.settings), source, ("sweeps", place, "setting"), "setting")
        for line_place, line in enumerate(sweep.lines):
            path = ("sweeps", place, "lines", line_place)
            yield from _measure(line, scenario, source, path)
            if (measure := MEASURES.get(line.measure)) and not measure.decided:
                sentence = f"{line.measure} needs answers, and a sweep only decides"
                yield Problem(source.at(path), sentence, code="wrong-value")
    for place, tile in enumerate(scenario.tiles):
        yield from _measure(tile, scenario, source, ("tiles", place))
        if tile.course:
            yield from _unknown((tile.course,), courses, source, ("tiles", place, "course"), "course")


def _measure(line: Line | Tile, scenario: Scenario, source: Source, path: Path_) -> Iterator[Problem]:
    yield from _unknown((line.measure,), set(MEASURES), source, (*path, "measure"), "measure")
    measure = MEASURES.get(line.measure)
    if measure is not None and bool(line.of) > bool(measure.of):
        yield Problem(source.at((*path, "of")), f"{line.measure} is of nothing in particular", code="wrong-value")
    needs = {"users": "population", "subscription_margin": "population", "noticed": "auditor"}.get(line.measure)
    if needs and getattr(scenario, needs) is None:
        yield Problem(source.at(path), f"{line.measure} needs the key {needs!r}", code="missing-key")


def chosen_settings(scenario: Scenario, given: Mapping[str, float]) -> dict[str, float]:
    """The settings with those that somebody gives; raises ConfigError for one that is not there, or beyond its ends."""
    problems = []
    for name, value in given.items():
        setting = scenario.settings.get(name)
        if name in OWN:
            if not 1 <= value <= 5_000 or value != int(value):
                problems.append(f"requests is a whole number from 1 to 5000, not {value:g}")
        elif setting is None:
            problems.append(f"{scenario.name} has no setting {name!r}.{nearest(name, [*scenario.settings, *OWN])}")
        elif not setting.least <= value <= setting.most:
            problems.append(f"{name} is from {setting.least:g} to {setting.most:g}, not {value:g}")
    if problems:
        raise ConfigError(problems)
    own = {name: value for name, value in given.items() if name in scenario.settings}
    return {**{name: setting.value for name, setting in scenario.settings.items()}, **own}


def cases_of(scenario: Scenario, source: Path | None = None) -> tuple[Case, ...]:
    """The cases of a scenario's traffic: the shipped workload, or a file beside the scenario's own."""
    said = scenario.traffic.cases
    if said == "workload":
        return load_workload()
    return load_workload((source.parent if source else Path()) / said)
