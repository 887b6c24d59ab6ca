"""What a range of time came to: requests, cost, predicted quality, who answered, and how long it took.

Invariant: money is decimal text in USD; quality and cost beside other models are predictions on one footing, and are
called so.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Depends, Response

from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.reading.found_receipts import CATCH_UP_S, progress_json
from router.api.routes.response_schemas import Course, Figures, answers
from router.errors import BadRequest
from router.ledger.index.figures import Span, figures, series, span_of
from router.money import usd
from router.reports import moment

RANGES = {"hour": 1, "day": 24, "week": 7 * 24, "month": 30 * 24}
"""Hours of the ranges that have a name."""
_MONEY = {"cost": "cost_usd", "charged": "charged_usd", "expected": "predicted_cost_usd"}


def build_figures(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        "/admin/v1/figures",
        summary="What the last hour, day, week, month, or any range came to, beside every single model",
        responses=answers(Figures),
    )
    def total(range: str = "day", since: str | None = None, until: str | None = None) -> Response:  # noqa: A002
        progress = live_config.index.catch_up(CATCH_UP_S)
        summed = figures(live_config.index, asked_span(range, since, until))
        return json_response({"object": "fungible.figures", **_plain(summed), "index": progress_json(progress)})

    @routes.get(
        "/admin/v1/series",
        summary="The course of a range: requests and cost of each step, by owner, model, task, policy or reason",
        responses=answers(Course),
    )
    def course(
        by: str = "owner",
        range: str = "day",  # noqa: A002
        since: str | None = None,
        until: str | None = None,
    ) -> Response:
        live_config.index.catch_up(CATCH_UP_S)
        summed = series(live_config.index, asked_span(range, since, until), by)
        for point in summed["points"]:
            point["groups"] = {name: _money(group) for name, group in point["groups"].items()}
        return json_response({"object": "fungible.series", **summed})

    return routes


def asked_span(range_: str, since: str | None, until: str | None) -> Span:
    """The range that a query names: by its name, or from a time to another; raises BadRequest."""
    if range_ not in RANGES:
        raise BadRequest(f"range: {range_[:40]!r} is none of {', '.join(RANGES)}.", param="range")
    end = moment(until, end=True) or datetime.now(UTC)
    return span_of(moment(since) or end - timedelta(hours=RANGES[range_]), end)


def _plain(summed: dict[str, Any]) -> dict[str, Any]:
    by = {name: [_money(row) for row in rows] for name, rows in summed["by"].items()}
    models = [_money(row) for row in summed["alternatives"]]
    return {**summed, "total": _money(summed["total"]), "by": by, "alternatives": models}


def _money(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_MONEY.get(name, name): _dollars(value) if name in _MONEY else value for name, value in row.items()}


def _dollars(micro_dollars: float) -> str:
    # Sums of the index are floats: past nine digits they say nothing.
    return usd(Decimal(f"{micro_dollars:.3f}"))
