"""The paths at which OpenAI keeps responses: here none is kept, and the answer says what is.

Invariant: it answers alike whether there ever was such a response.
"""

from fastapi import APIRouter, Request, Response

from router.errors import NotFound

_PREFIX = "resp_"


def build_kept() -> APIRouter:
    """The routes that answer `responses.retrieve`, `delete`, `cancel` and `input_items`."""
    routes = APIRouter()

    @routes.api_route("/v1/responses/{rest:path}", methods=["GET", "POST", "DELETE"], include_in_schema=False)
    async def kept(rest: str, request: Request) -> Response:
        name = rest.partition("/")[0]
        if not name.startswith(_PREFIX):
            raise NotFound(f"There is nothing at {request.method} {request.url.path}.")
        receipt = f"/v1/receipts/{name.removeprefix(_PREFIX)}"
        raise NotFound(f"No response is kept here: what was said is told once. Its receipt, if any, is at {receipt}.")

    return routes
