"""The fleet report: offers by deployment in the order of refusal, and the matrix of models and GPU generations.

Invariant: money is USD as decimal text, with every digit; so are tokens per GPU-hour, which are quotients.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from router.accounting.exact_decimal import exactly
from router.accounting.fleet.gpu_matrix import MILLION, Cell, Matrix
from router.accounting.fleet.offer_counts import Order, Place, Record
from router.money import usd
from router.types import GpuGeneration


@dataclass(frozen=True, slots=True)
class FleetReport:
    """The whole of it. `since` and `until` are as they were asked for, `days` the first and last day of what was found.

    `unanswered` requests are part of all.
    """

    since: datetime | None
    until: datetime | None
    days: tuple[str, str] | None
    requests: int
    unanswered: int
    orders: tuple[Order, ...]
    matrix: Matrix

    @property
    def offered(self) -> int:
        """How often any deployment was offered a request."""
        return sum(order.total.offered for order in self.orders)


def plain_fleet(report: FleetReport) -> dict[str, Any]:
    """Everything, as plain data."""
    with exactly():
        return {
            "object": "fungible.fleet",
            "since": report.since,
            "until": report.until,
            "days": report.days,
            "requests": report.requests,
            "unanswered": report.unanswered,
            "models": [
                {
                    "model": order.model,
                    **_record(order.total),
                    "deployments": [_place(number, place) for number, place in enumerate(order.places, 1)],
                }
                for order in report.orders
            ],
            "matrix": _matrix(report.matrix),
        }


def _record(record: Record) -> dict[str, Any]:
    return {
        "offered": record.offered,
        "taken": record.taken,
        "full": record.full,
        "ejected": record.ejected,
        "barred_by_region": record.region,
        "share_taken": record.share_taken,
        "answered": record.answered,
        "input_tokens": record.input_tokens,
        "output_tokens": record.output_tokens,
    }


def _place(number: int, place: Place) -> dict[str, Any]:
    deployment = place.deployment
    capacity = deployment.capacity
    return {
        "deployment": deployment.name,
        "order": None if place.gone else number,
        "provider": deployment.provider or None,
        "region": deployment.region,
        "cloud": deployment.cloud or None,
        "gpu": deployment.gpu or None,
        "capacity": {
            "requests_per_minute": capacity.requests_per_minute,
            "tokens_per_minute": capacity.tokens_per_minute,
            "in_flight": capacity.in_flight,
        },
        **_record(place.record),
    }


def _matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        "day": matrix.day,
        "generations": [_generation(name, known) for name, known in matrix.generations if known],
        "models": [
            {
                "model": line.model,
                "status": line.status,
                "source": line.source,
                "utilisation": _text(line.utilisation),
                "generations": [
                    {"gpu": generation.name or None, **_cell(cell)}
                    for generation, cell in zip(matrix.generations, line.cells, strict=True)
                ],
            }
            for line in matrix.lines
        ],
        "unknown_models": list(matrix.unknown),
        "unpriced_generations": list(matrix.unpriced),
    }


def _generation(name: str, known: GpuGeneration) -> dict[str, Any]:
    return {
        "gpu": name,
        "usd_per_hour": _text(known.rate),
        "speed": _text(known.speed),
        "since": known.since,
        "status": known.status,
        "source": known.source,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    rates = {
        f"usd_per_million_{name}": usd(getattr(cell.rates, name.removesuffix("_tokens")) * MILLION)
        for name in ("input_tokens", "output_tokens", "cached_input_tokens")
    }
    return {
        "input_tokens_per_gpu_hour": _text(cell.input),
        "output_tokens_per_gpu_hour": _text(cell.output),
        **rates,
        "deployments": list(cell.deployments),
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
