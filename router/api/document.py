"""The OpenAPI document of the paths that a model answers at, which are not FastAPI's."""

from typing import Any, get_args

from router.api.surfaces.chat import REQUEST
from router.api.surfaces.paths import CHAT
from router.types import Consent

FAILURE = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
_HEADERS = {
    "x-fungible-consent": {"type": "string", "enum": list(get_args(Consent))},
    **{f"x-fungible-{name}": {"type": "string"} for name in ("policy", "unit", "team", "residency", "tags")},
}


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with those paths in it."""
    if CHAT not in document["paths"]:
        schema = REQUEST.json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs", {}))
        schemas["ChatRequest"] = schema
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/ChatRequest"}}}
        said = {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"]}
        events = {"text/event-stream": {"schema": {"type": "string"}}}
        answers = {
            "200": {
                "description": "A chat.completion, or with `stream` a stream of chat.completion.chunk events",
                "content": {"application/json": {"schema": said}, **events},
            },
            "4XX": {"description": "OpenAI's error envelope", "content": FAILURE},
            "502": {"description": "Every model that was allowed to answer failed", "content": FAILURE},
            "503": {"description": "Too much is in flight; ask again", "content": FAILURE},
            "504": {"description": "The time for the whole request ran out", "content": FAILURE},
        }
        document["paths"][CHAT] = {
            "post": {
                "tags": ["chat"],
                "summary": "OpenAI's chat completions, routed",
                "parameters": [{"name": name, "in": "header", "schema": schema} for name, schema in _HEADERS.items()],
                "requestBody": {"required": True, "content": content},
                "responses": answers,
            }
        }
    return document
