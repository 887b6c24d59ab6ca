"""The keys over HTTP: made, looked at, changed, rotated and revoked.

Invariant: a secret is shown once, to whoever made it, and to no cache; a change is in the ledger, and in force here,
before it is answered.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from router.api.http.admin_auth import author_of
from router.api.http.asgi import read_body
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import KeyIssued, KeyTold, Listed, answers, takes
from router.config.key_grants import plain
from router.config.scalars import duration
from router.decision.budgets import Account, period, share_used
from router.errors import BadRequest
from router.keys.key import Key
from router.keys.keyring import Issued
from router.keys.store import Changed, now
from router.ledger.budget_store import SpentBooks
from router.money import usd
from router.types import Access, Unit

ROOT = "/admin/v1/keys"
MOST_BYTES = 65_536
_ISSUE = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def build_keys(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])
    keyring = live_config.keyring

    @routes.get(
        ROOT,
        summary="Every key: what it grants, whether it is good, and the first characters of its secret",
        responses=answers(Listed),
    )
    def keys() -> Response:
        keyring.look()
        return json_response({"object": "list", "data": [key_row(key) for key in keyring.keys.values()]})

    @routes.get(f"{ROOT}/{{name}}", summary="One key, and what became of it", responses=answers(KeyTold))
    def one(name: str) -> Response:
        keyring.look()
        key, changes = keyring.key(name), [change_row(changed) for changed in keyring.history(name)]
        spent = used(keyring.access(key), live_config.service.state.accounts, live_config.config.timezone)
        return json_response({**key_row(key), "used": spent, "log": changes})

    _add_changes(routes, live_config)
    return routes


def _add_changes(routes: APIRouter, live_config: LiveConfig) -> None:
    keyring = live_config.keyring

    @routes.post(
        ROOT,
        summary="Make a key from its `name` and what it grants; the only answer that has its secret",
        status_code=201,
        responses=answers(KeyIssued, status=201),
        openapi_extra=takes("application/json", _ISSUE),
    )
    async def issue(request: Request, because: str = "") -> Response:
        said, author = await body_of(request), author_of(request.scope, because)
        if not isinstance(name := said.pop("name", None), str):
            raise BadRequest("Give the key a `name`.", param="name")
        return _issued(await run_in_threadpool(keyring.issue, name, said, author), 201)

    @routes.patch(
        f"{ROOT}/{{name}}",
        summary="Change some of what a key grants; null takes a limit away",
        responses=answers(KeyTold),
        openapi_extra=takes("application/json", {"type": "object"}),
    )
    async def change(name: str, request: Request, because: str = "") -> Response:
        said, author = await body_of(request), author_of(request.scope, because)
        return json_response(key_row(await run_in_threadpool(keyring.change, name, said, author)))

    @routes.post(
        f"{ROOT}/{{name}}/rotate",
        summary="A new secret; the old one stays good for the `overlap`, if any",
        responses=answers(KeyIssued),
    )
    def rotate(name: str, request: Request, overlap: str = "0 s", because: str = "") -> Response:
        return _issued(keyring.rotate(name, stretch(overlap), author_of(request.scope, because)), 200)

    @routes.post(f"{ROOT}/{{name}}/revoke", summary="End a key, for good and at once", responses=answers(KeyTold))
    def revoke(name: str, request: Request, because: str = "") -> Response:
        return json_response(key_row(keyring.revoke(name, author_of(request.scope, because))))


def key_row(key: Key) -> dict[str, Any]:
    """A key as programs and people may see it: never its secret, nor the hash of it."""
    moment = now()
    secrets = [secret for secret in key.secrets if secret.until is None or secret.until > moment]
    return {
        "object": "fungible.key",
        "name": key.name,
        "state": key.state(moment),
        "secrets": [{"shown": secret.shown, "until": secret.until} for secret in secrets],
        "created": key.created,
        "revoked": key.revoked,
        **plain(key.grant),
    }


def change_row(changed: Changed) -> dict[str, Any]:
    """What became of a key, by whom and why, with what it granted from then on."""
    author = changed.author
    said = {"change": changed.change, "time": changed.time, "by": author.by, "via": author.via}
    grants = {word: value for word, value in plain(changed.key.grant).items() if value is not None}
    return {**said, "because": author.because, "grants": grants}


def used(access: Access, accounts: SpentBooks, timezone: str) -> list[dict[str, Any]]:
    """What a key has used of its budgets in the stretch of time that is now; amounts are decimal text."""
    local = datetime.now(ZoneInfo(timezone))
    drawn = {budget: Account(budget.id, "*", period(budget.per, local)) for budget in access.budgets}
    spent = accounts.spent(drawn.values())
    return [
        {
            "budget": budget.because,
            "period": account.period,
            "unit": budget.unit,
            "limit": shown(budget.limit, budget.unit),
            "spent": shown(spent[account], budget.unit),
            "used": share_used(spent[account], budget.limit),
        }
        for budget, account in drawn.items()
    ]


def shown(amount: Decimal, unit: Unit) -> str:
    """An amount in the unit of its budget, as decimal text."""
    return usd(amount) if unit == "USD" else str(amount)


def stretch(text: str) -> timedelta:
    """A stretch of time such as `1 hour`; raises BadRequest."""
    try:
        return timedelta(seconds=duration(text))
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"overlap: {error}.", param="overlap") from None


def _issued(issued: Issued, status: int) -> Response:
    response = json_response({**key_row(issued.key), "secret": issued.secret}, status)
    response.headers["cache-control"] = "no-store"
    return response


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings; raises BadRequest."""
    try:
        said = orjson.loads(await read_body(request.receive, request.scope, MOST_BYTES) or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg}") from None
    if not isinstance(said, Mapping):
        raise BadRequest("The body must be a JSON object.")
    return dict(said)
