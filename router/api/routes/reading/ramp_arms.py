"""The canary of a ramp beside its holdback: what each side cost, how long it took, how often nobody answered.

Invariant: what differs is given with its interval, or without one where there are too few conversations; money is
decimal text in USD, for one request.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Depends, Response

from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.ramps import ROOT
from router.api.routes.reading.found_receipts import CATCH_UP_S, progress_json
from router.api.routes.response_schemas import Data, answers
from router.errors import BadRequest
from router.ledger.index.arm_sums import arm_sums, beside
from router.money import usd
from router.reports import moment

_MONEY = {"cost": "cost_usd", "charged": "charged_usd"}
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def build_ramp_arms(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        f"{ROOT}/{{name}}/arms",
        summary="The moved requests of a ramp beside its holdback, per request, over whole days in UTC",
        responses=answers(Data),
    )
    def arms(name: str, since: str | None = None, until: str | None = None) -> Response:
        by_hand = next((ramp for ramp in live_config.config.ramps if ramp.name == name), None)
        ramp = by_hand or live_config.governor.plan(name).ramp
        begin, end = moment(since) or _FIRST, moment(until, end=True) or datetime.now(UTC)
        if begin >= end:
            raise BadRequest("The range ends before it begins: `since` must be earlier than `until`.", param="since")
        progress = live_config.index.catch_up(CATCH_UP_S)
        known = beside(arm_sums(live_config.index, ramp.name, int(begin.timestamp()), int(end.timestamp())))
        rows = [{_MONEY.get(name, name): _shown(name, value) for name, value in arm.items()} for arm in known["arms"]]
        return json_response(
            {
                "object": "fungible.ramp_arms",
                "ramp": ramp.name,
                "original": ramp.original,
                "substitute": ramp.substitute,
                "since": since,
                "until": until,
                "arms": rows,
                "differences": {_MONEY.get(at, at): _ends(at, each) for at, each in known["differences"].items()},
                "index": progress_json(progress),
            }
        )

    return routes


def _ends(name: str, ends: Mapping[str, float | None] | None) -> dict[str, Any] | None:
    return None if ends is None else {end: _shown(name, value) for end, value in ends.items()}


def _shown(name: str, value: Any) -> Any:
    # Sums of the index are floats: past nine digits they say nothing.
    return usd(Decimal(f"{value:.3f}")) if name in _MONEY and value is not None else value
