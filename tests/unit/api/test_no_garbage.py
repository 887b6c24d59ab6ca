"""A request leaves no circle of objects: what it held goes with its last byte, not when garbage is looked for."""

import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import uvicorn
from uvicorn.server import ServerState

from router.api.app import build_app
from router.api.assembly import assemble
from router.api.http.uvicorn_protocol import Incoming, incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.bench.http.http_stages import Wire
from router.bench.http.load.load_client import post
from router.config import load
from router.ledger import SqliteLedger
from router.serving.limits import DEFAULT_LIMITS

REQUESTS, ROUNDS = 40, 3
WORDS = {"messages": [{"role": "user", "content": "Say hello."}]}
ASKED: dict[str, tuple[str, dict[str, Any], bytes]] = {
    "answer": ("/v1/chat/completions", WORDS | {"model": "auto"}, b"HTTP/1.1 200"),
    "stream": ("/v1/chat/completions", WORDS | {"model": "auto", "stream": True}, b"HTTP/1.1 200"),
    "other shape": ("/v1/messages", WORDS | {"model": "auto", "max_tokens": 100}, b"HTTP/1.1 200"),
    "unknown model": ("/v1/chat/completions", WORDS | {"model": "nobody's"}, b"HTTP/1.1 404"),
    "no messages": ("/v1/chat/completions", {"model": "auto"}, b"HTTP/1.1 400"),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    kept = SqliteLedger(tmp_path / "ledger.sqlite3")
    yield kept
    kept.close()


async def _answered(protocol: Incoming, request: bytes, times: int, begin: bytes) -> None:
    """Ask again and again on one connection, each time once the request before it has ended."""
    for _ in range(times):
        written: list[bytes] = []
        protocol.transport.write = written.append  # type: ignore[method-assign, assignment]
        protocol.data_received(request)
        await asyncio.wait(protocol.tasks)
        assert written[0].startswith(begin), written


async def _left_behind(ledger: SqliteLedger, path: str, body: dict[str, Any], begin: bytes) -> int:
    """How many objects in circles so many requests leave."""
    service = assemble(load(), ledger)
    app = build_app(service, Metrics(), dict, lambda: None, LiveConfig(service, ledger, None))
    config = uvicorn.Config(app, http=incoming(DEFAULT_LIMITS), access_log=False, proxy_headers=False, log_config=None)
    config.load()
    made = cast("partial[Incoming]", partial(config.http_protocol_class, config=config, server_state=ServerState()))
    protocol, request = made(app_state={}), post(path, orjson.dumps(body))
    protocol.connection_made(cast("asyncio.Transport", Wire(len)))
    await _answered(protocol, request, 5, begin)
    # What a thread of an earlier test throws away meanwhile is no request's: it is not there in every round.
    return min([await _garbage(protocol, request, begin) for _ in range(ROUNDS)])


async def _garbage(protocol: Incoming, request: bytes, begin: bytes) -> int:
    gc.collect()
    gc.disable()
    try:
        await _answered(protocol, request, REQUESTS, begin)
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", ASKED)
def test_a_request_leaves_no_circle_of_objects(kind: str, ledger: SqliteLedger) -> None:
    assert asyncio.run(_left_behind(ledger, *ASKED[kind])) < REQUESTS
