"""`fungible bench aliases` in the terminal."""

import sys
from math import inf

import orjson
from rich.console import Console
from rich.progress import Progress

from router.bench.ramps.alias_chains import Chains, Measured, Outcome, measure
from router.bench.ramps.simulated_pairs import Share, Waits
from router.cli.responsive_table import ResponsiveTable, columns, output_console


def run(chains: Chains, *, as_json: bool) -> None:
    """Simulate and show."""
    with Progress(console=Console(stderr=True, highlight=False), transient=True) as progress:
        task = progress.add_task("simulating", total=chains.steps)
        measured = measure(chains, lambda: progress.advance(task))
    if as_json:
        report = {"chains": chains, "truths": measured}
        sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
        return
    _show(output_console(), chains, measured)


def _show(console: Console, chains: Chains, measured: tuple[Measured, ...]) -> None:
    console.print(
        f"\n{chains.versions} versions, {chains.tasks} kinds of work, margin {chains.margin:g}, "
        f"alpha {chains.alpha:g}, seed {chains.seed}; gains of\n{chains.drift:+g} ± {chains.spread:g} a version; "
        "shares of runs and of tasks in percent, with 95 % intervals"
    )
    for each in measured:
        console.print(f"\n[bold]Versions: {each.truth}[/], {each.runs:,} runs\n")
        console.print(_ways(each))
        ups = each.upgrades
        console.print(
            f"\nof all upgrades {_percent(ups.let_in)} % let in after {_waits(ups.to_let_in)} pairs, "
            f"{_percent(ups.kept_out)} % kept out after {_waits(ups.to_keep_out)}, {_percent(ups.given_up)} % given up "
            f"after {chains.give_up:,}"
        )


def _ways(measured: Measured) -> ResponsiveTable:
    heads = "", "fell at an upgrade", "fell in all", "within a point of the best", "to the best", "gained", "pairs"
    table = ResponsiveTable(*columns(*heads))
    for outcome in (measured.alias, *measured.others):
        table.add_row(*_row(outcome))
    return table


def _row(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.name,
        _share(outcome.fell),
        _share(outcome.fell_in_all),
        _share(outcome.near),
        f"{100 * outcome.gap:.1f}",
        f"{100 * outcome.gained:+.1f}",
        f"{outcome.pairs:,.0f}",
    )


def _percent(share: Share) -> str:
    return f"{100 * share.value:.0f}"


def _share(share: Share) -> str:
    return f"{100 * share.value:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def _waits(waits: Waits) -> str:
    return "–" if waits.median == inf else f"{waits.median:,.0f} ({waits.p90:,.0f})"
