"""POST /v1/chat/completions as a plain ASGI callable: the hot path.

Invariant: the status is sent after the first chunk was drawn; after it, a failure is an error event, never a second
model.
"""

from hashlib import blake2b

import orjson
from pydantic import TypeAdapter, ValidationError

from router.answering import Answer
from router.api.azure import named
from router.api.entrance import access_of, secret_of
from router.api.exchange import (
    EVENTS,
    ClientLeft,
    Receive,
    Scope,
    Send,
    Watch,
    header,
    read_body,
    request_id,
    send_bytes,
)
from router.api.extras import with_extras, without_our_word
from router.api.failures import envelope, failure_bytes, invalid, unexpected
from router.api.wire import DONE, Events, completion, disclosed, event, headers
from router.errors import BadRequest, DeadlineExceeded, ProviderError, RouterError
from router.service import Service
from router.setup import Terms
from router.types import Caller, ChatRequest, Chunk, Consent

NOBODY = Caller()
MOST_TAGS = 16
MOST_READY = 256

REQUEST: TypeAdapter[ChatRequest] = TypeAdapter(ChatRequest)
_STARTED = "fungible.started"
CONSENT: TypeAdapter[Consent] = TypeAdapter(Consent)


class ChatCompletions:
    """The endpoint."""

    def __init__(self, service: Service) -> None:
        self.service = service

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
        body = await read_body(receive, scope, self.service.limits.body_bytes)
        request = parse(named(scope, body))
        async with Watch(receive), await self.service.answered(request, terms(scope, id, self.service.salt)) as answer:
            if request.stream:
                await self._stream(scope, send, answer)
            else:
                await self._whole(send, answer)

    async def _whole(self, send: Send, answer: Answer) -> None:
        try:
            chunks = [chunk async for chunk in answer]
        except ProviderError as error:
            raise RouterError(f"The answer broke off: {error.message}") from error
        body = completion(answer.exchange, answer.settled(), chunks)
        await send_bytes(send, 200, body, headers(answer.exchange, answer.served))

    async def _stream(self, scope: Scope, send: Send, answer: Answer) -> None:
        options = answer.request.stream_options
        events = Events(answer.exchange, answer.served, bool(options and options.include_usage))
        start = [EVENTS, (b"cache-control", b"no-cache"), *headers(answer.exchange, answer.served)]
        scope[_STARTED] = True
        await send({"type": "http.response.start", "status": 200, "headers": start})
        held: Chunk | None = None
        ready: list[bytes] = []
        try:
            async for chunk in answer:
                if held:
                    ready.append(events.chunk(held))
                # The last chunk of a choice may be the last event, which carries the receipt: it waits for the end.
                held = chunk if chunk.finish_reason else None
                if not held:
                    ready.append(events.chunk(chunk))
                # What came together goes out together.
                if ready and (not chunk.more or len(ready) >= MOST_READY):
                    await _send_event(send, b"".join(ready))
                    ready.clear()
        except (ProviderError, DeadlineExceeded) as error:
            receipt = await answer.fail(error)
            ready.append(event(envelope(error) | disclosed(receipt)))
            await send({"type": "http.response.body", "body": b"".join(ready)})
            return
        ready += [events.last(held or Chunk(finish_reason="stop"), answer.settled()), DONE]
        await send({"type": "http.response.body", "body": b"".join(ready)})

    async def _fail(self, scope: Scope, send: Send, error: RouterError, id: str) -> None:  # noqa: A002
        if scope.get(_STARTED):
            # The status is out, and the client no longer takes what is sent: an unfinished stream tells it.
            return
        status, body, extra = failure_bytes(error)
        await send_bytes(send, status, body, [(b"x-request-id", id.encode()), *extra])


async def _send_event(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def parse(body: bytes) -> ChatRequest:
    """A request from JSON; raises BadRequest with the parameter that is wrong."""
    try:
        return with_extras(REQUEST.validate_json(without_our_word(body), strict=True), body)
    except ValidationError as error:
        raise invalid(error) from None
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg}") from None


def terms(scope: Scope, id: str, salt: bytes) -> Terms:  # noqa: A002
    """What the headers say beside the body; raises BadRequest. The key is kept as a salted hash alone."""
    consent = header(scope, b"x-fungible-consent")
    try:
        agreed = CONSENT.validate_python(consent) if consent else None
    except ValidationError:
        sentence = f"x-fungible-consent: {consent!r} is none of exact, family, owner, any."
        raise BadRequest(sentence, param="x-fungible-consent") from None
    policy, unit = header(scope, b"x-fungible-policy"), header(scope, b"x-fungible-unit")
    return Terms(id, agreed, policy, unit, caller(scope, salt), access_of(scope))


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
