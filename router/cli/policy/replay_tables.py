"""A replay in the terminal: the figures, who answers, what flipped the choices, and what was lost."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.cli.responsive_table import Column, ResponsiveTable, columns
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

BAR = 12
MOST_FLOWS, MOST_CAUSES = 8, 12
INTERVAL = "95 % interval"


def show(replay: Replay, console: Console, html: str = "") -> None:
    """Everything, from the figures to the worst requests; what does not occur is left out."""
    total = replay.total
    names = f"{escape(replay.before)} → {escape(replay.after)}"
    console.print(f"\n[bold]Replay[/]   {names}, {total.requests:,} requests decided under both\n")
    console.print(_figures(total))
    if sentence := refusals(replay):
        console.print(f"  refusals  {sentence}", style="yellow" if replay.refusals.newly else "")
    _titled(console, "Who answers", _standings(replay.owners, total.requests))
    if total.flips:
        _titled(console, "From model to model", _flows(replay))
        _titled(console, "What flipped them", _causes(replay.causes, total.flips))
    _titled(console, "By task", _shifts("task", replay.tasks))
    if len(replay.keys) > 1:
        _titled(console, "By key", _shifts("key", replay.keys))
    if replay.worst:
        _titled(console, "Most predicted quality lost", _worst(replay))
    if html:
        console.print(f"\nThe page with plots: {escape(html)}")
    console.print()


def _titled(console: Console, title: str, table: ResponsiveTable) -> None:
    console.print(f"\n[bold]{title}[/]\n")
    console.print(table)


def _figures(total: Shift) -> ResponsiveTable:
    table = ResponsiveTable(*columns("", "", "change", INTERVAL, left=(0, 3)))
    cost = f"{dollars(total.cost_before)} → {dollars(total.cost_after)}"
    table.add_row("flips", f"{total.flips:,} of {total.requests:,}", part(total.flips, total.requests), "")
    table.add_row("cost", cost, share(total.cost.value), within(total.cost, share))
    table.add_row("predicted quality", "points", points(total.quality.value), within(total.quality, points))
    table.add_row("latency", "", seconds(total.latency.value), within(total.latency, seconds))
    return table


def _standings(owners: Sequence[Standing], requests: int) -> ResponsiveTable:
    table = ResponsiveTable(*columns("owner", "before", "after", "", "", left=(0, 3, 4)))
    for owner in owners:
        bars = (ink * round(BAR * count / max(1, requests)) for ink, count in (("░", owner.before), ("█", owner.after)))
        table.add_row(owner.name, part(owner.before, requests), part(owner.after, requests), *bars)
    return table


def _flows(replay: Replay) -> ResponsiveTable:
    table = ResponsiveTable(*columns("", "", "", "requests", "of all", left=(0, 1, 2)))
    flips = [flow for flow in replay.flows if flow.before != flow.after]
    for flow in flips[:MOST_FLOWS]:
        counts = f"{flow.requests:,}", part(flow.requests, replay.total.requests)
        table.add_row(model(flow.before), "→", model(flow.after), *counts)
    if rest := flips[MOST_FLOWS:]:
        table.add_row(f"{len(rest)} more", "", "", f"{sum(flow.requests for flow in rest):,}", "", style="dim")
    return table


def _causes(causes: Sequence[Cause], flips: int) -> ResponsiveTable:
    heads = Column("flips", right=True), Column("of all flips", right=True)
    table = ResponsiveTable(*heads, Column("the first change that alone flips them", prose=True))
    working = [cause for cause in causes if cause.flips]
    for cause in working[:MOST_CAUSES]:
        table.add_row(f"{cause.flips:,}", part(cause.flips, flips), Text(cause.label))
    if rest := working[MOST_CAUSES:]:
        table.add_row(f"{sum(cause.flips for cause in rest):,}", "", f"{len(rest)} more", style="dim")
    if idle := len(causes) - len(working):
        table.add_row("0", "", f"{idle} {'change flips' if idle == 1 else 'changes flip'} nothing", style="dim")
    return table


def _shifts(name: str, shifts: Sequence[Shift]) -> ResponsiveTable:
    """A row for each group; intervals where there is room for them."""
    heads = "requests", "flips", "latency", "cost", "cost (95 %)", "quality", "quality (95 %)"
    table = ResponsiveTable(*columns(name, *heads, details=(5, 7)))
    for shift in shifts:
        cost, quality = _spread(shift.cost, 1), _spread(shift.quality, 2)
        table.add_row(
            Text(shift.name),
            f"{shift.requests:,}",
            part(shift.flips, shift.requests),
            seconds(shift.latency.value),
            share(shift.cost.value),
            cost,
            points(shift.quality.value),
            quality,
        )
    return table


def _spread(estimate: Estimate, digits: int) -> Text:
    if estimate.low is None or estimate.high is None:
        return Text("")
    ends = (f"{100 * end:+.{digits}f}".replace("-", MINUS) for end in (estimate.low, estimate.high))
    return Text(" to ".join(ends), "dim")


def _worst(replay: Replay) -> ResponsiveTable:
    heads = "request", "task", "difficulty", "model", "quality", "lost", "cost"
    table = ResponsiveTable(*columns(*heads, left=(0, 3), details=(2, 6)))
    for lost in replay.worst:
        table.add_row(
            lost.id,
            lost.task,
            logits(lost.difficulty),
            f"{lost.before} → {lost.after}",
            f"{lost.quality_before:.1%} → {lost.quality_after:.1%}",
            points(lost.quality),
            f"{dollars(lost.cost_before)} → {dollars(lost.cost_after)}",
        )
    return table
