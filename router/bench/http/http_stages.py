"""HTTP's own share of a request, for `fungible bench stages`: reading it and writing its answer, and calling a backend.

Invariant: protocol, layers and adapter are those that serve; the wires are memory, so that neither the system's sockets
nor another process is measured.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import uvicorn
from uvicorn.server import ServerState

from providers.openai import create
from router.api.app import build_app
from router.api.assembly import assemble
from router.api.http.asgi import Receive, Scope, Send, read_body, send_whole
from router.api.http.uvicorn_protocol import Incoming, incoming
from router.api.live_config import LiveConfig
from router.api.prometheus import Metrics
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.bench.http.load.load_client import post
from router.bench.http.load.load_servers import PATH
from router.bench.http.load.mock_backend import ANSWER, COMPLETION
from router.config import load
from router.ledger import SqliteLedger
from router.serving.limits import DEFAULT_LIMITS
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import Call

AT_ONCE = 50
"""Requests between two looks at the clock."""
HEADERS = [(b"x-fungible-%d" % number, b"a value of usual length") for number in range(9)]
Work = Callable[[], Awaitable[object]]


class Wire:
    """One end of a connection that is memory; what is written goes to `written`."""

    def __init__(self, written: Callable[[bytes], object]) -> None:
        self.write = written

    def get_extra_info(self, name: str, default: object = None) -> Any:
        """Where it leads: nowhere; options of a socket may be set on it all the same."""
        return {"socket": self, "peername": ("127.0.0.1", 2), "sockname": ("127.0.0.1", 1)}.get(name, default)

    def setsockopt(self, *_: object) -> None:
        """There is no socket."""

    getsockname = getpeername = lambda _: ("127.0.0.1", 1)
    family = 2

    def is_closing(self) -> bool:
        """It stays open."""
        return False

    def close(self) -> None:
        """There is nothing to close."""

    abort = pause_reading = resume_reading = close


def http_stages(body: bytes, rounds: int) -> dict[str, list[float]]:
    """Seconds of processor for each stage of a request with this body, once for each round."""
    with asyncio.Runner(loop_factory=loop_of_servers()) as runner, TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder, "ledger.sqlite3"))
        try:
            return runner.run(_measured(assemble(load(), ledger), ledger, body, rounds))
        finally:
            ledger.close()


def loop_of_servers() -> Callable[[], asyncio.AbstractEventLoop]:
    """The event loop that servers run on here."""
    try:
        import uvloop
    except ImportError:  # pragma: no cover - Windows
        return asyncio.new_event_loop
    return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)


async def _measured(service: Service, ledger: SqliteLedger, body: bytes, rounds: int) -> dict[str, list[float]]:
    stages = {
        "HTTP: read a request, write an answer": _answers(service, ledger, body),
        "call a backend over HTTP": _calls(service, body),
    }
    return {name: await _timed(work, rounds) for name, work in stages.items()}


async def _timed(work: Work, rounds: int) -> list[float]:
    await work()
    times = []
    for _ in range(rounds):
        begun = time.thread_time()
        for _ in range(AT_ONCE):
            await work()
        times.append((time.thread_time() - begun) / AT_ONCE)
    return times


def _answers(service: Service, ledger: SqliteLedger, body: bytes) -> Work:
    """A request through protocol and layers, answered with bytes that are there."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive, scope, DEFAULT_LIMITS.body_bytes)
        await send_whole(send, COMPLETION, HEADERS)

    app = build_app(service, Metrics(), dict, lambda: None, LiveConfig(service, ledger, None))
    app.endpoints = {PATH: answer}
    config = uvicorn.Config(app, http=incoming(DEFAULT_LIMITS), access_log=False, proxy_headers=False, log_config=None)
    config.load()
    protocol: Incoming = config.http_protocol_class(  # type: ignore[call-arg, assignment]
        config=config, server_state=ServerState(), app_state={}
    )
    loop, request = asyncio.get_running_loop(), post(PATH, body)
    answered: list[asyncio.Future[bytes]] = [loop.create_future()]

    async def ask() -> bytes:
        answered[0] = loop.create_future()
        loop.call_soon(protocol.data_received, request)
        return await answered[0]

    protocol.connection_made(cast("asyncio.Transport", Wire(lambda data: answered[0].set_result(data))))
    return ask


def _calls(service: Service, body: bytes) -> Work:
    """A call of an adapter, from its body to the last chunk of the answer."""
    connect_to_memory(asyncio.get_running_loop())
    provider = create({"base_url": "http://127.0.0.1:9/v1"})
    request = ChatCompletions().parse(body, None).request
    exchange = service.consider(request, RequestContext("bench"))
    model = service.active.models[exchange.decision.chosen]
    call = Call(request, model, exchange.features, (), {"x-request-id": "req_of_this_benchmark"})

    async def ask() -> int:
        return len([chunk async for chunk in provider.stream(call)])

    return ask


def connect_to_memory(loop: asyncio.AbstractEventLoop) -> None:
    """Let every connection that is made in this loop lead to a backend that answers at once."""

    async def connect(protocol_of: Callable[[], asyncio.Protocol], *_: object, **__: object) -> Any:
        protocol = protocol_of()
        wire = Wire(lambda _: loop.call_soon(protocol.data_received, ANSWER))
        protocol.connection_made(cast("asyncio.Transport", wire))
        return wire, protocol

    loop.create_connection = connect  # type: ignore[method-assign, assignment]
