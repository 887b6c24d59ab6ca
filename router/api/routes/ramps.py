"""The ramps over HTTP: how far each has come, and what an operator orders.

Invariant: an order is carried out in the store, noted in the ledger, and in force here before it is answered.
"""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.admin_auth import AdminAuthentication
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Data, Listed, answers
from router.ledger.ramp_store import RampStore, moment
from router.ramps import Order
from router.ramps.commands import WORDS, Word
from router.ramps.status import Status, status
from router.types import Author, RampPlan

ROOT = "/admin/v1/ramps"


def build_ramps(live_config: LiveConfig, key: str | None) -> APIRouter:
    """Routes that need the admin key, or loopback where none is set."""
    routes = APIRouter(
        tags=["admin"], default_response_class=Response, dependencies=[Depends(AdminAuthentication(key))]
    )
    governor = live_config.governor

    @routes.get(
        ROOT, summary="Every governed ramp: stage, share, evidence, what it waits for", responses=answers(Listed)
    )
    async def ramps() -> Response:
        return json_response(
            {"object": "list", "data": await asyncio.to_thread(statuses, governor.plans, governor.store)}
        )

    @routes.get(f"{ROOT}/{{name}}", summary="One ramp", responses=answers(Data))
    async def ramp(name: str) -> Response:
        (one,) = await asyncio.to_thread(statuses, (governor.plan(name),), governor.store)
        return json_response(one)

    @routes.get(f"{ROOT}/{{name}}/log", summary="Every move of a ramp, the last first", responses=answers(Listed))
    async def moves(name: str) -> Response:
        found = await asyncio.to_thread(governor.store.moves, governor.plan(name).name)
        return json_response(
            {"object": "list", "data": [{"seq": one.seq, "time": one.time, **one.move} for one in reversed(found)]}
        )

    _add_orders(routes, live_config)
    return routes


def _add_orders(routes: APIRouter, live_config: LiveConfig) -> None:
    governor = live_config.governor

    @routes.post(f"{ROOT}/{{name}}/{{word}}", summary=f"Order a move: {', '.join(WORDS)}", responses=answers(Data))
    async def order(name: str, word: Word, request: Request, because: str = "", force: bool = False) -> Response:
        by = request.headers.get("x-fungible-by", "admin")[:128]
        wanted = Order(word, Author(by, "http", because[:1000]), force)
        move = await asyncio.to_thread(governor.obey, name, wanted)
        await asyncio.to_thread(governor.look)
        await live_config.take_up()
        return json_response(move)


def statuses(plans: tuple[RampPlan, ...], store: RampStore) -> list[Status]:
    """The status of some ramps now."""
    now, states, totals = datetime.now(UTC), store.states(), store.totals()
    return [status(plan, states.get(plan.name), totals, moment(plan, now)) for plan in plans]
