"""The days of the demonstration, as a table and as JSON: what moved, on what evidence, and who gained."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from router.bench.demo.days import ORIGINAL, SPOILT, SPOILT_ON, SUBSTITUTE, TASKS, Day, Proven, Story
from router.cli.decision_sentences import dollars
from router.cli.responsive_table import Column, ResponsiveTable, labelled
from router.money import ZERO, usd
from router.ramps import Move

SHARE_BAR = 10


def show_days(console: Console, story: Story, bar: Callable[[Day], Text]) -> None:
    """Day by day, then who gained, then one receipt with its proof."""
    console.print(
        f"\n[bold]Substitution on evidence[/]  everybody asks for {ORIGINAL}; a ramp moves ordinary work to "
        f"{SUBSTITUTE}, a step a day while both answer the same prompts and {SUBSTITUTE} is shown to be not worse\n"
    )
    figures = Column("cost", right=True), Column("as asked", right=True)
    heads = Column("day"), Column("share moved"), Column("who answers"), *figures, Column("what happens", prose=True)
    table = ResponsiveTable(*heads)
    for day in story.days:
        share = Text(f"{'█' * round(SHARE_BAR * day.share):·<{SHARE_BAR}} {day.share:.0%}")
        table.add_row(
            str(day.number), share, bar(day), dollars(day.cost), dollars(day.as_asked), Text.from_markup(_happens(day))
        )
    console.print(table)
    console.print(f"\n{_gains(story)}")
    if story.proven:
        console.print()
        console.print(labelled("Proof", _proof(story.proven), 7))


def _happens(day: Day) -> str:
    promoted = sum(task.evidence.promoted for task in day.state.tasks.values())
    pairs = sum(task.evidence.pairs for task in day.state.tasks.values())
    events = [_move(move) for move in day.moves]
    if day.number == SPOILT_ON:
        events.insert(0, f"{SUBSTITUTE} becomes bad at {SPOILT}, unannounced")
    if not events and day.share == 0:
        events = [f"shadow: {pairs} pairs, {promoted} of {len(TASKS)} tasks shown"]
    return "; ".join(events)


def _move(move: Move) -> str:
    if move.kind == "task_rolled_back":
        return f"[bold red]{move.task} goes back: shown to be worse[/]"
    return f"a step to {move.share:.0%}" if move.kind == "advanced" else f"{move.kind}: {move.reason}"


def _gains(story: Story) -> str:
    cost = sum((day.cost for day in story.days), ZERO)
    asked = sum((day.as_asked for day in story.days), ZERO)
    return (
        f"[bold]Who keeps the saving?[/]  The work would have cost {dollars(asked)} at {ORIGINAL}'s price, and cost "
        f"{dollars(cost)}. A bill that follows the model that served leaves {dollars(asked - cost)} with the customer; "
        f"one that still says {ORIGINAL} leaves it with the platform."
    )


def _proof(proven: Proven) -> str:
    receipt = proven.receipt
    return (
        f"receipt {receipt.id}: asked {receipt.asked}, served {receipt.served} by ramp, "
        f"{dollars(receipt.cost)} instead of {dollars(receipt.baseline_cost)}.\n"
        f"Entry {proven.entry:,} of a log of {proven.size:,}, verified offline by {proven.hashes} hashes and "
        f"the public key {proven.key.split('+')[1]}."
    )


def days_to_json(story: Story) -> list[dict[str, Any]]:
    """The days for programs; money is decimal text in USD."""
    return [
        {
            "day": day.number,
            "share": day.share,
            "by_owner": day.by_owner,
            "by_family": day.by_family,
            "cost_usd": usd(day.cost),
            "cost_as_asked_usd": usd(day.as_asked),
            "moves": day.moves,
            "pairs": {name: task.evidence.pairs for name, task in day.state.tasks.items()},
            "without": dict(day.state.without),
        }
        for day in story.days
    ]
