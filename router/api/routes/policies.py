"""The admin routes: the life of a policy over HTTP, and the state of the budgets.

Invariant: nothing changes without `If-Match`; a text that is refused changes nothing and says where it is wrong.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.admin_auth import author_of
from router.api.http.asgi import read_body
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import YAML, Data, Listed, Proposed, answers, conditional, takes
from router.config.load import POLICIES
from router.decision.budgets import Account, carried, earlier, limit_at, period, share_used
from router.errors import NoCondition
from router.ledger.budget_store import Statement
from router.ledger.policy_events import Event
from router.money import ZERO, usd
from router.policy.json_schema import policies_schema
from router.policy.lifecycle import Proposal, etag, text_of
from router.types import Budget

ROOT = "/admin/v1/policies"
# Without a body it is a text with nothing in it, of which can be said, too, what is wrong with it.
_POLICIES = takes(YAML, {}, required=False)


def build_admin(live_config: LiveConfig, body_bytes: int) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])
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

    @routes.get(
        f"{ROOT}/log",
        summary="Every change of policy, the last first; `actual` is what each did afterwards",
        responses=answers(Listed),
    )
    def log(actual: bool = False) -> Response:
        events = live_config.ledger.events()
        did = live_config.outcomes.of(events) if actual else {}
        more = {event.seq: {"actual": did.get(event.seq, {})} if actual else {} for event in events}
        rows = [event_row(event) | more[event.seq] for event in reversed(events)]
        return json_response({"object": "list", "data": rows})

    @routes.get(f"{ROOT}/schema", summary="The JSON schema of policies.yaml, for editors", responses=answers(Data))
    async def schema() -> Response:
        return json_response(policies_schema())

    @routes.get(
        f"{ROOT}/{{revision}}",
        summary="policies.yaml of an earlier revision, or of a number in the log",
        responses=answers(media=YAML),
    )
    def earlier(revision: str) -> Response:
        return _text(text_of(revision, live_config.ledger), "")

    @routes.get("/admin/v1/budgets", summary="What every account has spent and holds", responses=answers(Listed))
    def budgets() -> Response:
        policies = live_config.config.policies.values()
        budgets = {budget.book: budget for policy in policies for budget in policy.budgets}
        budgets |= {budget.book: budget for budget in live_config.keyring.budgets}
        statements = {each.account: each for each in live_config.service.state.accounts.statements()}
        local = live_config.service.clock().astimezone(ZoneInfo(live_config.config.timezone))
        rows = [_stated(each, budgets.get(each.account.budget), statements, local) for each in statements.values()]
        return json_response({"object": "list", "data": rows})


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
                "data": [warning.to_json() for warning in await live_config.lint(await _body(request, body_bytes))],
            }
        )

    @routes.post(
        f"{ROOT}/replay",
        summary="What a policies.yaml would change, with nothing changed",
        responses=answers(Proposed),
        openapi_extra=_POLICIES,
    )
    async def replay(request: Request, pictures: bool = False) -> Response:
        proposal = await live_config.propose(await _body(request, body_bytes))
        return json_response(_proposed(proposal) | (await _drawn(proposal, live_config) if pictures else {}))


def _add_changing(routes: APIRouter, live_config: LiveConfig, body_bytes: int) -> None:
    @routes.put(
        ROOT,
        summary="Check, test, replay and apply a policies.yaml",
        responses=answers(Data),
        openapi_extra=conditional(_POLICIES),
    )
    async def apply(request: Request, because: str = "") -> Response:
        if_match, text = if_match_of(request), await _body(request, body_bytes)
        return changed(
            await live_config.apply(text, if_match, author_of(request.scope, because)), etag(live_config.config)
        )

    @routes.post(
        f"{ROOT}/rollback",
        summary="Put an earlier policies.yaml in force again",
        responses=answers(Data),
        openapi_extra=conditional(),
    )
    async def rollback(request: Request, revision: str = "", because: str = "") -> Response:
        event = await live_config.roll_back(revision, if_match_of(request), author_of(request.scope, because))
        return changed(event, etag(live_config.config))


async def _drawn(proposal: Proposal, live_config: LiveConfig) -> dict[str, Any]:
    def draw() -> Mapping[str, Any]:
        # Imported in the thread, by the first who asks for pictures.
        from router.policy.replay.report.pictures import draw_ledger

        return draw_ledger(live_config.ledger, proposal.before, proposal.config)

    return {"pictures": await asyncio.to_thread(draw)}


async def _body(request: Request, limit: int) -> bytes:
    return await read_body(request.receive, request.scope, limit)


def _stated(
    statement: Statement, budget: Budget | None, statements: Mapping[Account, Statement], local: datetime
) -> dict[str, Any]:
    """An account with its limit now, where it still has one; amounts are decimal text, in USD, tokens or requests.

    Of a period that rolls, the last part has what is used of all of it. What rolled over from the period before is part
    of the limit of the one that is now.
    """
    show = usd if budget and budget.unit == "USD" else str
    limit = limit_at(budget, local) / budget.at if budget else ZERO
    parts, over = [statement], ZERO
    if budget and statement.account.period == period(budget.per, local):
        parts += [statements[part] for part in earlier(budget, statement.account, local) if part in statements]
        if (before := carried(budget, statement.account, local)) is not None:
            over = before.left(statements[before.account].spent if before.account in statements else ZERO) / budget.at
            limit += over
    spent = sum((part.spent for part in parts), ZERO)
    return {
        **statement.account._asdict(),
        "unit": budget.unit if budget else None,
        "limit": show(limit) if budget else None,
        **({"rolled_over": show(over)} if budget and budget.rollover else {}),
        "spent": show(statement.spent),
        "held": show(statement.held),
        "used": share_used(spent, limit) if budget else None,
    }


def event_row(event: Event) -> dict[str, Any]:
    """An event without its text, which has an address of its own."""
    return {
        name: getattr(event, name) for name in Event.__slots__ if name != "text" and getattr(event, name) is not None
    }


def changed(event: Event, tag: str) -> Response:
    """What came into force, with its ETag."""
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


def if_match_of(request: Request) -> str:
    """What a change must match; raises NoCondition."""
    lines = request.headers.get("if-match", "").removeprefix("W/").strip('" ')
    if not lines:
        raise NoCondition("Say what you change: send the ETag that you saw as If-Match (GET it first).")
    return lines
