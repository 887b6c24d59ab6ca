"""The admins over HTTP: made, looked at, rotated and revoked; and who tried what at the admin routes.

Invariant: a secret is shown once, to whoever made it, and to no cache; a change is in the ledger before it is answered.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from router.api.http.admin_auth import author_of
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.keys import body_of
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import AdminIssued, AdminShown, Listed, answers, takes
from router.errors import BadRequest
from router.keys.admin import ROLES, Admin, checked_role
from router.keys.admin_keyring import IssuedAdmin
from router.keys.attempts import MOST_LISTED, AttemptLog

ROOT = "/admin/v1/admins"
_ISSUE = {
    "type": "object",
    "required": ["name", "role"],
    "properties": {"name": {"type": "string"}, "role": {"enum": list(ROLES)}},
}


def build_admins(live_config: LiveConfig, attempts: AttemptLog) -> APIRouter:
    """Routes that need an admin key; an owner's, for changes."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])
    keyring = live_config.admins

    @routes.get(ROOT, summary="Every admin, and the first characters of its key", responses=answers(Listed))
    def admins() -> Response:
        keyring.look()
        return json_response({"object": "list", "data": [admin_row(admin) for admin in keyring.admins.values()]})

    @routes.get(
        "/admin/v1/attempts", summary="Who used or tried the admin routes, the last first", responses=answers(Listed)
    )
    def tried(limit: int = 100) -> Response:
        if not 1 <= limit <= MOST_LISTED:
            raise BadRequest(f"limit: from 1 to {MOST_LISTED}.", param="limit")
        attempts.try_flush(whole=True)
        return json_response({"object": "list", "data": attempts.newest(limit)})

    _add_changes(routes, live_config)
    return routes


def _add_changes(routes: APIRouter, live_config: LiveConfig) -> None:
    keyring = live_config.admins

    @routes.post(
        ROOT,
        summary="Make an admin from its `name` and `role`; the only answer that has its key",
        status_code=201,
        responses=answers(AdminIssued, status=201),
        openapi_extra=takes("application/json", _ISSUE),
    )
    async def issue(request: Request, because: str = "") -> Response:
        said, author = await body_of(request), author_of(request.scope, because)
        if not isinstance(name := said.get("name"), str) or set(said) - {"name", "role"}:
            raise BadRequest("Give the admin a `name` and a `role`, and nothing else.", param="name")
        role = checked_role(said.get("role"))
        return _issued(await run_in_threadpool(keyring.issue, name, role, author), 201)

    @routes.post(
        f"{ROOT}/{{name}}/rotate", summary="Another key; the old one ends at once", responses=answers(AdminIssued)
    )
    def rotate(name: str, request: Request, because: str = "") -> Response:
        return _issued(keyring.rotate(name, author_of(request.scope, because)), 200)

    @routes.post(f"{ROOT}/{{name}}/revoke", summary="End an admin, for good and at once", responses=answers(AdminShown))
    def revoke(name: str, request: Request, because: str = "") -> Response:
        return json_response(admin_row(keyring.revoke(name, author_of(request.scope, because))))


def admin_row(admin: Admin) -> dict[str, Any]:
    """An admin as programs and people may see it: never its key, nor the hash of it."""
    return {
        "object": "fungible.admin",
        "name": admin.name,
        "role": admin.role,
        "state": "revoked" if admin.revoked else "valid",
        "shown": admin.secret.shown if admin.secret else None,
        "created": admin.created,
        "revoked": admin.revoked,
    }


def _issued(issued: IssuedAdmin, status: int) -> Response:
    response = json_response({**admin_row(issued.admin), "secret": issued.secret}, status)
    response.headers["cache-control"] = "no-store"
    return response
