"""Candidates over HTTP: policies that decide beside live traffic, compared, agreed to, promoted or dropped.

Invariant: what a candidate would have done is worked out when it is asked for, in a thread; no answer waits for it.
"""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response

from router.api.http.admin_auth import author_of
from router.api.http.asgi import read_body
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.policies import ROOT as POLICIES_ROOT
from router.api.routes.policies import changed, if_match_of
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import YAML, Data, Listed, answers, conditional, takes
from router.policy.candidates.beside_traffic import compare
from router.policy.candidates.candidate_store import agree, candidate_of, candidates, end, put_up
from router.policy.diff import differences
from router.policy.lifecycle import etag
from router.policy.replay.report.summary import summarise

if TYPE_CHECKING:
    from router.policy.replay.result import Replay

ROOT = f"{POLICIES_ROOT}/candidates"


def build_candidates(live_config: LiveConfig, body_bytes: int) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])
    log = live_config.ledger.log

    @routes.get(ROOT, summary="Every candidate, the last first", responses=answers(Listed))
    def every() -> Response:
        rows = [candidate.plain() for candidate in reversed(list(candidates(log).values()))]
        return json_response({"object": "list", "data": rows})

    @routes.post(
        ROOT,
        summary="Put a policies.yaml up beside the one in force, to answer nothing; its tests must pass",
        responses=answers(Data),
        openapi_extra=takes(YAML, {}, required=False),
    )
    async def put(request: Request, because: str = "") -> Response:
        proposal = await live_config.propose(await read_body(request.receive, request.scope, body_bytes))
        text = proposal.config.texts["policies.yaml"]
        author, revision = author_of(request.scope, because), proposal.config.revision
        made = await asyncio.to_thread(put_up, log, revision, text, author, datetime.now(UTC))
        return json_response(made.plain() | {"differences": proposal.differences, "tests": proposal.tests})

    @routes.get(
        f"{ROOT}/{{revision}}",
        summary="A candidate beside what is in force, over the requests since it was put up",
        responses=answers(Data),
    )
    def compared(revision: str, pictures: bool = False) -> Response:
        candidate, current = candidate_of(log, revision), live_config.config
        comparison = compare(live_config.ledger, candidate, current)
        said = [difference.label for difference in differences(current, comparison.config)]
        return json_response(candidate.plain() | {"differences": said} | _figures(comparison.replay, pictures=pictures))

    _add_endings(routes, live_config)
    return routes


def _figures(replayed: "Replay | None", *, pictures: bool) -> dict[str, Any]:
    """What was asked since, in four figures and whole; nothing of it where nothing was asked."""
    if replayed is None:
        return {"replay": {}, "summary": {}} | ({"pictures": {}} if pictures else {})
    figures = {"replay": replayed.plain(), "summary": summarise(replayed)}
    if not pictures:
        return figures
    from router.policy.replay.report.pictures import draw

    return figures | {"pictures": draw(replayed)}


def _add_endings(routes: APIRouter, live_config: LiveConfig) -> None:
    log = live_config.ledger.log

    @routes.post(f"{ROOT}/{{revision}}/approve", summary="Agree to a candidate", responses=answers(Data))
    def approve(request: Request, revision: str, because: str = "") -> Response:
        author = author_of(request.scope, because)
        return json_response(agree(log, candidate_of(log, revision), author).plain())

    @routes.post(
        f"{ROOT}/{{revision}}/promote",
        summary="Put a candidate in force; what it did beside the traffic is its promise",
        responses=answers(Data),
        openapi_extra=conditional(),
    )
    async def promote(request: Request, revision: str, because: str = "") -> Response:
        author = author_of(request.scope, because)
        event = await live_config.promote(revision, if_match_of(request), author)
        return changed(event, etag(live_config.config))

    @routes.delete(f"{ROOT}/{{revision}}", summary="Drop a candidate; what is in force stays", responses=answers(Data))
    def drop(revision: str) -> Response:
        return json_response(end(log, candidate_of(log, revision), "dropped", datetime.now(UTC)).plain())
