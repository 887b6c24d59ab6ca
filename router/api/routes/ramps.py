"""The ramps over HTTP: how far each has come, and what an operator orders.

Invariant: an order is carried out in the store, noted in the ledger, and in force here before it is answered.
"""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.admin_auth import author_of
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Data, Listed, answers
from router.ledger.ramp_store import RampStore, moment
from router.ramps import Order
from router.ramps.commands import WORDS, Word
from router.ramps.status import Status, status
from router.types import RampPlan

ROOT = "/admin/v1/ramps"


def build_ramps(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])
    governor = live_config.governor

    @routes.get(
        ROOT, summary="Every governed ramp: stage, share, evidence, what it waits for", responses=answers(Listed)
    )
    async def ramps() -> Response:
        return json_response({"object": "list", "data": await asyncio.to_thread(_all, governor.plans, governor.store)})

    @routes.get(f"{ROOT}/{{name}}", summary="One ramp", responses=answers(Data))
    async def ramp(name: str) -> Response:
        (status,) = await asyncio.to_thread(statuses, (governor.plan(name),), governor.store)
        return json_response(status)

    @routes.get(f"{ROOT}/{{name}}/log", summary="Every move of a ramp, the last first", responses=answers(Listed))
    async def moves(name: str) -> Response:
        logged = await asyncio.to_thread(governor.store.moves, governor.plan(name).name)
        return json_response(
            {"object": "list", "data": [{"seq": move.seq, "time": move.time, **move.move} for move in reversed(logged)]}
        )

    _add_orders(routes, live_config)
    return routes


def _add_orders(routes: APIRouter, live_config: LiveConfig) -> None:
    governor = live_config.governor

    @routes.post(f"{ROOT}/{{name}}/{{word}}", summary=f"Order a move: {', '.join(WORDS)}", responses=answers(Data))
    async def order(name: str, word: Word, request: Request, because: str = "", force: bool = False) -> Response:
        wanted = Order(word, author_of(request.scope, because), force)
        move = await asyncio.to_thread(governor.obey, name, wanted)
        await asyncio.to_thread(governor.look)
        await live_config.take_up()
        return json_response(move)


def shown(plans: tuple[RampPlan, ...], store: RampStore) -> tuple[RampPlan, ...]:
    """The ramps of a list: of an alias' upgrades those that have seen traffic, since most never do."""
    states = store.states() if any(plan.ramp.alias for plan in plans) else {}
    return tuple(plan for plan in plans if not plan.ramp.alias or ((state := states.get(plan.name)) and state.tasks))


def _all(plans: tuple[RampPlan, ...], store: RampStore) -> list[Status]:
    return statuses(shown(plans, store), store)


def statuses(plans: tuple[RampPlan, ...], store: RampStore) -> list[Status]:
    """The status of some ramps now."""
    now, states, totals = datetime.now(UTC), store.states(), store.totals()
    return [status(plan, states.get(plan.name), totals, moment(plan, now)) for plan in plans]
