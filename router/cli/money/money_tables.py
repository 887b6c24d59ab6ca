"""A report on money in the terminal: the waterfall, who kept the saving, owners, ramps, terms, and what is unsure.

Invariant: a line that rests on an assumption is marked with ~, one that rests on nothing with ?.
"""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.accounting.contracts.concentration import MEASURES
from router.accounting.contracts.obligations import CapStanding
from router.accounting.group import Group
from router.accounting.report import Report
from router.accounting.savings.causal import Figure, Trial
from router.accounting.savings.clustered_intervals import Estimate
from router.cli.money.amounts import THOUSANDS, Amounts, percent
from router.cli.money.money_sentences import (
    about,
    alert,
    baseline,
    lengths,
    marks,
    moral,
    rests_on,
)
from router.cli.responsive_table import ResponsiveTable, columns

MOST_GROUPS = 24
NEW_LINE = "\n"
# The lines of the waterfall that are shown even where they are nothing, with their letters in docs/money.md.
LINES = {
    "list_value": "  list value",
    "discount": "− discounts",
    "passed_on": "− passed on to the partner",
    "revenue": "= net revenue R",
    "inference": "− inference cost C",
    "share": "− partner share P",
    "gross_margin": "= gross margin",
    "platform_cost": "− platform cost V",
    "contribution": "= contribution margin",
}
_BEFORE_REVENUE = ("list_value", "discount", "passed_on")
_WHERE_THERE_IS_ANY = ("discount", "passed_on", "share")
_SHORT = {
    "list_value": "list",
    "discount": "discounts",
    "passed_on": "passed on",
    "revenue": "R",
    "inference": "C",
    "share": "P",
    "gross_margin": "gross",
    "platform_cost": "V",
    "contribution": "contribution",
}


FIGURES: dict[Figure, str] = {
    "customer": "customers save",
    "platform": "platform gains",
    "list_cost": "list cost saved",
}


def show(report: Report, console: Console, plot: str = "") -> None:
    """Everything, from the sum to the assumptions; what does not occur is left out."""
    console.print(f"\n[bold]Money[/]   {escape(about(report))}\n")
    console.print(_waterfall(report))
    console.print(f"\n{escape(moral(report))}")
    console.print(f"[dim]{escape(lengths(report))}[/]")
    _titled(console, f"Who kept the saving, by {report.by}", _kept(report))
    _titled(console, f"As served, by {report.by}", _groups(report))
    if report.by == "tag":
        console.print("[dim]A request that has several tags stands in the row of each.[/]")
    _titled(console, "Owners", _owners(report))
    for trial in report.trials:
        arms = f"{trial.moved:,} moved, {trial.holdback:,} held back; per thousand moved requests"
        _titled(console, f"Ramp {trial.ramp}: {arms}", _trial(trial))
    if report.commitments:
        _titled(console, "Commitments: as used, and in cash", _commitments(report))
    if used := [standing for standing in report.caps if standing.used]:
        _titled(console, "Caps", _caps(used))
    for place, raised in enumerate(report.alerts):
        console.print(f"{'' if place else NEW_LINE}[yellow]alert[/] {escape(alert(raised))}")
    for sentence in rests_on(report):
        console.print(f"\n[dim]{escape(sentence)}[/]")
    if plot:
        console.print(f"\nThe picture: {escape(plot)}")
    console.print()


def _titled(console: Console, title: str, table: ResponsiveTable) -> None:
    console.print(f"\n[bold]{escape(title)}[/]\n")
    console.print(table)


def _waterfall(report: Report) -> ResponsiveTable:
    """The sum of all requests in both worlds, line by line."""
    total = report.total
    served, otherwise = total.served, total.otherwise
    say = Amounts((served.paid, otherwise.paid))
    table = ResponsiveTable(*columns("", "as served", baseline(report), "difference"))
    marked = marks(report)
    for name in _lines(report.total):
        label = f"{LINES[name]} {marked.get(name, '')}"
        style = "bold" if LINES[name].startswith("=") else ""
        both = getattr(served.waterfall, name), getattr(otherwise.waterfall, name)
        table.add_row(*_compared(label, *both, say), style=style)
    table.add_row()
    table.add_row(*_compared("  customers pay", served.paid, otherwise.paid, say))
    table.add_row(*_compared("  partners are left with", served.partner.result, otherwise.partner.result, say))
    table.add_row(*_compared("  serving truly costs", served.true_cost, otherwise.true_cost, say))
    return table


def _compared(label: str, amount: Decimal, other: Decimal, say: Amounts) -> tuple[str, ...]:
    return label, say(amount), say(other), say(amount - other)


def _lines(*groups: Group) -> list[str]:
    """The lines that are worth a place."""
    sides = [side.waterfall for group in groups for side in (group.served, group.otherwise)]
    return [name for name in LINES if name not in _WHERE_THERE_IS_ANY or any(getattr(side, name) for side in sides)]


