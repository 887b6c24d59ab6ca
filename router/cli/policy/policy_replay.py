"""`fungible policy replay`: what a change of policy would have done to the requests of a log."""

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from router import tokens
from router.api.assembly import reader_of
from router.cli.policy.replay_comment import comment
from router.cli.policy.replay_parquet import Machines, names_parquet, replay_parquet
from router.cli.policy.replay_scales import scales_warning, wordless
from router.cli.policy.replay_tables import show
from router.cli.policy_versions import Version, find_version
from router.cli.responsive_table import output_console
from router.config.files.prompt_log import load_prompts
from router.config.files.seed_data import load_workload
from router.decision.features import read
from router.decision.resolve import resolve
from router.errors import BadRequest, NotFound
from router.ledger.location import Place
from router.policy.forecast.two_readers import for_second_reader, read_by_both
from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.report.html_page import page
from router.policy.replay.report.number_format import points, share, within
from router.policy.replay.request_columns import Logged, Requests, gathered, unpack
from router.policy.replay.result import Replay
from router.types import ChatRequest, Config, Reader, Situation

NONE_LOGGED = (
    "No requests are logged yet in {}: serve some with `fungible serve`, or replay the shipped workload with "
    "`--log workload`."
)


HERE = Machines()


@dataclass(frozen=True, slots=True)
class Readers:
    """A fitted reader's folder, and another's for the second version; None for the shipped one, or the same."""

    first: Path | None = None
    second: Path | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What a change may cost: predicted quality as a share of 1, cost as a share of what it was; None for any.

    `max_refused` is how many requests may be refused that were answered before.
    """

    max_quality_drop: float | None = None
    max_cost_rise: float | None = None
    max_refused: int | None = None

    def broken(self, replayed: Replay) -> list[str]:
        """A sentence for each limit that is passed, judged by the estimate itself; its interval is told."""
        quality, cost = replayed.total.quality, replayed.total.cost
        sentences = []
        if self.max_quality_drop is not None and -quality.value > self.max_quality_drop:
            sentences.append(
                f"predicted quality changes by {points(quality.value)} points (95 %: {within(quality, points)}), "
                f"and may fall by {100 * self.max_quality_drop:g}"
            )
        if self.max_cost_rise is not None and cost.value > self.max_cost_rise:
            sentences.append(
                f"cost changes by {share(cost.value)} (95 %: {within(cost, share)}), "
                f"and may rise by {100 * self.max_cost_rise:g} %"
            )
        newly = replayed.refusals.newly
        if self.max_refused is not None and newly > self.max_refused:
            sentences.append(f"{newly:,} requests that were answered are refused, and {self.max_refused:,} may be")
        return sentences


def run(
    before: str,
    after: str,
    log: str,
    folder: Path | None,
    place: Place,
    readers: Readers | None,
    html: Path | None,
    gate: Gate,
    *,
    as_json: bool,
    markdown: Path | None = None,
    machines: Machines = HERE,
) -> None:
    """Replay, show, and judge."""
    sides = find_version(before, folder, place), find_version(after, folder, place)
    readers = readers or Readers()
    if names_parquet(log):
        replayed = _streamed(log, sides, readers, machines, as_json=as_json)
    elif machines.many:
        raise BadRequest("--ray is for logs in Parquet: write one with `fungible ledger export --parquet DIR`.")
    else:
        replayed = _at_once(log, place, sides, readers, as_json=as_json)
    _show(replayed, log, gate, html, markdown, as_json=as_json)


def _streamed(
    log: str, sides: tuple[Version, Version], readers: Readers, machines: Machines, *, as_json: bool
) -> Replay:
    versions = Versions(sides[0].config, sides[1].config, sides[0].policy, sides[1].policy)
    names = sides[0].name, sides[1].name
    replayed, careful = replay_parquet(log, versions, names, machines, quiet=as_json)
    console = Console(stderr=True)
    for warning in (wordless(readers.first or readers.second, "ledger"), careful):
        if warning:
            _warn(console, warning)
    return replayed


def _at_once(log: str, place: Place, sides: tuple[Version, Version], readers: Readers, *, as_json: bool) -> Replay:
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        reading = progress.add_task("reading the log", total=None)
        requests, to, warnings = _prepared(log, place, sides, readers)
        progress.remove_task(reading)
        for warning in warnings:
            _warn(progress.console, warning)
        deciding = progress.add_task("deciding under both", total=len(requests))
        versions = Versions(sides[0].config, to, sides[0].policy, sides[1].policy)
        names = sides[0].name, sides[1].name
        return replay(requests, versions, names, lambda count: progress.advance(deciding, count))


def _warn(console: Console, warning: str) -> None:
    console.print(f"[bold red]careful[/] {warning}", highlight=False, soft_wrap=True)


def _show(replayed: Replay, log: str, gate: Gate, html: Path | None, markdown: Path | None, *, as_json: bool) -> None:
    broken = gate.broken(replayed)
    if html is not None:
        html.write_text(page(replayed), encoding="utf-8")
    if markdown is not None:
        markdown.write_text(comment(replayed, broken), encoding="utf-8")
    if as_json:
        plain = {**replayed.plain(), "log": log, "limits_passed": broken}
        sys.stdout.buffer.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        show(replayed, output_console(), str(html) if html else "")
    for sentence in broken:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]past a limit[/] {sentence}")
    if broken:
        raise typer.Exit(1)


def _prepared(
    log: str, place: Place, sides: tuple[Version, Version], readers: Readers
) -> tuple[Requests, Config, list[str]]:
    """The requests, the second version as it looks at them, and what to be careful of."""
    if readers.second is not None and log != "ledger":
        return _read_twice(log, sides, readers.first, readers.second)
    requests, config = _requests(log, place, sides, readers.first), sides[1].config
    warnings = wordless(readers.first or readers.second, log), scales_warning(requests, config, log)
    return requests, config, [warning for warning in warnings if warning]


def _read_twice(
    log: str, sides: tuple[Version, Version], reader: Path | None, other: Path
) -> tuple[Requests, Config, list[str]]:
    """The same of prompts that both readers read."""
    path = None if log == "workload" else Path(log)
    first, second = (list(_prompts(path, sides, reader_of(folder))) for folder in (reader, other))
    traits = max((len(features.traits) for _, features, _, _ in first), default=0)
    read = zip((first, second), sides, strict=True)
    warnings = [scales_warning(gathered(rows), side.config, log) for rows, side in read]
    config = for_second_reader(sides[1].config, traits)
    return gathered(read_by_both(first, second, traits)), config, [warning for warning in warnings if warning]


def _requests(log: str, place: Place, sides: tuple[Version, Version], reader: Path | None) -> Requests:
    if log == "ledger":
        return _logged(place)
    if log == "workload":
        return gathered(_prompts(None, sides, reader_of(reader)))
    if not Path(log).is_file():
        raise NotFound(f"{log!r} is no log: give `ledger`, `workload`, a JSONL file of prompts, or a log in Parquet.")
    return gathered(_prompts(Path(log), sides, reader_of(reader)))


def _logged(place: Place) -> Requests:
    if not place.has_ledger():
        raise NotFound(NONE_LOGGED.format(place))
    with closing(place.ledger()) as ledger:
        rows, words = ledger.requests()
    if not rows:
        raise NotFound(NONE_LOGGED.format(place))
    return unpack(rows, words)


def _prompts(path: Path | None, sides: tuple[Version, Version], reader: Reader) -> Iterator[Logged]:
    """Each prompt as a request of today for the default policy; it is a conversation of its own."""
    situation = Situation(datetime.now(UTC).date())
    contexts = [model.context for side in sides for model in side.config.models]
    # Of a name that both have, what the later version means by it.
    phrases = {**sides[0].config.phrases, **sides[1].config.phrases}
    for case in load_prompts(path) if path else load_workload():
        features = read(ChatRequest("auto", case.messages), reader, tokens.count, contexts, phrases)
        yield case.id, features, resolve("auto", sides[0].config, unit=case.id), situation
