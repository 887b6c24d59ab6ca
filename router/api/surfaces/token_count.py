"""Counts the tokens of a request by the tokenizer of the model that would be asked; nothing is called or recorded.

What is too long for every model is counted by that of the largest that may answer.
"""

from functools import partial
from typing import Any

import orjson

from router.api.bodies.parse_body import parse_body
from router.api.http.asgi import Headers, Receive, Scope, Send, read_body, send_bytes
from router.api.http.endpoint import Endpoint, request_context
from router.errors import ContextExceeded, WrongMethod
from router.serving.usage_count import count_usage
from router.serving.work.heavy_work import SMALL
from router.types import ChatRequest


class TokenCount(Endpoint):
    """A path that answers with a count; a shape says how it parses a body and what it calls the count."""

    def parse(self, scope: Scope, body: bytes) -> ChatRequest:
        """The request whose tokens are counted; raises BadRequest."""
        return self.surface.parse_request(scope, body).request

    def render(self, tokens: int) -> dict[str, Any]:
        """The answer."""
        return {"input_tokens": tokens}

    def headers(self, id: str) -> Headers:  # noqa: A002
        """Its headers."""
        own = self.surface.id_header
        return [(b"x-request-id", id.encode()), *([(own, id.encode())] if own else ())]

    async def _answer(self, scope: Scope, receive: Receive, send: Send, id: str) -> None:  # noqa: A002
        if scope["method"] != "POST":
            raise WrongMethod(scope["method"], scope["path"], "POST")
        state, active = self.service.state, self.service.active
        body = await read_body(receive, scope, state.limits.body_bytes)
        request = await parse_body(state.heavy_work, body, partial(self.parse, scope))
        context = request_context(scope, id, self.service.salt, body_bytes=len(body))
        try:
            exchange = await self.service.considered(request, context)
            asked, features = exchange.decision.chosen, exchange.features
        except ContextExceeded as error:
            # To know by how much it is too long is what many a client counts for.
            asked, features = error.model, error.features
        tokenizer = active.config.tokenizers[active.models[asked].tokenizer]
        count = partial(count_usage, request, features, tokenizer, ())
        counted = count() if len(body) <= SMALL else await state.heavy_work.run(count)
        await send_bytes(send, 200, orjson.dumps(self.render(counted.input_tokens)), self.headers(id))
