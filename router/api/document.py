"""The OpenAPI document of the paths that a model answers at, which are not FastAPI's."""

from collections.abc import Mapping
from typing import Any, get_args

from router.api.surfaces.chat import REQUEST
from router.api.surfaces.paths import CHAT
from router.types import Consent

_JSON = "application/json"
_COMPLETION = {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"]}
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


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The document with those paths in it."""
    if CHAT not in document["paths"]:
        schema = REQUEST.json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs", {}))
        # The decision alone takes the same body.
        schemas["ChatRequest"] = schema
        content = {_JSON: {"schema": {"$ref": "#/components/schemas/ChatRequest"}}}
        answer = "A chat.completion, or with `stream` a stream of chat.completion.chunk events"
        document["paths"][CHAT] = {
            "post": {
                "tags": ["chat"],
                "summary": "OpenAI's chat completions, routed",
                "parameters": [{"name": name, "in": "header", "schema": schema} for name, schema in _HEADERS.items()],
                "requestBody": {"required": True, "content": content},
                "responses": responses(answer, {_JSON: _COMPLETION, "text/event-stream": {"type": "string"}}),
            }
        }
    return document


def responses(answer: str, kinds: Mapping[str, Mapping[str, Any]], failure: str = "Failure") -> dict[str, Any]:
    """What a model's path answers: the schema of each content type, and the name of its envelope's schema."""
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{failure}"}}}
    return {
        "200": {"description": answer, "content": {kind: {"schema": schema} for kind, schema in kinds.items()}},
        **{status: {"description": words, "content": content} for status, words in _FAILURES.items()},
    }
