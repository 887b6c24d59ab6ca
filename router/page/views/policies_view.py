"""Policies: the file in an editor, what a change would do beside it, and the line of every change before."""

from collections.abc import Mapping
from typing import Any

from router.page.drawing.svg import colour, in_order
from router.page.visit import Visit


async def policies(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page."""
    text, etag = await visit.api.text("/admin/v1/policies")
    log = await visit.api.get("/admin/v1/policies/log", {"actual": "true"})
    shelf, tried = await visit.api.all("/admin/v1/models", "/admin/v1/policies/candidates")
    owners = in_order([*{row["owner"] for row in shelf["data"]}])
    default = next((policy["name"] for policy in shelf["policies"] if policy["default"]), "")
    return "policies.html", {
        "text": text,
        "etag": etag.strip('"'),
        "log": log["data"],
        "candidates": sorted(tried["data"], key=lambda each: each["state"] != "open"),
        "policies": shelf["policies"],
        "default": default,
        "colours": {owner: colour(owner, owners) for owner in owners},
        "said": visit.texts("edit.", "task.", "picture."),
        "may_edit": visit.may("editor"),
    }
