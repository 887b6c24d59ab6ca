"""OpenAI's older completions: a text in, and what a model says to it.

Invariant: a prompt is one turn of the user, since the models here answer chats; what only a model that goes on with a
text could do is refused by its name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

import orjson
from annotated_types import Ge, Le, Len, MaxLen, MinLen
from pydantic import ConfigDict, TypeAdapter

from router import tokens
from router.api.http.asgi import EVENTS
from router.api.http.error_responses import Wording, envelope
from router.api.surfaces.json_body import read
from router.api.surfaces.openai_chat.render import DONE, disclosed, event, shown_model, usage
from router.api.surfaces.surface import EVENT_KIND, JSON_KIND, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest, ProviderError, RouterError
from router.types import ChatRequest, Chunk, Message, Options, Receipt
from router.types.chat import Int64, Name, StreamOptions, Tokens

# What the models that this path was made for speak, and so what clients send that cut texts into tokens themselves.
VOCABULARY = "cl100k_base"
_Text = Annotated[str, MinLen(1)]
_Ids = Annotated[tuple[Annotated[int, Ge(0)], ...], MinLen(1)]
_ONE = "One prompt makes one answer here: send a request for each."
_REFUSED = {
    "suffix": "the models here answer a text and don't fill a gap in one. Leave it out.",
    "logprobs": "ask for probabilities at /v1/chat/completions, in its words.",
}


@dataclass(frozen=True, slots=True)
class CompletionBody:
    """What a client sends; what is not named here is passed on to the backend."""

    # Built when the first of them comes: most servers are asked in one shape or two.
    __pydantic_config__ = ConfigDict(defer_build=True)

    prompt: _Text | Annotated[tuple[_Text, ...], Len(1, 2048)] | _Ids | Annotated[tuple[_Ids, ...], Len(1, 2048)]
    model: Name
    max_tokens: Tokens | None = None
    n: Annotated[int, Ge(1), Le(16)] | None = None
    best_of: Annotated[int, Ge(0), Le(20)] | None = None
    stop: str | Annotated[tuple[str, ...], MaxLen(4)] | None = None
    seed: Int64 | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Ge(0), Le(1)] | None = None
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = None
    echo: bool | None = None
    suffix: str | None = None
    logprobs: Annotated[int, Ge(0), Le(5)] | None = None
    user: Annotated[str, MaxLen(512)] | None = None
    fungible: Options | None = None


BODY: TypeAdapter[CompletionBody] = TypeAdapter(CompletionBody)
_NAMED = frozenset(field.name for field in fields(CompletionBody))
_SHARED = ("max_tokens", "n", "stop", "seed", "stream", "stream_options", "temperature", "top_p")
_MORE = ("frequency_penalty", "presence_penalty", "user", "fungible")


WORDING = Wording({"messages": "prompt", "max_completion_tokens": "max_tokens"})


class Completions(Surface):
    """`/v1/completions`, and Azure's deployments."""

    paths = (
        SurfacePath(
            path="/v1/completions",
            tag="completions",
            summary="OpenAI's older completions, routed",
            request=BODY,
            answer="A text_completion, or with `stream` a stream of its pieces",
            kinds=(JSON_KIND, EVENT_KIND),
        ),
    )
    operation = "text_completion"
    wording = WORDING
    azure_deployments = True

    def parse(self, body: bytes, named: str | None) -> "ParsedPrompt":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        parsed, raw = read(BODY, body, named)
        _refuse(parsed)
        prompt, notes = _prompt(parsed.prompt)
        if parsed.best_of and parsed.best_of > (parsed.n or 1):
            notes = (*notes, "dropped:best_of")
        request = ChatRequest(
            parsed.model,
            (Message("user", prompt),),
            extra={key: value for key, value in raw.items() if key not in _NAMED} or None,
            **{name: getattr(parsed, name) for name in (*_SHARED, *_MORE)},
        )
        return ParsedPrompt(request, notes, prompt if parsed.echo else "")


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """A parsed request; what it wants to be told again stands before the answer."""

    request: ChatRequest
    notes: tuple[str, ...]
    echo: str = ""
    kind = EVENTS

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return bool(self.request.stream)

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        """A `text_completion`."""
        texts: dict[int, str] = {}
        reasons: dict[int, str | None] = {}
        for chunk in chunks:
            texts[chunk.index] = texts.get(chunk.index, self.echo) + chunk.text
            reasons[chunk.index] = chunk.finish_reason or reasons.get(chunk.index)
        choices = [_choice(index, texts[index], reasons[index]) for index in sorted(texts)]
        whole = {"choices": choices, "usage": usage(receipt.usage)}
        return orjson.dumps(_frame(exchange, receipt.served or "") | whole | disclosed(receipt))

    def stream(self, exchange: Exchange, served: str) -> "CompletionEvents":
        """A stream of the same."""
        options = self.request.stream_options
        return CompletionEvents(exchange, served, self.echo, include_usage=bool(options and options.include_usage))


class CompletionEvents:
    """A stream of `text_completion` pieces."""

    def __init__(self, exchange: Exchange, served: str, echo: str, *, include_usage: bool) -> None:
        self._frame = _frame(exchange, served) | ({"usage": None} if include_usage else {})
        self._include_usage = include_usage
        self._echo = echo
        self._begun: set[int] = set()

    def chunk(self, chunk: Chunk) -> bytes:
        """The event of one chunk, where it says anything."""
        text = chunk.text if chunk.index in self._begun else self._echo + chunk.text
        self._begun.add(chunk.index)
        return self._event(_choice(chunk.index, text, chunk.finish_reason)) if text or chunk.finish_reason else b""

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The last chunk, the usage where it was asked for, and what happened."""
        if not self._include_usage:
            choice = _choice(chunk.index, chunk.text, chunk.finish_reason)
            return self._event(choice, **disclosed(receipt)) + DONE
        return self.chunk(chunk) + self._event(usage=usage(receipt.usage), **disclosed(receipt)) + DONE

    def stream_error(self, error: ProviderError | RouterError, receipt: Receipt) -> bytes:
        """An event with OpenAI's envelope."""
        return event(envelope(error, WORDING) | disclosed(receipt))

    def _event(self, *choices: dict[str, Any], **more: Any) -> bytes:
        return event(self._frame | {"choices": choices} | more)


def _frame(exchange: Exchange, served: str) -> dict[str, Any]:
    created, model = int(exchange.time.timestamp()), shown_model(exchange, served)
    return {"id": f"cmpl-{exchange.id}", "object": "text_completion", "created": created, "model": model}


def _choice(index: int, text: str, reason: str | None) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}


def _refuse(body: CompletionBody) -> None:
    for name, why in _REFUSED.items():
        if getattr(body, name) not in (None, "", 0):
            raise BadRequest(f"{name}: {why}", param=name)


def _prompt(given: Any) -> tuple[str, tuple[str, ...]]:
    """The one text, and a note where token ids are no whole text; raises BadRequest for several."""
    if isinstance(given, str):
        return given, ()
    if isinstance(given[0], int):
        return _decoded(given)
    if len(given) > 1:
        raise BadRequest(f"prompt: {len(given)} were given. {_ONE}", param="prompt")
    return _prompt(given[0])


def _decoded(ids: Iterable[int]) -> tuple[str, tuple[str, ...]]:
    try:
        text, whole = tokens.decode(tuple(ids), VOCABULARY)
    except ValueError as error:
        raise BadRequest(f"prompt: {error}; token ids are read as {VOCABULARY}.", param="prompt") from None
    return text, () if whole else ("approximated:token ids cut a character in two",)
