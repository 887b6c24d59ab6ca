"""The admin routes: the life of a policy over HTTP, and the state of the budgets.

Invariant: nothing changes without `If-Match`; a text that is refused changes nothing and says where it is wrong.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.admin_auth import AdminAuthentication
from router.api.http.asgi import read_body
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import YAML, Data, Listed, Proposed, answers, conditional, takes
from router.config.load import POLICIES
from router.decision.budgets import share_used
from router.errors import NoCondition
from router.ledger.budget_store import Statement
from router.ledger.policy_events import Event
from router.money import usd
from router.policy.lifecycle import Proposal, etag, text_of
from router.types import Author, Budget

ROOT = "/admin/v1/policies"
# Without a body it is a text with nothing in it, of which can be said, too, what is wrong with it.
_POLICIES = takes(YAML, {}, required=False)


def build_admin(live_config: LiveConfig, key: str | None, body_bytes: int) -> APIRouter:
    """Routes that need the admin key, or loopback where none is set."""
    routes = APIRouter(
        tags=["admin"], default_response_class=Response, dependencies=[Depends(AdminAuthentication(key))]
    )
    _add_reading(routes, live_config)
    _add_trying(routes, live_config, body_bytes)
    _add_changing(routes, live_config, body_bytes)
    return routes


def _add_reading(routes: APIRouter, live_config: LiveConfig) -> None:
    @routes.get(
        ROOT,
        summary="policies.yaml as it is in force; its ETag is what a change must match",
        responses=answers(media=YAML),
    )
    async def policies() -> Response:
        return _text(live_config.config.texts.get(POLICIES, ""), etag(live_config.config))

    @routes.get(f"{ROOT}/log", summary="Every change of policy, the last first", responses=answers(Listed))
    def log() -> Response:
        return json_response(
            {"object": "list", "data": [event_row(event) for event in reversed(live_config.ledger.events())]}
        )

    @routes.get(
        f"{ROOT}/{{revision}}",
        summary="policies.yaml of an earlier revision, or of a number in the log",
        responses=answers(media=YAML),
    )
    def earlier(revision: str) -> Response:
        return _text(text_of(revision, live_config.ledger), "")

    @routes.get("/admin/v1/budgets", summary="What every account has spent and holds", responses=answers(Listed))
    def budgets() -> Response:
        budgets = {one.id: one for policy in live_config.config.policies.values() for one in policy.budgets}
        budgets |= {one.id: one for one in live_config.keyring.budgets}
        statements = live_config.service.state.accounts.statements()
        return json_response(
            {"object": "list", "data": [_stated(one, budgets.get(one.account.budget)) for one in statements]}
        )


def _add_trying(routes: APIRouter, live_config: LiveConfig, body_bytes: int) -> None:
    @routes.post(
        f"{ROOT}/lint",
        summary="What is wrong with a policies.yaml, and where",
        responses=answers(Listed),
        openapi_extra=_POLICIES,
    )
    async def lint(request: Request) -> Response:
        return json_response(
            {
                "object": "list",
                "data": [found.to_json() for found in await live_config.lint(await _body(request, body_bytes))],
            }
        )

    @routes.post(
        f"{ROOT}/replay",
        summary="What a policies.yaml would change, with nothing changed",
        responses=answers(Proposed),
        openapi_extra=_POLICIES,
    )
    async def replay(request: Request) -> Response:
        return json_response(_proposed(await live_config.propose(await _body(request, body_bytes))))


def _add_changing(routes: APIRouter, live_config: LiveConfig, body_bytes: int) -> None:
    @routes.put(
        ROOT,
        summary="Check, test, replay and apply a policies.yaml",
        responses=answers(Data),
        openapi_extra=conditional(_POLICIES),
    )
    async def apply(request: Request, because: str = "") -> Response:
        if_match, text = _if_match(request), await _body(request, body_bytes)
        return _changed(await live_config.apply(text, if_match, _author(request, because)), etag(live_config.config))

    @routes.post(
        f"{ROOT}/rollback",
        summary="Put an earlier policies.yaml in force again",
        responses=answers(Data),
        openapi_extra=conditional(),
    )
    async def rollback(request: Request, revision: str = "", because: str = "") -> Response:
        event = await live_config.roll_back(revision, _if_match(request), _author(request, because))
        return _changed(event, etag(live_config.config))


async def _body(request: Request, limit: int) -> bytes:
    return await read_body(request.receive, request.scope, limit)


def _stated(one: Statement, found: Budget | None) -> dict[str, Any]:
    """An account with its limit, where it still has one; amounts are decimal text, in USD, tokens or requests."""
    show = usd if found and found.unit == "USD" else str
    return {
        **one.account._asdict(),
        "unit": found.unit if found else None,
        "limit": show(found.limit) if found else None,
        "spent": show(one.spent),
        "held": show(one.held),
        "used": share_used(one.spent, found.limit) if found else None,
    }


def event_row(event: Event) -> dict[str, Any]:
    """An event without its text, which has an address of its own."""
    return {
        name: getattr(event, name) for name in Event.__slots__ if name != "text" and getattr(event, name) is not None
    }


def _changed(event: Event, tag: str) -> Response:
    response = json_response(event_row(event))
    response.headers["etag"] = f'"{tag}"'
    return response


def _proposed(proposal: Proposal) -> dict[str, Any]:
    return {
        "revision": proposal.config.revision,
        "previous": proposal.before.revision,
        "differences": proposal.differences,
        "tests": proposal.tests,
        "replay": proposal.replay,
    }


def _text(text: str, tag: str) -> Response:
    response = Response(text, media_type=YAML)
    if tag:
        response.headers["etag"] = f'"{tag}"'
    return response


def _if_match(request: Request) -> str:
    lines = request.headers.get("if-match", "").removeprefix("W/").strip('" ')
    if not lines:
        raise NoCondition("Say what you change: send the ETag that you saw as If-Match (GET it first).")
    return lines


def _author(request: Request, because: str) -> Author:
    return Author(request.headers.get("x-fungible-by", "admin")[:128], "http", because[:1000])
