"""What makes a benchmark fail in CI: a figure that is shown to lie below a limit, or to have fallen since a run before.

Invariant: it fails by an interval and never by two numbers; the differences from before are one family (max-T), paired
where both runs drew the same resamples of the same data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from router.bench.routing.compare_readers import Report
from router.bench.routing.comparison.simultaneous import Corrected, Drawn, together
from router.bench.routing.measures import Array, Interval
from router.config.files.text_file import read_text
from router.errors import BadRequest, ConfigError

MEASURES = ("apgr", "aiq", "saved", "arena")
WIDTH = 2 * 1.959964
Key = tuple[str, str, str, str]
"""Table, contender, regime, measure."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure of a contender (by default the one in question) that is to lie no lower."""

    measure: str
    least: float
    contender: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its interval, and its value in each resample where that is known."""

    interval: Interval
    draws: Array | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run before: its figures, and by table the hash of its data with the resamples' seed and number."""

    figures: Mapping[Key, Figure]
    resamples: Mapping[str, str]


def parse_limits(words: Sequence[str]) -> tuple[Limit, ...]:
    """`apgr=0.60`, or `CONTENDER:apgr=0.60`; raises BadRequest."""
    return tuple(_limit(word) for word in words)


def _limit(word: str) -> Limit:
    name, _, number = word.rpartition("=")
    contender, _, measure = name.rpartition(":")
    try:
        least = float(number)
    except ValueError:
        least = float("nan")
    if measure not in MEASURES or not np.isfinite(least):
        raise BadRequest(f"--fail-below {word!r} is not MEASURE=NUMBER, with a measure of {', '.join(MEASURES)}.")
    return Limit(measure, least, contender or None)


def figures_of_report(report: Report) -> dict[Key, Figure]:
    """Every figure that a limit or a later run may ask for."""
    figures: dict[Key, Figure] = {}
    for pair in report.pairs:
        if pair.reader != "random":
            figures[report.table, pair.reader, pair.regime, "apgr"] = Figure(pair.apgr, pair.draws)
    for router in report.routers:
        own = (("aiq", router.aiq, 0), ("saved", router.saved_at_95, 1), ("arena", router.arena, 4))
        for name, interval, column in own:
            figures[report.table, router.name, router.regime, name] = Figure(interval, router.draws.figures[:, column])
    return figures


def below(reports: Sequence[Report], limits: Sequence[Limit]) -> tuple[list[str], list[str]]:
    """Sentences on the figures that are shown to lie below a limit, and on those that lie below but are not shown to.

    Raises BadRequest for a limit on what was not measured.
    """
    failed, doubtful = [], []
    for limit in limits:
        rows = [(key, figure) for report in reports for key, figure in _asked(report, limit)]
        if not rows:
            raise BadRequest(f"--fail-below {limit.measure}: it was not measured of {limit.contender or 'anything'}.")
        for (table, contender, _, measure), figure in rows:
            shown = figure.interval
            said = f"{table}: {measure} of {contender} is {shown.value:.3f} [{shown.low:.3f}, {shown.high:.3f}]"
            if shown.high < limit.least:
                failed.append(f"{said}, below {limit.least:g}")
            elif shown.value < limit.least:
                doubtful.append(f"{said}, below {limit.least:g}, but its interval is not")
    return failed, doubtful


def _asked(report: Report, limit: Limit) -> list[tuple[Key, Figure]]:
    figures = figures_of_report(report)
    named = [key for key in figures if key[3] == limit.measure and limit.contender in (None, key[1])]
    if limit.contender is None:
        subject = _subject(report, named)
        named = [key for key in named if key[1] == subject]
    # Out of domain is another question than the one that a gate asks.
    return [(key, figures[key]) for key in named if key[2] != "out-of-domain"]


