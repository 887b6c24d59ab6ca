"""`fungible bench ramps` in the terminal."""

import sys
from math import inf
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress

from router.bench.ramps.simulated_pairs import Share, Waits
from router.bench.ramps.simulation import Bench, Report, Scenario
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.errors import BadRequest
from router.evidence import Question


def run(
    margin: float,
    alpha: float,
    base: float,
    correlation: float,
    runs: int,
    pairs: int,
    seed: int,
    plot: Path | None,
    *,
    as_json: bool,
) -> None:
    """Measure, show, and draw one run where asked to."""
    try:
        question = Question(margin, alpha)
    except ValueError as error:
        raise BadRequest(f"{error}.") from None
    bench = Bench(question, base, correlation, runs, pairs, seed)
    if plot:
        from router.bench.ramps.evidence_plot import draw

        draw(bench, plot)
    with Progress(console=Console(stderr=True, highlight=False), transient=True) as progress:
        task = progress.add_task("simulating", total=bench.steps)
        report = bench.measure(lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
        return
    _show(output_console(), report)


def _show(console: Console, report: Report) -> None:
    question, law = report.question, report.scenarios[0].law
    console.print(
        f"\nmargin {question.margin:g}, alpha {question.alpha:g}, original right {law.base:g}, correlation "
        f"{law.correlation:g}, seed {report.seed}\n{report.runs:,} runs of {report.pairs:,} pairs, looked at after "
        "each; shares in percent\nwith 95 % intervals; pairs until half (nine tenths) of all runs got there\n"
    )
    console.print(_scenarios(report))
    at_margin = [
        scenario
        for scenario in (*report.scenarios, *report.elsewhere)
        if scenario.ever_promoted and scenario.ever_harmed
    ]
    console.print("\n[bold]Wrong calls[/], ever in a run, where the substitute is worse by exactly the margin\n")
    console.print(_wrong(at_margin))
    if report.elsewhere:
        console.print("\n[bold]Other kinds of work[/]\n")
        console.print(_elsewhere(report))
    console.print("\n[bold]Other ways to decide[/], on the first kind of work\n")
    console.print(_compared(report))


def _scenarios(report: Report) -> ResponsiveTable:
    table = ResponsiveTable(*columns("difference", "promoted", "rolled back", "open", "promote", "roll back"))
    for scenario in report.scenarios:
        difference = f"{scenario.law.difference:+.3g}" if scenario.law.difference else "equal"
        shares = (_share(scenario.promoted), _share(scenario.rolled_back), f"{100 * scenario.undecided.value:.1f}")
        table.add_row(difference, *shares, _waits(scenario.to_promote), _waits(scenario.to_roll_back))
    return table


def _wrong(at_margin: list[Scenario]) -> ResponsiveTable:
    table = ResponsiveTable(*columns("right, correlation", "promotions", "rollbacks", "runs"))
    for scenario in at_margin:
        calls = [_share(side) for side in (scenario.ever_promoted, scenario.ever_harmed) if side]
        table.add_row(_kind(scenario), *calls, f"{scenario.runs:,}")
    return table


def _elsewhere(report: Report) -> ResponsiveTable:
    table = ResponsiveTable(*columns("right, correlation", "equal: to promote", "twice the margin: to roll back"))
    by_kind: dict[str, list[Scenario]] = {}
    for scenario in report.elsewhere:
        by_kind.setdefault(_kind(scenario), []).append(scenario)
    for kind, (equal, _, worse) in by_kind.items():
        table.add_row(kind, _waits(equal.to_promote), _waits(worse.to_roll_back))
    return table


def _compared(report: Report) -> ResponsiveTable:
    table = ResponsiveTable(*columns("", "wrong promotions", "wrong rollbacks", "promote", "roll back"))
    for method in report.compared:
        calls = _share(method.wrong_promotions), _share(method.wrong_rollbacks)
        table.add_row(method.name, *calls, _waits(method.to_promote), _waits(method.to_roll_back))
    return table


def _kind(scenario: Scenario) -> str:
    return f"{scenario.law.base:g}, {scenario.law.correlation:g}"


def _share(share: Share) -> str:
    return f"{100 * share.value:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def _waits(waits: Waits) -> str:
    if waits.median == inf:
        return "–"
    return f"{waits.median:,.0f} ({waits.p90:,.0f})" if waits.p90 < inf else f"{waits.median:,.0f} (–)"
