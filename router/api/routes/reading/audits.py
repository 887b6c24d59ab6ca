"""Audits over HTTP: those of the server's own backends as they run, and transcripts that the data folder keeps."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Response

from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Audits, answers
from router.audit.transcripts.kept_audits import kept_file, kept_summaries, thinned
from router.money import usd

if TYPE_CHECKING:
    from router.audit.backend_watch import BackendWatch

LINES = "application/x-ndjson"


def build_audits(live_config: LiveConfig, watches: "Callable[[], Sequence[BackendWatch]]") -> APIRouter:
    """Routes that need an admin key; `watches` are those of this process."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        "/admin/v1/audits",
        summary="Audits: of the server's own backends as they run, and transcripts in `audits` of the data folder",
        responses=answers(Audits),
    )
    async def audits() -> Response:
        rows = await asyncio.to_thread(kept_summaries, live_config.data)
        own = [_watch_row(watch, live_config) for watch in watches()]
        return json_response({"object": "list", "data": rows, "backends": own})

    @routes.get(
        "/admin/v1/audits/{name}",
        summary="A transcript, line by line, as `fungible audit verify` takes it",
        responses=answers(media=LINES),
    )
    async def transcript(name: str) -> Response:
        path = await asyncio.to_thread(kept_file, live_config.data, name)
        body = await asyncio.to_thread(path.read_bytes)
        beside = {"content-disposition": f'attachment; filename="{path.name}"'}
        return Response(body, media_type=LINES, headers=beside)

    return routes


def _watch_row(watch: "BackendWatch", live_config: LiveConfig) -> dict[str, Any]:
    audit, config = watch.audit, live_config.service.config
    row = config.providers.get(watch.provider)
    return {
        "provider": watch.provider,
        "model": audit.model,
        "reference": audit.reference,
        "on_swap": row.on_swap if row else "note",
        "calls": watch.calls,
        "failed": watch.failed,
        "alarms": watch.alarms,
        "level": watch.level,
        "rings_at": audit.false_alarms,
        "levels": thinned(watch.levels),
        "spent_usd": usd(watch.spent),
        "budget_usd": audit.budget,
    }
