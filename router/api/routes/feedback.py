"""POST /v1/feedback: what a client thought of an answer.

Invariant: an answer is rated once, by whoever holds its receipt's id and, where keys are asked for, the key that asked;
the rating is in the log before it is answered, and no word of it but the rating is kept.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from annotated_types import Ge, Le, MaxLen
from fastapi import APIRouter, Depends, Request, Response
from pydantic import TypeAdapter, ValidationError

from router.api.http.asgi import read_body
from router.api.http.authentication import own_receipt
from router.api.http.error_responses import invalid
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Noted, answers, takes
from router.errors import Conflict
from router.ledger import DatabaseLedger
from router.ledger.log.records import note
from router.ramps import Rated
from router.transparency.entry import ANONYMOUS

MOST_BYTES = 4096
_WORDS = {"up": 1.0, "down": 0.0}


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rating in [0, 1], or a thumb."""

    __pydantic_config__ = {"extra": "forbid"}

    receipt: Annotated[str, MaxLen(64)]
    rating: Annotated[float, Ge(0), Le(1)] | Literal["up", "down"]


_FEEDBACK: TypeAdapter[Feedback] = TypeAdapter(Feedback)


def build_feedback(live_config: LiveConfig) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["routing"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.post(
        "/v1/feedback",
        summary="Rate an answer: its receipt's id, and a rating from 0 to 1, or up or down",
        responses=answers(Noted),
        openapi_extra=takes("application/json", _FEEDBACK.json_schema()),
    )
    async def feedback(request: Request) -> Response:
        given = _parsed(await read_body(request.receive, request.scope, MOST_BYTES))
        rating = _WORDS[given.rating] if isinstance(given.rating, str) else float(given.rating)
        receipt = await asyncio.to_thread(_noted, live_config.ledger, request, given.receipt, rating)
        if (moved := receipt["decision"]["ramp"]) is not None:
            live_config.governor.rate(moved["ramp"], Rated(receipt["features"]["task"], moved["arm"], rating))
        return json_response({"receipt": receipt["id"], "rating": rating})

    return routes


def _parsed(body: bytes) -> Feedback:
    try:
        return _FEEDBACK.validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None


def _noted(ledger: DatabaseLedger, request: Request, id: str, rating: float) -> dict[str, Any]:  # noqa: A002
    """Write the rating; gives the receipt. Raises NotFound, or Conflict where it was rated before."""
    receipt: dict[str, Any] = orjson.loads(own_receipt(request.scope, ledger, id, "receipt"))
    id = receipt["id"]  # noqa: A001 - whatever it was called, it is rated once
    key = receipt["ask"]["caller"]["key"] or ANONYMOUS
    entry = {"receipt": id, "rating": rating, "served": receipt["served"], "time": datetime.now(UTC).isoformat()}
    with ledger.log.writing() as database:
        if note(database, ledger.log, "feedback", key, id, orjson.dumps(entry)) is None:
            raise Conflict(f"The answer of receipt {id!r} was rated before: a rating stands.")
    return receipt
