"""The sentences and the short forms of a report on the fleet."""

from collections.abc import Iterator
from decimal import Decimal

from router.accounting.fleet.fleet_report import FleetReport
from router.accounting.fleet.gpu_matrix import Matrix
from router.cli.money.money_sentences import subjects
from router.types import Capacity

_UNITS = (("B", Decimal(10**9)), ("M", Decimal(10**6)), ("k", Decimal(10**3)))
_MARKS = {"assumed": "~"}


def about(report: FleetReport) -> str:
    """What was counted."""
    if report.days is None:
        return "nothing logged"
    days = " to ".join(dict.fromkeys(report.days))
    unanswered = f", {report.unanswered:,} of them unanswered" if report.unanswered else ""
    offers = f"; {report.offered:,} offers to deployments" if report.offered else ""
    return f"{days}: {report.requests:,} requests logged{unanswered}{offers}"


def unplaced(report: FleetReport) -> Iterator[str]:
    """What to do where no model is said to be anywhere."""
    if all(order.at_one_place for order in report.orders):
        yield "No model has deployments: write in deployments.yaml where models are, as docs/deployments.md says."


def nothing_logged(report: FleetReport, place: str) -> Iterator[str]:
    """What to do where there is nothing to count."""
    if not report.requests:
        yield (
            f"No request was logged in that time in {place}: serve some with `fungible serve`, or see "
            "docs/deployments.md for an example."
        )


def capacity(limits: Capacity) -> str:
    """What a deployment takes."""
    parts = (
        (limits.requests_per_minute, "req/min"),
        (limits.tokens_per_minute, "tok/min"),
        (limits.in_flight, "at once"),
    )
    return ", ".join(f"{_round(most)} {what}" for most, what in parts if most is not None) or "no limit"


def _round(most: int) -> str:
    """A limit, exact: 200k, or 1,250."""
    return next((f"{most // int(size)}{unit}" for unit, size in _UNITS if most % int(size) == 0), f"{most:,}")


def compact(number: Decimal | None) -> str:
    """A count in three digits, such as 12.5M; what has no end is a dash."""
    if number is None:
        return "–"
    rounded = Decimal(f"{number:.3g}")
    unit, size = next((scale for scale in _UNITS if rounded >= scale[1]), ("", Decimal(1)))
    return f"{(rounded / size).normalize():f}{unit}"


def count(number: int) -> str:
    """A count, exact below a million; the JSON has every digit."""
    return f"{number:,}" if number < _UNITS[1][1] else compact(Decimal(number))


def mark(status: str) -> str:
    """~ for what is assumed."""
    return _MARKS.get(status, "")


def rests_on(matrix: Matrix) -> Iterator[str]:
    """What the matrix leaves open, and what it rests on."""
    if matrix.unpriced:
        yield (
            f"`gpus` in contracts.yaml does not know {', '.join(matrix.unpriced)}: what such deployments serve is "
            "priced as if it ran on the GPUs that `costs` states."
        )
    if matrix.unknown:
        yield f"? No GPU-hours are known of {', '.join(matrix.unknown)}: write them as `costs` in contracts.yaml."
    if assumed := subjects(matrix.footings, "assumed"):
        yield f"~ Assumed, since nobody published it: {assumed}."
    if any(cell.deployments for line in matrix.lines for cell in line.cells):
        yield "• The model is deployed on that generation."
