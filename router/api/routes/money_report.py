"""What every request came to, over HTTP: the report of `fungible money` as JSON.

Invariant: the ledger is read in a thread, so that no answer waits for a report.
"""

from csv import DictWriter
from datetime import UTC, datetime
from io import StringIO
from typing import Literal

from fastapi import APIRouter, Depends, Response

from router.accounting.report import By, Report
from router.accounting.report_json import plain, plain_preference, rows
from router.accounting.savings.baselines import BaselineName
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Data, answers
from router.errors import RouterError, Unbalanced
from router.reports import Asked, keep_books, moment, weigh_preference


def build_money(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        "/admin/v1/money", summary="The waterfall, the counterfactual, and who kept the saving", responses=answers(Data)
    )
    def money(
        by: By = "model",
        baseline: BaselineName = "asked",
        since: str | None = None,
        until: str | None = None,
        format: Literal["json", "csv"] = "json",  # noqa: A002
    ) -> Response:
        asked = Asked(by, baseline, moment(since), moment(until, end=True))
        try:
            today, sums = datetime.now(UTC).date(), live_config.money_sums
            report = keep_books(live_config.ledger, live_config.config, asked, today, sums=sums)
        except Unbalanced as error:
            raise RouterError(error.message) from error
        return _csv(report) if format == "csv" else json_response(plain(report))

    @routes.get(
        "/admin/v1/money/self-preference",
        summary="Whether routing favours the house's own models",
        responses=answers(Data),
    )
    def self_preference(since: str | None = None, until: str | None = None) -> Response:
        preference = weigh_preference(live_config.ledger, live_config.config, moment(since), moment(until, end=True))
        return json_response(plain_preference(preference))

    return routes


def _csv(report: Report) -> Response:
    lines = list(rows(report))
    text = StringIO()
    writer = DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    response = Response(text.getvalue(), media_type="text/csv")
    response.headers["content-disposition"] = 'attachment; filename="money.csv"'
    return response
