"""The OpenAPI document of the paths of surfaces, which are not FastAPI's."""

from dataclasses import fields
from typing import Any, get_args

from router.api.surfaces.registry import SurfaceRegistry
from router.api.surfaces.surface import JSON_KIND, Surface, SurfacePath
from router.types import SAID, Consent, Options

_FAILURES = {
    "4XX": "A refusal",
    "502": "Every model that was allowed to answer failed",
    "503": "Too much is in flight; ask again",
    "504": "The time for the whole request ran out",
}
# The only words that some headers may hold.
_WORDS: dict[str, tuple[str, ...]] = {fact.name: fact.every for fact in SAID if fact.kind == "word"}
_WORDS |= {"consent": get_args(Consent)}
_HEADERS = {
    Options.header(said.name): {"type": "string"} | ({"enum": [*words]} if (words := _WORDS.get(said.name)) else {})
    for said in fields(Options)
}


def documented(document: dict[str, Any], surfaces: SurfaceRegistry) -> dict[str, Any]:
    """The document with those paths in it."""
    for name, (path, surface) in surfaces.paths.items():
        if name not in document["paths"]:
            document["paths"][name] = {"post": _operation(path, surface, document)}
    return document


def _operation(path: SurfacePath, surface: Surface, document: dict[str, Any]) -> dict[str, Any]:
    schema = path.request.json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    if path.schema_name is not None:
        schemas[path.schema_name] = schema
    failed = {JSON_KIND: {"schema": surface.error_schema}}
    return {
        "tags": [path.tag],
        "summary": path.summary,
        "parameters": [{"name": name, "in": "header", "schema": kind} for name, kind in _HEADERS.items()],
        "requestBody": {"required": True, "content": {JSON_KIND: {"schema": schema}}},
        "responses": {
            "200": {"description": path.answer, "content": {kind: {} for kind in path.kinds}},
            **{status: {"description": words, "content": failed} for status, words in _FAILURES.items()},
        },
    }
