"""`fungible bench routing` in the terminal."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from router.api.assembly import shipped_reader
from router.audit.endpoint_client import key_from
from router.bench.routing.compare_readers import READERS, Bench, Report
from router.bench.routing.contenders.endpoint_choices import EndpointChoices
from router.bench.routing.contenders.wanted import Wanted, parse_wanted
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.prices import read_prices
from router.bench.routing.readers.given_reader import Given, given
from router.bench.routing.records.decision_rows import write_decisions
from router.bench.routing.records.manifest import changes, figures_of, read_manifest, write_manifest
from router.bench.routing.records.sheets import Sheet, sheets
from router.bench.routing.records.table_formats import FORMATS, formatted
from router.bench.routing.tables.declared import Declared
from router.cli.bench.gate_sentences import FAILED, judge
from router.cli.bench.progress_left import progress_left, reading_rows, steps_of
from router.cli.fit import tell_notes
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.config import load
from router.errors import BadRequest
from router.suggest import nearest
from router.types import Config

BY_DEFAULT = ("balanced", "cost")
SHOWN_CHANGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked `fungible bench routing` for, as far as the figures depend on it."""

    data: list[str]
    columns: dict[str, Any]
    readers: list[str]
    strong: str | None
    weak: str | None
    prices: str | None
    config: str | None
    policies: list[str]
    fitted: str | None
    rounds: int
    most_training: int | None
    most_prompts: int
    compare: list[str]
    by: list[str]
    key_env: str | None
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to become of the figures."""

    manifest: Path | None
    decisions: Path | None
    plot: Path | None
    table: str | None
    fail_below: list[str] | None
    baseline: Path | None


def run(asked: Asked, wishes: Wishes, *, as_json: bool) -> None:
    """Measure and show; exit code 1 where a repeated run differs, 4 where a gate is not passed."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if wishes.table and wishes.table not in FORMATS:
        raise BadRequest(f"--table {wishes.table!r} is none of {', '.join(FORMATS)}.")
    before = None
    if not asked.data:
        if wishes.manifest is None:
            raise BadRequest("Give one table of outcomes or more, or the --manifest of a run that is to be repeated.")
        repeated = read_manifest(wishes.manifest)
        before, asked = repeated.figures, Asked(**{key: repeated.options[key] for key in _OPTIONS})
    tables, reports = _measured(asked, errors, as_json=as_json)
    if wishes.manifest and before is None:
        write_manifest(wishes.manifest, asdict(asked), reports)
    _keep(tables, reports, wishes)
    _show(reports, wishes, as_json=as_json)
    if before is not None and _repeated(before, reports, errors):
        sys.exit(1)
    if judge(reports, wishes.fail_below or [], wishes.baseline, (asked.rounds, asked.seed), errors):
        sys.exit(FAILED)


def _keep(tables: Sequence[Outcomes], reports: Sequence[Report], wishes: Wishes) -> None:
    if wishes.decisions:
        write_decisions(tables, reports, wishes.decisions)
    if wishes.plot:
        from router.bench.routing.frontier_plot import draw

        draw(reports, wishes.plot)


def asked_of(said: Mapping[str, Any], columns: Declared) -> Asked:
    """What the options ask for; lists that were not given are empty."""
    several = {"readers": "reader", "policies": "policy", "compare": "compare", "by": "by"}
    texts = ("prices", "config", "fitted")
    alone = ("strong", "weak", "rounds", "most_training", "most_prompts", "key_env", "seed")
    options: dict[str, Any] = {name: said[name] for name in alone}
    options |= {name: said[option] or [] for name, option in several.items()}
    options |= {name: None if said[name] is None else str(said[name]) for name in texts}
    return Asked(data=[str(path) for path in said["data"] or []], columns=asdict(columns), **options)


def wishes_of(said: Mapping[str, Any]) -> Wishes:
    """What the options want to become of it."""
    return Wishes(**{item.name: said[item.name] for item in fields(Wishes)})


_OPTIONS = tuple(item.name for item in fields(Asked))


def _measured(asked: Asked, errors: Console, *, as_json: bool) -> tuple[list[Outcomes], list[Report]]:
    wanted = parse_wanted(asked.compare)
    bench = _bench(asked, wanted)
    kept = [each.name for each in wanted if each.kind == "column"] + asked.by
    declared = replace(_declared(asked.columns), kept=tuple(dict.fromkeys(kept)))
    with reading_rows(errors, asked.data, hidden=as_json) as took:
        tables = [read_outcomes(Path(path), declared, asked.most_prompts, asked.seed, took) for path in asked.data]
    with progress_left(errors, steps_of(bench, tables), hidden=as_json) as advance:
        reports = bench.run(tables, advance)
    for table in tables:
        tell_notes(errors, table)
    return tables, reports


