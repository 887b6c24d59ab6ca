"""The OpenAPI document of the paths that a model answers at, which are not FastAPI's."""

from typing import Any

from pydantic import TypeAdapter

from router.api.surfaces.chat import REQUEST
from router.api.surfaces.paths import CHAT, RESPONSES
from router.api.surfaces.responses.asked import ASKED


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with those paths in it."""
    if CHAT not in document["paths"]:
        answer = "A chat.completion, or with `stream` a stream of chat.completion.chunk events"
        _add(document, CHAT, REQUEST, ("chat", "OpenAI's chat completions, routed", answer))
        answer = "A response, or with `stream` a stream of typed events"
        _add(document, RESPONSES, ASKED, ("responses", "OpenAI's Responses API, routed", answer))
    return document


def _add(document: dict[str, Any], path: str, request: TypeAdapter[Any], words: tuple[str, str, str]) -> None:
    """Add a path with its tag, its summary, and what it answers."""
    tag, summary, answer = words
    schema = request.json_schema(ref_template="#/components/schemas/{model}")
    document.setdefault("components", {}).setdefault("schemas", {}).update(schema.pop("$defs", {}))
    document["paths"][path] = {
        "post": {
            "tags": [tag],
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "200": {"description": answer},
                "4XX": {"description": "OpenAI's error envelope"},
                "5XX": {"description": "OpenAI's error envelope"},
            },
        }
    }
