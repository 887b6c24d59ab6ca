"""The OpenAPI document of the paths that a model answers at, which are not FastAPI's."""

from typing import Any

from router.api.surfaces.chat import REQUEST
from router.api.surfaces.paths import CHAT


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with those paths in it."""
    if CHAT not in document["paths"]:
        schema = REQUEST.json_schema(ref_template="#/components/schemas/{model}")
        document.setdefault("components", {}).setdefault("schemas", {}).update(schema.pop("$defs", {}))
        content = {"application/json": {"schema": schema}}
        answers = {
            "200": {"description": "A chat.completion, or with `stream` a stream of chat.completion.chunk events"},
            "4XX": {"description": "OpenAI's error envelope"},
            "5XX": {"description": "OpenAI's error envelope"},
        }
        document["paths"][CHAT] = {
            "post": {
                "tags": ["chat"],
                "summary": "OpenAI's chat completions, routed",
                "requestBody": {"required": True, "content": content},
                "responses": answers,
            }
        }
    return document