def _subject(report: Report, named: Sequence[Key]) -> str | None:
    """Whom a limit without a name is about: the first that is compared, else a fit, else a fitted reader."""
    if report.compared:
        return report.compared.standings[0].name
    names = [key[1] for key in named if key[2] not in ("none", "knows all")]
    return "fit" if "fit" in names else next((name for name in names if name != "shipped"), next(iter(names), None))


def fallen(reports: Sequence[Report], earlier: Earlier, resamples: Mapping[str, str]) -> list[tuple[Key, Corrected]]:
    """Each figure's difference from the run before, with intervals that hold for all of them together."""
    drawn: list[tuple[Key, Drawn]] = []
    for report in reports:
        for key, figure in figures_of_report(report).items():
            if (old := earlier.figures.get(key)) is not None and np.isfinite(figure.interval.value):
                same = resamples.get(report.table) == earlier.resamples.get(report.table, "")
                drawn.append((key, _difference(figure, old, same=same)))
    return list(zip([key for key, _ in drawn], together([each for _, each in drawn]), strict=True))


def _difference(new: Figure, old: Figure, *, same: bool) -> Drawn:
    now = _draws(new, None)
    then = _draws(old, len(now))
    if not same or old.draws is None:
        # Two samples that have nothing to do with each other: pairing them at random keeps them so.
        then = np.random.default_rng(1).permutation(then)
    return Drawn(new.interval.value - old.interval.value, now - then)


def _draws(figure: Figure, many: int | None) -> Array:
    """The values in each resample; where they are not known, as spread as the interval says."""
    if figure.draws is not None and (many is None or len(figure.draws) == many):
        return figure.draws
    spread = (figure.interval.high - figure.interval.low) / WIDTH
    drawn: Array = np.random.default_rng(2).normal(figure.interval.value, max(spread, 0.0), many or 300)
    return drawn


def read_earlier(path: Path) -> Earlier:
    """What `--json` or `--manifest` wrote; raises ConfigError."""
    try:
        plain = orjson.loads(read_text(path))
        reports = plain["figures"] if isinstance(plain, dict) else plain
        draws = plain.get("draws", {}) if isinstance(plain, dict) else {}
        resamples = plain.get("resamples", {}) if isinstance(plain, dict) else {}
        figures = {key: figure for report in reports for key, figure in _figures(report, draws)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            [f"{path}: is nothing that `bench routing` wrote with --json or --manifest ({error})"]
        ) from None
    return Earlier(figures, resamples)


def _figures(report: dict[str, Any], draws: Mapping[str, Any]) -> list[tuple[Key, Figure]]:
    places = {"aiq": "aiq", "saved": "saved_at_95", "arena": "arena"}
    rows = [(pair["reader"], pair["regime"], "apgr", pair["apgr"]) for pair in report["pairs"]]
    rows += [
        (router["name"], router["regime"], measure, router[place])
        for router in report["routers"]
        for measure, place in places.items()
    ]
    known = []
    for name, regime, measure, interval in rows:
        if None in interval.values():
            continue
        kept = draws.get("\t".join((report["table"], name, regime, measure)))
        known.append(
            (
                (report["table"], name, regime, measure),
                Figure(Interval(**interval), None if kept is None else np.array(kept, np.float64)),
            )
        )
    return known


def kept_draws(reports: Sequence[Report]) -> dict[str, list[float]]:
    """The values in each resample as a manifest keeps them; what is not finite in some is left out."""
    every = {key: figure.draws for report in reports for key, figure in figures_of_report(report).items()}
    return {
        "\t".join(key): np.round(draws, 6).tolist()
        for key, draws in every.items()
        if draws is not None and np.isfinite(draws).all()
    }


def resamples_of(reports: Sequence[Report], rounds: int, seed: int) -> dict[str, str]:
    """What two runs must share for their resamples to be the same: data, number of groups, rounds and seed."""
    return {
        report.table: f"{report.digest} {report.prompts} {report.groups} {rounds} {seed} {len(report.rows)}"
        for report in reports
    }