def _declared(said: dict[str, Any]) -> Declared:
    """The columns, from a manifest too, whose tuples are lists."""
    options: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Declared(**options)


def _bench(asked: Asked, wanted: Sequence[Wanted]) -> Bench:
    """What is to be run; raises BadRequest and ConfigError."""
    if wrong := [name for name in asked.readers if name not in READERS]:
        raise BadRequest(f"--reader {wrong[0]!r} is none of {', '.join(READERS)}.")
    if wanted and (asked.readers or asked.policies):
        raise BadRequest("--compare names everything that is compared: --reader and --policy do not go with it.")
    config = load(Path(asked.config) if asked.config else None)
    policies = _policies(asked, wanted, config)
    shipped = shipped_reader()
    readers: Sequence[str] = asked.readers or READERS
    return Bench(
        reader=shipped,
        readers=[each.kind for each in wanted if each.kind in READERS] if wanted else readers,
        strong=asked.strong,
        weak=asked.weak,
        prices=read_prices(Path(asked.prices)) if asked.prices else None,
        rounds=asked.rounds,
        config=config,
        policies=policies,
        most_training=asked.most_training,
        given=given(Path(asked.fitted), shipped) if asked.fitted else None,
        must_decide=bool(asked.policies) or any(each.kind == "policy" for each in wanted),
        compare=wanted,
        fitted={each.name: _given(each.name) for each in wanted if each.kind == "reader"},
        endpoints={
            each.name: EndpointChoices(each.name, key_from(asked.key_env)) for each in wanted if each.kind == "url"
        },
        by=asked.by,
        seed=asked.seed,
    )


def _policies(asked: Asked, wanted: Sequence[Wanted], config: Config) -> list[str]:
    named = [each.name for each in wanted if each.kind == "policy"] if wanted else asked.policies
    if wrong := [name for name in named if name not in config.policies]:
        raise BadRequest(f"No policy is called {wrong[0]!r}.{nearest(wrong[0], config.policies)}")
    return named if named or wanted else [name for name in BY_DEFAULT if name in config.policies]


def _given(name: str) -> Given:
    """A fitted reader by its folder, or by a file in it."""
    place = Path(name)
    return given(place.parent if place.is_file() else place, shipped_reader())


def _repeated(before: Sequence[Any], reports: Sequence[Report], errors: Console) -> bool:
    """Whether the figures are other ones than those of the manifest; says which."""
    differing = changes(list(before), figures_of(reports))
    for line in differing[:SHOWN_CHANGES]:
        errors.print(f"differs  {line}", markup=False)
    if len(differing) > SHOWN_CHANGES:
        errors.print(f"differs  {len(differing) - SHOWN_CHANGES:,} more figures", markup=False)
    errors.print(
        "The figures are not those of the manifest." if differing else "The figures are those of the manifest."
    )
    return bool(differing)


def _show(reports: Sequence[Report], wishes: Wishes, *, as_json: bool) -> None:
    if as_json:
        plain = [report.plain() for report in reports]
        sys.stdout.buffer.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n")
        return
    if wishes.table:
        every = [sheet for report in reports for sheet in sheets(report)]
        sys.stdout.write(formatted(every, wishes.table))  # type: ignore[arg-type]
        return
    console = output_console()
    for report in reports:
        for number, sheet in enumerate(sheets(report)):
            _show_sheet(console, sheet)
            if not number and report.flips:
                console.print(f"\n {_flips(report)}")


def _show_sheet(console: Console, sheet: Sheet) -> None:
    console.print(f"\n{sheet.title}\n", style="bold", markup=False)
    table = ResponsiveTable(*columns(*sheet.heads, left=tuple(range(sheet.left))))
    for row in sheet.rows:
        table.add_row(*row)
    console.print(table)
    for note in sheet.notes:
        console.print(f"\n{note}", style="dim", markup=False)


def _flips(report: Report) -> str:
    kinds = (f"{'on average' if name == 'all' else name} {flipped:.1%}" for name, flipped in report.flips.items())
    return f"decisions of the shipped reader that flip: {', '.join(kinds)}"
