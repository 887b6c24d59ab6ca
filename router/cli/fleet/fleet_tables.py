"""The fleet in the terminal: the order of refusal, what became of offers, and the matrix of models and generations.

Invariant: what rests on an assumption is marked with ~, and • stands where the model is deployed on the generation.
What does not fit into the width goes below.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from router.accounting.fleet.fleet_report import FleetReport
from router.accounting.fleet.gpu_matrix import MILLION, Cell, Generation, Matrix
from router.accounting.fleet.offer_counts import Order, Place, Record
from router.cli.fleet.fleet_sentences import about, capacity, compact, count, mark, nothing_logged, rests_on, unplaced
from router.cli.money.amounts import THOUSANDS, Amounts, percent
from router.cli.responsive_table import Column, ResponsiveTable, columns
from router.policy.describe import describe

WIDE = 112
OFFERED = ("offered", "taken", "share", "full", "ejected", "barred")
SERVED = ("answered", "tokens in", "tokens out")
CENTS = 2
TOKENS = "Tokens in / out for an hour of a GPU that is fully used"
DOLLARS = "USD for a million tokens out, as far as the GPUs are used"


class Figure(NamedTuple):
    """One figure of the matrix: what its first row says of each generation, and how a cell is written."""

    about: str
    generation: Callable[[Generation], str]
    cell: Callable[[Cell], str]


def show(report: FleetReport, console: Console, place: str) -> None:
    """Everything: where models are, what became of offers, what was served, and what GPUs give."""
    console.print(f"\n[bold]Fleet[/]   {escape(about(report))}")
    if placed := [order for order in report.orders if not order.at_one_place]:
        _titled(console, "The order of refusal", _orders(placed))
    if report.requests:
        for title, counted in _blocks(report, wide=console.width >= WIDE):
            _titled(console, title, _counts(report.orders, counted))
    for sentence in (*unplaced(report), *nothing_logged(report, place)):
        console.print(f"\n{escape(sentence)}")
    _matrices(console, report.matrix)
    for sentence in rests_on(report.matrix):
        console.print(f"\n[dim]{escape(sentence)}[/]")
    console.print()


def _blocks(report: FleetReport, *, wide: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is counted, beside or below one another; offers only where there were any."""
    offers = OFFERED if report.offered else ()
    if wide and offers:
        yield "Offers, and what was served", (*offers, *SERVED)
        return
    if offers:
        yield "Offers", offers
    yield "What was served", SERVED


def _orders(orders: Sequence[Order]) -> ResponsiveTable:
    heads = columns("deployment", "region", "cloud", "GPU", left=range(4))
    table = ResponsiveTable(*heads, Column("capacity", prose=True))
    for name, _, place in _rows(orders):
        table.add_row(name, *(_where(place) if place else ()), style=_dim(place))
    return table


def _where(place: Place) -> tuple[Text, ...]:
    deployment = place.deployment
    takes = "gone" if place.gone else capacity(deployment.capacity)
    return Text(deployment.region or "any"), Text(deployment.cloud or "–"), Text(deployment.gpu or "–"), Text(takes)


def _counts(orders: Sequence[Order], counted: Sequence[str]) -> ResponsiveTable:
    """A model's row is the sum of its deployments."""
    table = ResponsiveTable(*columns("deployment", *counted))
    for name, order, place in _rows(orders):
        row = _cells(order.total if place is None else place.record)
        if place is None and len(order.places) > 1:
            # Of the offers of a whole model one is taken for each attempt: that share says nothing.
            row["share"] = ""
        table.add_row(name, *(row[column] for column in counted), style=_dim(place))
    return table


def _rows(orders: Sequence[Order]) -> Iterator[tuple[Text, Order, Place | None]]:
    """Each model, then its deployments, numbered in their order; one place needs no row of its own."""
    for order in orders:
        yield Text(order.model, "bold"), order, None
        for number, place in enumerate(() if order.at_one_place else order.places, 1):
            yield Text(f"  {'–' if place.gone else number} {place.deployment.name}"), order, place


def _dim(place: Place | None) -> str:
    return "dim" if place and place.gone else ""


def _cells(record: Record) -> dict[str, str]:
    return {
        "offered": count(record.offered),
        "taken": count(record.taken),
        "share": percent(record.share_taken),
        "full": count(record.full),
        "ejected": count(record.ejected),
        "barred": count(record.region),
        "answered": count(record.answered),
        "tokens in": count(record.input_tokens),
        "tokens out": count(record.output_tokens),
    }


def _matrices(console: Console, matrix: Matrix) -> None:
    """Tokens, then what they cost."""
    if matrix.generations:
        _titled(console, TOKENS, _matrix(matrix, _tokens(matrix)))
        _titled(console, DOLLARS, _matrix(matrix, _dollars(matrix)))


def _matrix(matrix: Matrix, figure: Figure) -> ResponsiveTable:
    table = ResponsiveTable(*columns("model", *map(_head, matrix.generations)))
    about = [figure.generation(generation) for generation in matrix.generations]
    if any(about):
        table.add_row(figure.about, *about, style="dim")
    for line in matrix.lines:
        table.add_row(f"{line.model} {mark(line.status)}".strip(), *map(figure.cell, line.cells))
    return table


def _head(generation: Generation) -> str:
    name, known = generation
    return f"{name} {mark(known.status)}".strip() if known else "GPUs as in costs"


def _tokens(matrix: Matrix) -> Figure:
    some = any(entry.deployments for line in matrix.lines for entry in line.cells)

    def cell(entry: Cell) -> str:
        deployed = (" •" if entry.deployments else "  ") if some else ""
        return f"{compact(entry.input):>5} / {compact(entry.output):>5}{deployed}"

    return Figure("speed", lambda generation: f"× {describe(generation.known.speed)}" if generation.known else "", cell)


def _dollars(matrix: Matrix) -> Figure:
    amounts = [cell.rates.output * MILLION for line in matrix.lines for cell in line.cells]
    rates = [known.rate * MILLION for _, known in matrix.generations if known]
    say, hourly = Amounts(amounts, THOUSANDS), Amounts(rates, CENTS)
    return Figure(
        "an hour of it",
        lambda generation: hourly(generation.known.rate * MILLION) if generation.known else "",
        lambda cell: say(cell.rates.output * MILLION),
    )


def _titled(console: Console, title: str, table: ResponsiveTable) -> None:
    console.print(f"\n[bold]{escape(title)}[/]\n")
    console.print(table)
