"""The paths of kept responses: fetched, deleted and listed where the server keeps them, and refused in words else.

Invariant: it answers alike whether there never was such a response, its time has come, or it is another key's.
"""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from router.api.surfaces.openai_responses.conversations import owner_of
from router.api.surfaces.openai_responses.response_store import ResponseStore
from router.errors import BadRequest, NotFound

COMPACT = "compact"
_PREFIX = "resp_"
_NO_COMPACTION = (
    "/v1/responses/compact: conversations are not compacted here, for only OpenAI's models could read the result. "
    "Let a model sum up what was said, and send that as `input`."
)
MOST_LISTED = 100


def build_kept(store: ResponseStore | None = None) -> APIRouter:
    """The routes that answer `responses.retrieve`, `delete`, `cancel` and `input_items`."""
    routes = APIRouter()
    if store is not None:
        _add_kept(routes, store)

    @routes.api_route("/v1/responses/{rest:path}", methods=["GET", "POST", "DELETE"], include_in_schema=False)
    async def kept(rest: str, request: Request) -> Response:
        name = rest.partition("/")[0]
        if name == COMPACT:
            raise NotFound(_NO_COMPACTION)
        if not name.startswith(_PREFIX):
            raise NotFound(f"There is nothing at {request.method} {request.url.path}.")
        if store is not None:
            raise _unknown(name)
        receipt = f"/v1/receipts/{name.removeprefix(_PREFIX)}"
        why = "No response is kept here, unless the server is started with `--store HOURS`."
        raise NotFound(f"{why} Its receipt, if any, is at {receipt}.")

    return routes


def _add_kept(routes: APIRouter, store: ResponseStore) -> None:
    @routes.get("/v1/responses/{name}", include_in_schema=False)
    def fetched(name: str, request: Request) -> Response:
        if request.query_params.get("stream", "false").lower() == "true":
            raise BadRequest("stream: a kept response is whole; leave it out.", param="stream")
        return _json(_read(store, name, request)["response"])

    @routes.delete("/v1/responses/{name}", include_in_schema=False)
    def deleted(name: str, request: Request) -> Response:
        if not store.forget(name, owner_of(request.scope)):
            raise _unknown(name)
        return _json({"id": name, "object": "response", "deleted": True})

    @routes.get("/v1/responses/{name}/input_items", include_in_schema=False)
    def listed(
        name: str,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
        order: Literal["asc", "desc"] = "desc",
        after: str | None = None,
    ) -> Response:
        items = _read(store, name, request)["items"]
        rows = items if order == "asc" else items[::-1]
        places = [place for place, row in enumerate(rows) if row["id"] == after]
        if after is not None and not places:
            raise BadRequest(f"after: no item of this response is called {after[:80]!r}.", param="after")
        start = places[0] + 1 if places else 0
        return _json(_page(rows[start : start + limit], more=len(rows) > start + limit))


def _page(rows: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    first, last = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
    return {"object": "list", "data": rows, "first_id": first, "last_id": last, "has_more": more}


def _read(store: ResponseStore, name: str, request: Request) -> dict[str, Any]:
    kept = store.read(name, owner_of(request.scope))
    if kept is None:
        raise _unknown(name)
    return kept


def _unknown(name: str) -> NotFound:
    return NotFound(f"No response of yours that is kept here is called {name[:80]!r}.")


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
