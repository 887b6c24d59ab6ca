"""Scenarios over HTTP: which there are, and what playing one gives.

Invariant: what ships is read by who may look, and played with other settings by who may edit; no file is read but the
shipped ones.
"""

import asyncio
from functools import lru_cache
from math import isfinite, nan
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from router.api.http.admin_auth import ADMIN
from router.api.playing.scenario_plays import ScenarioPlays
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Data, Listed, answers
from router.config.files.seed_data import load_facts
from router.errors import BadRequest, Forbidden, NotFound
from router.keys.admin import Admin
from router.suggest import nearest

ROOT = "/admin/v1/scenarios"


def build_scenarios(plays: ScenarioPlays) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response)

    @routes.get(
        ROOT,
        summary="The scenarios: story, settings with their sources, facts",
        responses=answers(Listed),
        dependencies=[Depends(only_known_words)],
    )
    async def scenarios() -> Response:
        return json_response({"object": "list", "data": await asyncio.to_thread(shipped)})

    @routes.get(
        f"{ROOT}/{{name}}",
        summary="A scenario as it was played; settings are words of the query (a played one needs an editor)",
        responses=answers(Data),
    )
    async def scenario(name: str, request: Request, seed: Annotated[int, Query(ge=0, le=2**31)] = 1) -> Response:
        from router.scenarios.scenario_file import names

        if name not in names():
            raise NotFound(f"No scenario is called {name[:60]!r}.{nearest(name[:60], names())}", param="name")
        given = _given(request)
        admin: Admin = request.scope[ADMIN]
        if (given or seed != 1) and not admin.may("editor"):
            raise Forbidden(f"The admin {admin.name!r} is {admin.role}; playing with other settings is for editors.")
        return json_response(await plays.play(name, given, seed))

    return routes


@lru_cache(maxsize=1)
def shipped() -> list[dict[str, Any]]:
    """What ships, read once, with the code that is for it alone."""
    from router.scenarios.played_result import about
    from router.scenarios.scenario_file import load_scenario, names

    facts = load_facts()
    return [about(load_scenario(name, facts), facts) for name in names()]


def _given(request: Request) -> dict[str, float]:
    """The settings of a query; raises BadRequest."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name[:60] in given:
            raise BadRequest(f"{name[:60]} is there more than once: say it once.", param=name[:60])
        given[name[:60]] = value
    given.pop("seed", None)
    return {name: _number(name, value) for name, value in given.items()}


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = nan
    # What is no number, or too large for any, can't be handed on as JSON either.
    if not isfinite(number):
        raise BadRequest(f"{name}: {value[:40]!r} is no number that a setting takes.", param=name)
    return number
