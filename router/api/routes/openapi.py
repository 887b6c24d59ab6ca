"""The OpenAPI document of the paths that a model answers at, which are not FastAPI's."""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic import TypeAdapter

from router.api.surfaces import openai_embeddings, openai_speech
from router.api.surfaces.anthropic_messages import parse
from router.api.surfaces.anthropic_messages.errors import MESSAGES
from router.api.surfaces.openai_chat import surface
from router.api.surfaces.openai_responses.schema import ASKED
from router.api.surfaces.registry import CHAT, COUNT_TOKENS, EMBEDDINGS, RESPONSES, SPEECH
from router.types import Consent

_JSON = "application/json"
_OPENAI, _ANTHROPIC = {"$ref": "#/components/schemas/Failure"}, {"type": "object", "required": ["type", "error"]}
_FAILURES = {
    "4XX": "A refusal",
    "502": "Every model that was allowed to answer failed",
    "503": "Too much is in flight; ask again",
    "504": "The time for the whole request ran out",
}
_HEADERS = {
    "x-fungible-consent": {"type": "string", "enum": list(get_args(Consent))},
    **{f"x-fungible-{name}": {"type": "string"} for name in ("policy", "unit", "team", "residency", "tags")},
}


class Told(NamedTuple):
    """One path: what is sent, what comes back by content type, and in whose envelope errors come."""

    tag: str
    summary: str
    request: TypeAdapter[Any]
    answer: str
    kinds: tuple[str, ...] = (_JSON,)
    envelope: Mapping[str, Any] = _OPENAI


PATHS: Mapping[str, Told] = {
    CHAT: Told(
        "chat",
        "OpenAI's chat completions, routed",
        surface.REQUEST,
        "A chat.completion, or with `stream` a stream of chat.completion.chunk events",
        (_JSON, "text/event-stream"),
    ),
    RESPONSES: Told(
        "responses",
        "OpenAI's Responses API, routed",
        ASKED,
        "A response, or with `stream` a stream of typed events",
        (_JSON, "text/event-stream"),
    ),
    EMBEDDINGS: Told("embeddings", "OpenAI's embeddings, routed", openai_embeddings.BODY, "A list of embeddings"),
    SPEECH: Told(
        "audio",
        "OpenAI's speech, routed",
        openai_speech.BODY,
        "The sound as it is made, or with `stream_format: sse` a stream of speech.audio events",
        ("audio/wav", "audio/pcm", "text/event-stream"),
    ),
    MESSAGES: Told(
        "messages",
        "Anthropic's messages, routed",
        parse.BODY,
        "A message, or with `stream` a stream of its events",
        (_JSON, "text/event-stream"),
        _ANTHROPIC,
    ),
    COUNT_TOKENS: Told(
        "messages",
        "The tokens that the model that would be asked makes of a request",
        parse.TOKENS_BODY,
        "The count",
        envelope=_ANTHROPIC,
    ),
}


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with those paths in it."""
    for path, told in PATHS.items():
        if path not in document["paths"]:
            document["paths"][path] = {"post": _operation(told, document)}
    return document


def _operation(told: Told, document: dict[str, Any]) -> dict[str, Any]:
    schema = told.request.json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    if told.request is surface.REQUEST:
        # The decision alone takes the same body.
        schemas["ChatCompletionRequest"] = schema
    failed = {_JSON: {"schema": told.envelope}}
    return {
        "tags": [told.tag],
        "summary": told.summary,
        "parameters": [{"name": name, "in": "header", "schema": kind} for name, kind in _HEADERS.items()],
        "requestBody": {"required": True, "content": {_JSON: {"schema": schema}}},
        "responses": {
            "200": {"description": told.answer, "content": {kind: {} for kind in told.kinds}},
            **{status: {"description": words, "content": failed} for status, words in _FAILURES.items()},
        },
    }
