"""What every request came to, over HTTP: the report of `fungible money` as JSON.

Invariant: the ledger is read in a thread, so that no answer waits for a report.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Response

from router.accounting.report import By
from router.accounting.report_json import plain, plain_preference
from router.accounting.savings.baselines import BaselineName
from router.api.http.admin_auth import AdminAuthentication
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Data, answers
from router.errors import RouterError, Unbalanced
from router.reports import Asked, keep_books, moment, weigh_preference


def build_money(live_config: LiveConfig, key: str | None) -> APIRouter:
    """Routes that need the admin key, or loopback where none is set."""
    routes = APIRouter(
        tags=["admin"], default_response_class=Response, dependencies=[Depends(AdminAuthentication(key))]
    )

    @routes.get(
        "/admin/v1/money", summary="The waterfall, the counterfactual, and who kept the saving", responses=answers(Data)
    )
    def money(
        by: By = "model", baseline: BaselineName = "asked", since: str | None = None, until: str | None = None
    ) -> Response:
        asked = Asked(by, baseline, moment(since), moment(until, end=True))
        try:
            report = keep_books(live_config.ledger, live_config.config, asked, datetime.now(UTC).date())
        except Unbalanced as error:
            raise RouterError(error.message) from error
        return json_response(plain(report))

    @routes.get(
        "/admin/v1/money/self-preference",
        summary="Whether routing favours the house's own models",
        responses=answers(Data),
    )
    def self_preference(since: str | None = None, until: str | None = None) -> Response:
        found = weigh_preference(live_config.ledger, live_config.config, moment(since), moment(until, end=True))
        return json_response(plain_preference(found))

    return routes
