"""OpenAI's chat completions, the shape that the line itself is named in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from router.api.http.asgi import EVENTS
from router.api.http.error_responses import envelope, invalid
from router.api.surfaces.json_body import with_model
from router.api.surfaces.json_numbers import refuse_large_numbers
from router.api.surfaces.openai_chat.custom_calls import CustomCalls, custom_names, customised
from router.api.surfaces.openai_chat.older_functions import asks_functions, in_older_words, with_tools
from router.api.surfaces.openai_chat.render import DONE, Events, completion, disclosed, event
from router.api.surfaces.openai_chat.unknown_fields import with_extras, without_our_word
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, AnswerStream, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest, ProviderError, RouterError
from router.types import ChatRequest, Chunk, Receipt
from router.types.chat import AllowedChoice

REQUEST: TypeAdapter[ChatRequest] = TypeAdapter(ChatRequest)


class ChatCompletions(Surface):
    """`/v1/chat/completions`, and Azure's deployments."""

    paths = (
        SurfacePath(
            path="/v1/chat/completions",
            tag="chat",
            summary="OpenAI's chat completions, routed",
            request=REQUEST,
            answer="A chat.completion, or with `stream` a stream of chat.completion.chunk events",
            kinds=(JSON_KIND, EVENT_KIND),
            schema_name="ChatCompletionRequest",
        ),
    )
    azure_deployments = True

    def parse(self, body: bytes, named: str | None) -> "ParsedChat":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        return _parsed(body if named is None else with_model(body, named))


@dataclass(frozen=True, slots=True)
class ParsedChat:
    """A parsed request; `older` says that its tools were `functions`."""

    request: ChatRequest
    older: bool = False
    kind = EVENTS
    notes = ()

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `chat.completion`."""
        shaped = partial(in_older_words, part="message") if self.older else dict
        return completion(exchange, receipt, customised(self.request, chunks), shaped)

    def stream(self, exchange: Exchange, served: str) -> AnswerStream:
        """A stream of `chat.completion.chunk`."""
        options = self.request.stream_options
        names = custom_names(self.request)
        events = (OlderEvents if self.older else ChatEvents)(exchange, served, bool(options and options.include_usage))
        return CustomEvents(events, names) if names else events


class ChatEvents(Events):
    """The events, with the words that close a stream."""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last events, and the mark that nothing follows."""
        return super().last(chunk, receipt) + DONE

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """An event with OpenAI's envelope."""
        return event(envelope(error) | disclosed(receipt, self.exchange))


class OlderEvents(ChatEvents):
    """The same, for clients that asked with `functions`."""

    def choice(self, chunk: Chunk) -> dict[str, Any]:
        """The choice that an event tells of."""
        return in_older_words(super().choice(chunk), "delta")


class CustomEvents:
    """The same, where calls of custom tools may be among them."""

    def __init__(self, events: ChatEvents, names: frozenset[str]) -> None:
        self._events = events
        self._calls = CustomCalls(names)

    def chunk(self, chunk: Chunk) -> bytes:
        """The events of one chunk."""
        return b"".join(map(self._events.chunk, self._calls.take(chunk)))

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last events; a last chunk always ends a choice, so it is never kept back."""
        *before, end = self._calls.take(chunk)
        return b"".join(map(self._events.chunk, before)) + self._events.last(end, receipt)

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """An event with OpenAI's envelope."""
        return self._events.stream_error(error, receipt)


def parse(body: bytes) -> ChatRequest:
    """A request from JSON; raises BadRequest with the parameter that is wrong."""
    return _parsed(body).request


def _parsed(body: bytes) -> ParsedChat:
    try:
        request = with_extras(REQUEST.validate_json(without_our_word(body), strict=True), body)
    except ValidationError as error:
        raise invalid(error) from None
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg}") from None
    refuse_large_numbers(body)
    _refuse_two_limits(request)
    _refuse_no_pictures(request)
    if asks_functions(request):
        return ParsedChat(with_tools(request), older=True)
    return ParsedChat(allowed_alone(request))


def allowed_alone(request: ChatRequest) -> ChatRequest:
    """The request with those tools alone that its choice allows; raises BadRequest for one that is not there."""
    choice = request.tool_choice
    if not isinstance(choice, AllowedChoice):
        return request
    tools = {(tool.type, tool.function.name): tool for tool in request.tools or ()}
    for place, tool in enumerate(choice.allowed_tools.tools):
        if (tool.type, tool.function.name) not in tools:
            param = f"tool_choice.allowed_tools.tools.{place}"
            raise BadRequest(f"{param}: no {tool.type} among the tools is called {tool.function.name!r}.", param=param)
    allowed = {(tool.type, tool.function.name) for tool in choice.allowed_tools.tools}
    kept = tuple(tool for name, tool in tools.items() if name in allowed)
    return replace(request, tools=kept, tool_choice=choice.allowed_tools.mode)


def _refuse_two_limits(request: ChatRequest) -> None:
    """Two limits that differ: a budget holds for one of them, and a backend may read the other."""
    newer, older = request.max_completion_tokens, request.max_tokens
    if newer is not None and older is not None and newer != older:
        sentence = f"max_completion_tokens is {newer} and max_tokens is {older}: give one of them, or the same to both."
        raise BadRequest(sentence, param="max_completion_tokens")


def _refuse_no_pictures(request: ChatRequest) -> None:
    """A part that says it is a picture must be one: a model that can see would be paid for nothing."""
    for turn, message in enumerate(request.messages):
        for place, part in enumerate(message.content if isinstance(message.content, tuple) else ()):
            url = (part.image_url or {}).get("url") if part.type == "image_url" else "none"
            if not (isinstance(url, str) and url):
                param = f"messages.{turn}.content.{place}.image_url"
                raise BadRequest(f"{param}: give an object with a `url`.", param=param)
