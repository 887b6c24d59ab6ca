"""`fungible money --self-preference`: the house's share as decided, and with owners' names hidden."""

from decimal import Decimal
from itertools import pairwise

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.accounting.savings.clustered_intervals import Estimate
from router.accounting.savings.self_preference import SelfPreference, Standing
from router.cli.money.amounts import MINUS, THOUSANDS, Amounts, percent
from router.cli.responsive_table import ResponsiveTable, columns

_VERDICTS = {"favours": "favoured", "disfavours": "put off", "neutral": "neither", "too_few": "too few"}
_STEPS = {"ramps": "ramps", "preferences": "`prefer`", "lists": "lists of models"}


def show(preference: SelfPreference, console: Console) -> None:
    """The verdict in words, what it changes, then each kind of work."""
    console.print(
        f"\n[bold]Self-preference[/]   {preference.total.requests:,} requests decided again, with owners hidden\n"
    )
    console.print(f"{escape(verdict(preference))}\n")
    console.print(_differences(preference.total))
    console.print(f"\n{escape(steps(preference))}")
    console.print(f"\n[bold]By task[/]   {escape(preference.platform)}'s share, and differences as above\n")
    console.print(_tasks(preference))
    if preference.irreproducible:
        left_out = f"{preference.irreproducible:,} requests came out otherwise than they were logged, and are left out."
        console.print(f"\n[yellow]{left_out}[/]")
    console.print()


def verdict(preference: SelfPreference) -> str:
    """Whether the house is favoured."""
    total, house = preference.total, preference.platform
    decided, hidden = percent(total.shares[0]), percent(total.shares[-1])
    gap = f"its models get {decided} of requests as decided, and {hidden} where nobody knows the owners"
    if total.verdict == "too_few":
        return f"Too few conversations to say whether routing favours {house}: {gap}."
    if total.verdict == "neutral":
        return f"Routing does not favour {house} beyond what price and predicted quality explain: {gap}."
    kind = "favours" if total.verdict == "favours" else "puts off"
    return f"Routing {kind} {house} beyond what price and predicted quality explain: {gap}."


def steps(preference: SelfPreference) -> str:
    """Which favour brings how much of it."""
    parts = (
        f"{_STEPS[name]} {_points(before - after)}"
        for name, (before, after) in zip(preference.steps, pairwise(preference.total.shares), strict=True)
    )
    return f"In points of its share, taken away one after another: {', '.join(parts)}."


def _differences(total: Standing) -> ResponsiveTable:
    table = ResponsiveTable(*columns("per thousand requests, as decided less hidden", "", "95 % interval"))
    house, quality = total.differences["own"], total.differences["quality"]
    paid, margin = (_thousand(total.differences[name]) for name in ("paid", "margin"))
    say = Amounts((paid.value, margin.value), THOUSANDS)
    table.add_row("the house's share, in points", _points(house.value), _interval(house))
    table.add_row("customers pay", say(paid.value), Text(say.within(paid), "dim"))
    table.add_row("the platform's margin", say(margin.value), Text(say.within(margin), "dim"))
    table.add_row("predicted quality, in points", _points(quality.value), _interval(quality))
    return table


def _tasks(preference: SelfPreference) -> ResponsiveTable:
    heads = "requests", "decided", "hidden", "points", "95 % interval", "paid", "margin", "quality", ""
    table = ResponsiveTable(*columns("task", *heads, left=(0, 9), details=(2, 3, 5)))
    money = [[_thousand(task.differences[name]).value for name in ("paid", "margin")] for task in preference.tasks]
    say = Amounts((value for row in money for value in row), THOUSANDS)
    for task, row in zip(preference.tasks, money, strict=True):
        house = task.differences["own"]
        table.add_row(
            Text(task.name),
            f"{task.requests:,}",
            percent(task.shares[0]),
            percent(task.shares[-1]),
            _points(house.value),
            _interval(house),
            *map(say, row),
            _points(task.differences["quality"].value),
            _VERDICTS[task.verdict],
        )
    return table


def _thousand(estimate: Estimate) -> Estimate:
    return Estimate(*(None if end is None else 1000 * end for end in estimate))  # type: ignore[arg-type]


def _interval(estimate: Estimate) -> Text:
    both = (
        "" if estimate.low is None or estimate.high is None else f"{_points(estimate.low)} to {_points(estimate.high)}"
    )
    return Text(both, "dim")


def _points(share: float | Decimal) -> str:
    """A share as points of a hundred."""
    value = 100 * float(share)
    shown = f"{abs(value):.1f}"
    return shown if not float(shown) else f"{'+' if value > 0 else MINUS}{shown}"
