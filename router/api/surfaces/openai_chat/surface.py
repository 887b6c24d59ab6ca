"""OpenAI's chat completions, the shape that the line itself is named in."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from router.api.http.asgi import EVENTS
from router.api.http.error_responses import envelope, invalid
from router.api.surfaces.json_body import with_model
from router.api.surfaces.openai_chat.render import DONE, Events, completion, disclosed, event
from router.api.surfaces.openai_chat.unknown_fields import with_extras, without_our_word
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest, DeadlineExceeded, ProviderError
from router.types import ChatRequest, Chunk, Receipt

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
        return ParsedChat(parse(body if named is None else with_model(body, named)))


@dataclass(frozen=True, slots=True)
class ParsedChat:
    """A parsed request."""

    request: ChatRequest
    kind = EVENTS
    notes = ()

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `chat.completion`."""
        return completion(exchange, receipt, chunks)

    def stream(self, exchange: Exchange, served: str) -> "ChatEvents":
        """A stream of `chat.completion.chunk`."""
        options = self.request.stream_options
        return ChatEvents(exchange, served, bool(options and options.include_usage))


class ChatEvents(Events):
    """The events, with the words that close a stream."""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last events, and the mark that nothing follows."""
        return super().last(chunk, receipt) + DONE

    def stream_error(self, error: ProviderError | DeadlineExceeded, receipt: Receipt) -> bytes:
        """An event with OpenAI's envelope."""
        return event(envelope(error) | disclosed(receipt))


def parse(body: bytes) -> ChatRequest:
    """A request from JSON; raises BadRequest with the parameter that is wrong."""
    try:
        request = with_extras(REQUEST.validate_json(without_our_word(body), strict=True), body)
    except ValidationError as error:
        raise invalid(error) from None
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg}") from None
    _refuse_no_pictures(request)
    return request


def _refuse_no_pictures(request: ChatRequest) -> None:
    """A part that says it is a picture must be one: a model that can see would be paid for nothing."""
    for turn, message in enumerate(request.messages):
        for place, part in enumerate(message.content if isinstance(message.content, tuple) else ()):
            url = (part.image_url or {}).get("url") if part.type == "image_url" else "none"
            if not (isinstance(url, str) and url):
                param = f"messages.{turn}.content.{place}.image_url"
                raise BadRequest(f"{param}: give an object with a `url`.", param=param)
