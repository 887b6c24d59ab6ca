"""A request that is answered by a model, as a plain ASGI callable over any surface: the hot path.

Invariant: the status is sent after the first chunk was drawn; after it, a failure is an error event, never a second
model.
"""

from hashlib import blake2b

from pydantic import TypeAdapter, ValidationError

from router.api.http.asgi import (
    ClientLeft,
    Receive,
    Scope,
    Send,
    Watch,
    header,
    read_body,
    request_id,
    send_bytes,
    trail_of,
)
from router.api.http.authentication import access_of, secret_of
from router.api.http.error_responses import unexpected
from router.api.surfaces.openai_chat.render import headers
from router.api.surfaces.surface import ParsedRequest, Surface
from router.errors import BadRequest, DeadlineExceeded, ProviderError, RouterError, WrongMethod
from router.serving.answer import Answer
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import Caller, Chunk, Consent

NOBODY = Caller()
MOST_TAGS = 16
MOST_READY = 256

_STARTED = "fungible.started"
CONSENT: TypeAdapter[Consent] = TypeAdapter(Consent)


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
        # Before its body is read, which may be large and slow; and again once it is.
        self.service.state.refuse_more()
        body = await read_body(receive, scope, self.service.state.limits.body_bytes)
        parsed = self.surface.parse_request(scope, body)
        settled = request_context(scope, id, self.service.salt, parsed.notes)
        async with Watch(receive), await self.service.answered(parsed.request, settled) as answer:
            if parsed.streams:
                await self._stream(scope, send, answer, parsed)
            else:
                await self._whole(send, answer, parsed)

    async def _whole(self, send: Send, answer: Answer, parsed: ParsedRequest) -> None:
        try:
            chunks = [chunk async for chunk in answer]
        except ProviderError as error:
            raise RouterError(f"The answer broke off: {answer.said(error).message}") from error
        body = parsed.render(answer.exchange, answer.settled(), chunks)
        await send_bytes(send, 200, body, self._headers(answer))

    async def _stream(self, scope: Scope, send: Send, answer: Answer, parsed: ParsedRequest) -> None:
        stream = parsed.stream(answer.exchange, answer.served)
        start = [parsed.kind, (b"cache-control", b"no-cache"), *self._headers(answer)]
        scope[_STARTED] = True
        await send({"type": "http.response.start", "status": 200, "headers": start})
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
                    await _send_event(send, b"".join(ready))
                    ready.clear()
        except (ProviderError, DeadlineExceeded) as error:
            closing = stream.stream_error(answer.said(error), await answer.fail(error))
            # Where there is no word for it, an unfinished body tells it.
            await send(
                {"type": "http.response.body", "body": b"".join(ready) + (closing or b""), "more_body": closing is None}
            )
            return
        ready.append(stream.last(held or Chunk(finish_reason="stop"), answer.settled()))
        await send({"type": "http.response.body", "body": b"".join(ready)})

    def _headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        lines = headers(answer.exchange, answer.served)
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


async def _send_event(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def request_context(scope: Scope, id: str, salt: bytes, notes: tuple[str, ...] = ()) -> RequestContext:  # noqa: A002
    """What the headers say beside the body; raises BadRequest. The key is kept as a salted hash alone."""
    consent = header(scope, b"x-fungible-consent")
    try:
        agreed = CONSENT.validate_python(consent) if consent else None
    except ValidationError:
        sentence = f"x-fungible-consent: {consent!r} is none of exact, family, owner, any."
        raise BadRequest(sentence, param="x-fungible-consent") from None
    policy, unit = header(scope, b"x-fungible-policy"), header(scope, b"x-fungible-unit")
    return RequestContext(id, agreed, policy, unit, caller(scope, salt), access_of(scope), notes, trail_of(scope))


def caller(scope: Scope, salt: bytes) -> Caller:
    """Who asks, by the headers; where keys are asked for, the key has been looked up and says who."""
    secret = secret_of(scope) if access_of(scope) is None else None
    key = f"key_{blake2b(secret, key=salt, digest_size=6).hexdigest()}" if secret is not None else None
    team, residency, tags = None, None, ""
    for name, value in scope["headers"]:
        if name == b"x-fungible-team":
            team = _word(value)
        elif name == b"x-fungible-residency":
            residency = _word(value)
        elif name == b"x-fungible-tags":
            tags = value.decode("latin-1")
    words = [tag.strip() for tag in tags.split(",")]
    return (
        Caller(key, team, residency, tuple(tag for tag in words if tag)[:MOST_TAGS])
        if key or team or residency or tags
        else NOBODY
    )


def _word(value: bytes) -> str | None:
    """A header that is empty says nothing."""
    return value.decode("latin-1").strip() or None
