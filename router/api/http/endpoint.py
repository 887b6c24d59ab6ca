"""A request that is answered by a model, as a plain ASGI callable over any surface: the hot path.

Invariant: after the first chunk a failure is an error event, never a second model. The status is sent once that chunk
was drawn; only where that takes so long that the connection might be given up, a stream of events begins before it.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from typing import Any

from router.api.bodies.parse_body import parse_body
from router.api.http.asgi import (
    EVENTS,
    ClientLeft,
    Receive,
    Scope,
    Send,
    Watch,
    connection_of,
    joined_header,
    read_body,
    request_id,
    send_bytes,
    send_whole,
    trail_of,
)
from router.api.http.authentication import access_of, secret_of
from router.api.http.caller_headers import caller_headers, consent_of, facts_said
from router.api.http.error_responses import unexpected
from router.api.surfaces.azure_controls import Routed, routed
from router.api.surfaces.openai_chat.render import early_headers, headers
from router.api.surfaces.stream_pings import StreamPings
from router.api.surfaces.surface import ParsedRequest, Surface
from router.decision.routing_controls import RoutingControls
from router.errors import DeadlineExceeded, ProviderError, RouterError, WrongMethod
from router.serving.answer import Answer
from router.serving.cached_answers.cache_use import cache_use_of
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.serving.work.heavy_work import SMALL
from router.tokens import NotLoaded
from router.types import NOBODY, Caller, Chunk

MOST_READY = 256

_STARTED = "fungible.started"


class Endpoint:
    """One way in."""

    def __init__(self, service: Service, surface: Surface) -> None:
        self.service = service
        self.surface = surface

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        id = request_id(scope)  # noqa: A001
        try:
            await self._answer(scope, receive, send, id)
        except ClientLeft:
            return
        except RouterError as error:
            await self._fail(scope, send, error, id)
        except Exception as error:  # noqa: BLE001 - the last line of defence: no trace ever reaches a client
            await self._fail(scope, send, unexpected(error), id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, id: str) -> None:  # noqa: A002
        if scope["method"] != "POST":
            raise WrongMethod(scope["method"], scope["path"], "POST")
        state, connection = self.service.state, connection_of(scope)
        if connection is None or not connection.is_whole:
            # Before its body is read, which may be large and slow; and again once it is.
            state.refuse_more()
        body = await read_body(receive, scope, state.limits.body_bytes, state.body_room)
        if len(body) <= SMALL:
            routing = routed(scope, body)
            try:
                parsed = self.surface.parse_request(scope, routing.body)
            except NotLoaded as missing:
                await asyncio.to_thread(missing.load)
                parsed = self.surface.parse_request(scope, routing.body)
            await self._answer_parsed(scope, receive, send, id, parsed, len(body), routing)
            return
        size = len(body)
        try:
            parsed, routing = await self._parse_large(scope, body)
            # The answer may take long.
            del body
            await self._answer_parsed(scope, receive, send, id, parsed, size, routing)
        finally:
            state.body_room.give_back(size)

    async def _answer_parsed(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        id: str,  # noqa: A002
        parsed: ParsedRequest,
        size: int,
        routing: Routed,
    ) -> None:
        notes = (*parsed.notes, *routing.notes)
        settled = request_context(scope, id, self.service.salt, notes, size, routing.controls)
        with Watch(receive, connection_of(scope)):
            answer = await self.service.answered(parsed.request, settled)
            if parsed.streams:
                await self._stream(scope, send, answer, parsed)
            else:
                async with answer:
                    await self._whole(send, answer, parsed)

    async def _parse_large(self, scope: Scope, body: bytes) -> tuple[ParsedRequest, Routed]:
        taken: list[Routed] = []

        def parse(data: bytes) -> ParsedRequest:
            taken.append(routed(scope, data))
            return self.surface.parse_request(scope, taken[-1].body)

        parsed = await parse_body(self.service.state.heavy_work, body, parse, self.surface.most_values)
        # Not the body, which may be large.
        return parsed, taken[-1]._replace(body=b"")

    async def _whole(self, send: Send, answer: Answer, parsed: ParsedRequest) -> None:
        try:
            chunks = [chunk async for chunk in answer]
        except ProviderError as error:
            await answer.fail(error)
            raise RouterError(f"The answer broke off: {answer.said(error).message}") from error
        render = partial(parsed.render, answer.exchange, answer.settled(), chunks)
        body = await answer.state.heavy_work.run(render) if answer.is_long else render()
        await send_whole(send, body, self._headers(answer))

    async def _stream(self, scope: Scope, send: Send, answer: Answer, parsed: ParsedRequest) -> None:
        """Draw the first chunk and send what comes; a failure that comes after a ping is told in the stream."""

        def start() -> dict[str, Any]:
            scope[_STARTED] = True
            lines = self._headers(answer)
            return {
                "type": "http.response.start",
                "status": 200,
                "headers": [parsed.kind, (b"cache-control", b"no-cache"), *lines],
            }

        pause_s = answer.state.limits.ping_s if parsed.kind == EVENTS else None
        async with StreamPings(send, start, self.surface.ping, pause_s) as out:
            began = False
            try:
                async with answer:
                    began = True
                    await self._events(out, answer, parsed)
            except RouterError as error:
                if began or not out.started:
                    raise
                if (request_trace := trail_of(scope)) is not None:
                    request_trace.error = error
                # Nobody serves; what is shown in that place is what would have been.
                stream = parsed.stream(answer.exchange, answer.exchange.decision.chosen)
                await _broken_off(out, stream.stream_error(error, answer.settled()))

    async def _events(self, out: StreamPings, answer: Answer, parsed: ParsedRequest) -> None:
        stream = parsed.stream(answer.exchange, answer.served)
        held: Chunk | None = None
        ready: list[bytes] = []
        try:
            async for chunk in answer:
                if held:
                    ready.append(stream.chunk(held))
                # The last chunk of a choice may be the last event, which carries the receipt: it waits for the end.
                held = chunk if chunk.finish_reason else None
                if not held:
                    ready.append(stream.chunk(chunk))
                # What came together goes out together.
                if ready and (not chunk.more or len(ready) >= MOST_READY):
                    await out.send(b"".join(ready), more=True)
                    ready.clear()
        except (ProviderError, DeadlineExceeded) as error:
            closing = stream.stream_error(answer.said(error), await answer.fail(error))
            await _broken_off(out, closing, b"".join(ready))
            return
        ready.append(stream.last(held or Chunk(finish_reason="stop"), answer.settled()))
        await out.send(b"".join(ready), more=False)

    def _headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        exchange, served = answer.exchange, answer.served
        lines = headers(exchange, served, answer.cached_from) if served else early_headers(exchange)
        if self.surface.id_header:
            lines.append((self.surface.id_header, lines[0][1]))
        return lines

    async def _fail(self, scope: Scope, send: Send, error: RouterError, id: str) -> None:  # noqa: A002
        if (request_trace := trail_of(scope)) is not None:
            request_trace.error = error
        if scope.get(_STARTED):
            # The status is out, and the client no longer takes what is sent: an unfinished stream tells it.
            return
        status, body, extra = self.surface.failure(error, id)
        await send_bytes(send, status, body, [(b"x-request-id", id.encode()), *extra])


async def _broken_off(out: StreamPings, closing: bytes | None, before: bytes = b"") -> None:
    """End a stream that broke off; where there is no word for it, an unfinished body tells it."""
    await out.send(before + (closing or b""), more=closing is None)


def request_context(
    scope: Scope,
    id: str,  # noqa: A002
    salt: bytes,
    notes: tuple[str, ...] = (),
    body_bytes: int = 0,
    controls: RoutingControls | None = None,
) -> RequestContext:
    """What the headers say beside the body; raises BadRequest. The key is kept as a salted hash alone."""
    said = caller_headers(scope["headers"])
    who, access = caller(scope, salt, said), access_of(scope)
    trail = trail_of(scope)
    return RequestContext(
        id,
        consent_of(said),
        said.get("policy"),
        said.get("unit"),
        who,
        access,
        notes,
        trail,
        body_bytes,
        controls,
        cache_use_of(joined_header(scope, b"cache-control")),
    )


def caller(scope: Scope, salt: bytes, said: Mapping[str, str]) -> Caller:
    """Who asks, by the headers; where keys are asked for, the key has been looked up and says who.

    Raises BadRequest.
    """
    secret = secret_of(scope) if access_of(scope) is None else None
    key = f"key_{blake2b(secret, key=salt, digest_size=6).hexdigest()}" if secret is not None else None
    return Caller(key, **facts_said(said)) if key or said else NOBODY
