"""Receipts as an operator looks for them, and each of them decided again.

Invariant: these routes run in threads; what the index has not read yet is said, never hidden.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Again, Found, answers
from router.decision.decide import decide
from router.errors import NotFound
from router.ids import receipt_id
from router.ledger import DatabaseLedger
from router.ledger.index.receipt_index import Progress
from router.ledger.index.receipt_search import FILTERS, parse_filters, row_json, search
from router.ledger.log.merkle_log import pruned_error
from router.ledger.receipt_json import parse_receipt
from router.reports import configuration, moment

ROOT = "/admin/v1/receipts"
CATCH_UP_S = 0.05
"""So long a question waits for what was asked just now to be in the index."""
_PAGING = ("limit", "cursor", "since", "until")
_NUMBERS = ("min_cost", "min_ms", "max_quality")


def build_receipts(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        ROOT,
        summary="Receipts, the newest first, by any of their words; `cursor` of one page gives the next",
        responses=answers(Found),
        openapi_extra={"parameters": [_parameter(name) for name in FILTERS]},
    )
    def found(
        request: Request, limit: int = 50, cursor: str | None = None, since: str | None = None, until: str | None = None
    ) -> Response:
        said = {name: value for name, value in request.query_params.items() if name not in _PAGING}
        filters = parse_filters(said)
        progress = live_config.index.catch_up(CATCH_UP_S)
        page = search(live_config.index, filters, limit, cursor, moment(since), moment(until, end=True))
        rows = [row_json(row) for row in page.rows]
        return json_response({"object": "list", "data": rows, "cursor": page.cursor, "index": progress_json(progress)})

    @routes.get(
        f"{ROOT}/{{id}}/again",
        summary="One receipt decided again from what it recorded, and whether the choice is the same",
        responses=answers(Again),
    )
    def again(id: str) -> Response:  # noqa: A002
        return json_response(decided_again(live_config.ledger, receipt_id(id)))

    return routes


def decided_again(ledger: DatabaseLedger, id: str) -> dict[str, Any]:  # noqa: A002
    """Whether `decide()` makes the same decision from what a receipt recorded; raises NotFound."""
    if (entry := ledger.pruned(id)) is not None:
        raise pruned_error(id, entry)
    if (body := ledger.receipt(id)) is None:
        raise NotFound(f"No receipt has the id {id!r}.", param="id")
    receipt = parse_receipt(body)
    revision = receipt.decision.revision
    decision = decide(receipt.features, receipt.ask, receipt.situation, configuration(ledger, revision))
    return {"receipt": id, "revision": revision, "same": decision == receipt.decision, "chosen": decision.chosen}


def progress_json(progress: Progress) -> dict[str, int]:
    """How far the index is; what is beyond `read` is not in an answer yet."""
    return progress._asdict()


def _parameter(name: str) -> dict[str, Any]:
    kind = "number" if name in _NUMBERS else "string"
    words = {"enum": ["true", "false"]} if name in ("substituted", "fallback") else {}
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind, **words}}