def _kept(report: Report) -> ResponsiveTable:
    """What each side keeps more than in the counterfactual."""
    heads = "requests", "other model", "customers", "95 % interval", "platform", "partners", "true cost"
    table = ResponsiveTable(*columns(report.by, *heads, details=(2, 4)))
    say = Amounts(estimate.value for group in report.groups for estimate in group.split.values())
    for group in _most(report.groups):
        kept = group.split
        differs = any(estimate.value for estimate in kept.values())
        table.add_row(
            Text(group.name),
            f"{group.requests:,}",
            f"{group.substituted:,}",
            say(kept["customer"].value),
            Text(say.within(kept["customer"]) if differs else "", "dim"),
            say(kept["platform"].value),
            say(kept["partner"].value),
            say(kept["true_cost"].value),
        )
    return _with_rest(table, report.groups)


def _groups(report: Report) -> ResponsiveTable:
    """The lines of the waterfall; where there is little room, from the net revenue on."""
    names = _lines(*report.groups)
    details = [1, *(place for place, name in enumerate(names, 2) if name in _BEFORE_REVENUE)]
    say = Amounts(group.served.waterfall.list_value for group in report.groups)
    marked = marks(report)
    heads = (f"{_SHORT[name]} {marked.get(name, '')}".strip() for name in names)
    table = ResponsiveTable(*columns(report.by, "tokens", *heads, details=details))
    for group in _most(report.groups):
        tokens = f"{group.input_tokens + group.output_tokens:,}"
        table.add_row(Text(group.name), tokens, *(say(getattr(group.served.waterfall, name)) for name in names))
    return _with_rest(table, report.groups)


def _owners(report: Report) -> ResponsiveTable:
    table = ResponsiveTable(*columns("owner", *MEASURES))
    for part in report.owners:
        table.add_row(Text(part.owner), *(percent(part.shares[measure]) for measure in MEASURES))
    index = (report.concentration[measure] for measure in MEASURES)
    table.add_row("concentration (HHI)", *("–" if value is None else f"{value:.3f}" for value in index), style="dim")
    return table


def _trial(trial: Trial) -> ResponsiveTable:
    """One ramp, by the thousand of moved requests, whose amounts are easier to read than those of one."""
    table = ResponsiveTable(*columns("", "modelled", "95 % interval", "seen", "95 % interval"))
    rows = [(figure, _thousand(modelled), _thousand(other)) for figure, modelled, other in trial.comparisons]
    say = Amounts((estimate.value for _, *both in rows for estimate in both if estimate), THOUSANDS)
    for figure, modelled, seen in rows:
        table.add_row(FIGURES[figure], *_estimate(modelled, say), *_estimate(seen, say, enough=trial.enough))
    return table


def _thousand(estimate: Estimate | None) -> Estimate | None:
    return estimate and Estimate(*(None if end is None else 1000 * end for end in estimate))  # type: ignore[arg-type]


def _estimate(estimate: Estimate | None, say: Amounts, *, enough: bool = True) -> tuple[str, Text]:
    if not enough or estimate is None:
        return "", Text("" if enough else "not enough data", "dim")
    return say(estimate.value), Text(say.within(estimate), "dim")


def _commitments(report: Report) -> ResponsiveTable:
    heads = "committed", "used", "pace", "cash", "shortfall", "cash, baseline"
    table = ResponsiveTable(*columns("commitment", "from", "until", *heads, left=(0, 1, 2)))
    say = Amounts(commitment.amount for commitment in report.commitments)
    for commitment in report.commitments:
        amounts = (
            commitment.amount,
            commitment.used,
            commitment.pace,
            commitment.cash,
            commitment.shortfall,
            commitment.cash_otherwise,
        )
        until = str(commitment.period.end) + ("" if commitment.over else ", open")
        table.add_row(
            Text(f"{commitment.owner}: {commitment.name}"), str(commitment.period.start), until, *map(say, amounts)
        )
    return table


def _caps(used: Sequence[CapStanding]) -> ResponsiveTable:
    table = ResponsiveTable(*columns("share", "from", "until", "cap", "used", "of it", left=(0, 1, 2)))
    for standing in used:
        cap, paid = Amounts((standing.cap,))(standing.cap), Amounts((standing.used,))(standing.used)
        days = str(standing.period.start), str(standing.period.end or "–")
        table.add_row(
            Text(f"{standing.owner}: {standing.name}"), *days, cap, paid, percent(float(standing.used / standing.cap))
        )
    return table


def _most(groups: Sequence[Group]) -> Sequence[Group]:
    return groups[:MOST_GROUPS]


def _with_rest(table: ResponsiveTable, groups: Sequence[Group]) -> ResponsiveTable:
    if len(groups) > MOST_GROUPS:
        table.add_note(f"{len(groups) - MOST_GROUPS:,} more, in --json and --csv")
    return table
