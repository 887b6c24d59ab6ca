"""A replay in the terminal: the figures, who answers, what flipped the choices, and what was lost."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router.policy.replay.intervals import Estimate
from router.policy.replay.report.number_format import (
    MINUS,
    dollars,
    logits,
    model,
    part,
    points,
    refusals,
    seconds,
    share,
    within,
)
from router.policy.replay.result import Cause, Replay, Shift, Standing

BAR, WIDE, SHORT = 24, 120, 13
MOST_FLOWS, MOST_CAUSES = 8, 12


def show(told: Replay, console: Console, html: str = "") -> None:
    """Everything, from the figures to the worst requests; what does not occur is left out."""
    total = told.total
    wide = console.width >= WIDE
    names = f"{escape(told.before)} → {escape(told.after)}"
    console.print(f"\n[bold]Replay[/]   {names}, {total.requests:,} requests decided under both\n")
    console.print(_figures(total))
    if sentence := refusals(told):
        console.print(f"  refusals  {sentence}", style="yellow" if told.refusals.newly else "")
    _titled(console, "Who answers", _standings(told.owners, total.requests))
    if total.flips:
        _titled(console, "From model to model", _flows(told))
        _titled(console, "What flipped them", _causes(told.causes, total.flips))
    _titled(console, "By task", _shifts("task", told.tasks, wide=wide))
    if len(told.keys) > 1:
        _titled(console, "By key", _shifts("key", told.keys, wide=wide))
    if told.worst:
        _titled(console, "Most predicted quality lost", _worst(told, wide=wide))
    if html:
        console.print(f"\nThe page with plots: {escape(html)}")
    console.print()


def _titled(console: Console, title: str, table: Table) -> None:
    console.print(f"\n[bold]{title}[/]\n")
    console.print(table)


def _figures(total: Shift) -> Table:
    table = _table("", "", "change", "95 % interval", left=(0, 3))
    cost = f"{dollars(total.cost_before)} → {dollars(total.cost_after)}"
    table.add_row("flips", f"{total.flips:,} of {total.requests:,}", part(total.flips, total.requests), "")
    table.add_row("cost", cost, share(total.cost.value), within(total.cost, share))
    table.add_row("predicted quality", "points", points(total.quality.value), within(total.quality, points))
    table.add_row("latency", "", seconds(total.latency.value), within(total.latency, seconds))
    return table


def _standings(owners: Sequence[Standing], requests: int) -> Table:
    table = _table("owner", "before", "after", "", "", left=(0, 3, 4))
    for one in owners:
        bars = (ink * round(BAR * count / max(1, requests)) for ink, count in (("░", one.before), ("█", one.after)))
        table.add_row(one.name, part(one.before, requests), part(one.after, requests), *bars)
    return table


def _flows(told: Replay) -> Table:
    table = _table("", "", "", "requests", "of all", left=(0, 1, 2))
    flips = [flow for flow in told.flows if flow.before != flow.after]
    for flow in flips[:MOST_FLOWS]:
        counts = f"{flow.requests:,}", part(flow.requests, told.total.requests)
        table.add_row(model(flow.before), "→", model(flow.after), *counts)
    if rest := flips[MOST_FLOWS:]:
        table.add_row(f"{len(rest)} more", "", "", f"{sum(flow.requests for flow in rest):,}", "", style="dim")
    return table


def _causes(causes: Sequence[Cause], flips: int) -> Table:
    table = Table(box=None, header_style="dim")
    for name in ("flips", "of all flips"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("the first change that alone flips them", overflow="fold")
    working = [cause for cause in causes if cause.flips]
    for cause in working[:MOST_CAUSES]:
        table.add_row(f"{cause.flips:,}", part(cause.flips, flips), Text(cause.label))
    if rest := working[MOST_CAUSES:]:
        table.add_row(f"{sum(cause.flips for cause in rest):,}", "", f"{len(rest)} more", style="dim")
    if idle := len(causes) - len(working):
        table.add_row("0", "", f"{idle} {'change flips' if idle == 1 else 'changes flip'} nothing", style="dim")
    return table


def _shifts(name: str, shifts: Sequence[Shift], *, wide: bool) -> Table:
    """A row for each group; intervals where there is room for them."""
    table = _table(name, "requests", "flips", "latency", "cost", *[""] * wide, "quality", *[""] * wide)
    for shift in shifts:
        cost, quality = _spread(shift.cost, 1), _spread(shift.quality, 2)
        table.add_row(
            Text(shift.name),
            f"{shift.requests:,}",
            part(shift.flips, shift.requests),
            seconds(shift.latency.value),
            share(shift.cost.value),
            *[cost] * wide,
            points(shift.quality.value),
            *[quality] * wide,
        )
    return table


def _spread(estimate: Estimate, digits: int) -> Text:
    if estimate.low is None or estimate.high is None:
        return Text("")
    ends = (f"{100 * end:+.{digits}f}".replace("-", MINUS) for end in (estimate.low, estimate.high))
    return Text(" to ".join(ends), "dim")


def _worst(told: Replay, *, wide: bool) -> Table:
    table = _table("request", "task", *["difficulty"] * wide, "model", "quality", "lost", *["cost"] * wide)
    table.columns[-3 - wide].justify = "left"
    for lost in told.worst:
        table.add_row(
            Text(lost.id if wide or len(lost.id) <= SHORT else f"{lost.id[: SHORT - 1]}…"),
            lost.task,
            *[logits(lost.difficulty)] * wide,
            f"{lost.before} → {lost.after}",
            f"{lost.quality_before:.1%} → {lost.quality_after:.1%}",
            points(lost.quality),
            *[f"{dollars(lost.cost_before)} → {dollars(lost.cost_after)}"] * wide,
        )
    return table


def _table(*columns: str, left: Sequence[int] = (0,)) -> Table:
    table = Table(box=None, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=True, justify="left" if number in left else "right")
    return table
