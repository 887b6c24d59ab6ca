"""The OpenAPI document, with the paths of surfaces, which are not FastAPI's.

Invariant: it is made once, in a thread, since that takes some 0.2 s.
"""

import asyncio
from dataclasses import fields
from typing import Any, get_args

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import TypeAdapter

from router.api.routes.response_schemas import Failure
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


def add_document(app: FastAPI, surfaces: SurfaceRegistry, path: str = "/openapi.json") -> None:
    """Answer with the document at this path."""
    generated, kept = app.openapi, list[bytes]()
    app.openapi = lambda: documented(generated(), surfaces)  # type: ignore[method-assign]

    async def document(_: Request) -> Response:
        if not kept:
            kept.append(await asyncio.to_thread(lambda: orjson.dumps(app.openapi())))
        return Response(kept[0], media_type=JSON_KIND)

    app.add_route(path, document, include_in_schema=False)


def documented(document: dict[str, Any], surfaces: SurfaceRegistry) -> dict[str, Any]:
    """The document with those paths in it, and with the shape of errors."""
    failure = TypeAdapter(Failure).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    document.setdefault("components", {}).setdefault("schemas", {}).update({**failure.pop("$defs"), "Failure": failure})
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
