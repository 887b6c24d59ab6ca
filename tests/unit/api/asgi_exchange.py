"""One request to one endpoint without a socket, by a virtual clock: what was sent, and when."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from api.test_failures import Scripted

from router.api.assembly import assemble
from router.api.http.endpoint import Endpoint
from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.surface import Surface
from router.config import load
from router.ledger import SqliteLedger
from router.serving.limits import Limits
from unit.api.virtual_time import run

WORDS = [{"role": "user", "content": "hello"}]
BODIES: Mapping[str, tuple[Surface, dict[str, Any]]] = {
    "chat": (ChatCompletions(), {"messages": WORDS}),
    "responses": (Responses(), {"input": "hello"}),
    "messages": (Messages(), {"messages": WORDS, "max_tokens": 1000}),
}


class Sent(NamedTuple):
    """What a client got: a status and headers, pieces with the second in which each came, and whether it ended."""

    status: int
    headers: dict[str, str]
    pieces: list[tuple[int, bytes]]
    ended: bool

    @property
    def body(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)


def exchange(
    folder: Path,
    script: dict[str, list[Any]],
    shape: str = "chat",
    *,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
    silent: bool = False,
    outcomes: list[str] | None = None,
    **more: Any,
) -> Sent:
    """Ask for a stream from backends that do what the script says; `outcomes` gets those of the receipts."""
    surface, body = BODIES[shape]
    return run(
        _exchange(
            folder, script, surface, body | {"model": "gpt-5", "stream": True} | more, limits, headers, silent, outcomes
        )
    )


async def _exchange(
    folder: Path,
    script: dict[str, list[Any]],
    surface: Surface,
    body: dict[str, Any],
    limits: Limits | None,
    headers: Mapping[str, str] | None,
    silent: bool,
    outcomes: list[str] | None,
) -> Sent:
    config = load(None)
    if silent:
        policies = {name: replace(policy, disclosure="silent") for name, policy in config.policies.items()}
        config = replace(config, policies=policies)
    ledger = SqliteLedger(folder / "ledger.sqlite3")
    service = assemble(config, ledger, limits=limits or Limits(), watch=lambda r: (outcomes or []).append(r.outcome))
    backend = Scripted(script)
    service.active = replace(service.active, providers=dict.fromkeys(service.active.providers, backend))
    data, sent, begun = orjson.dumps(body), [], asyncio.get_running_loop().time()
    came = iter([{"type": "http.request", "body": data}])

    async def receive() -> dict[str, Any]:
        return next(came, None) or await asyncio.Event().wait() or {}

    async def send(message: Any) -> None:
        sent.append((round(asyncio.get_running_loop().time() - begun), message))

    lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "POST", "path": surface.paths[0].path, "headers": lines, "client": ("::1", 1)}
    await Endpoint(service, surface)(scope, receive, send)
    ledger.close()
    start, *rest = [message for _, message in sent]
    pieces = [(when, message["body"]) for when, message in sent if "body" in message]
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return Sent(start["status"], told, pieces, not rest[-1].get("more_body"))
