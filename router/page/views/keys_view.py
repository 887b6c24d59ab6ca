"""Keys and budgets: who may ask, how much of it is used, and the admins."""

from collections.abc import Mapping
from typing import Any

from router.page.visit import Visit

CONSENTS = ("exact", "family", "owner", "any")


async def keys(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page."""
    keys_, budgets, admins, attempts = await visit.api.all(
        "/admin/v1/keys", "/admin/v1/budgets", "/admin/v1/admins", "/admin/v1/attempts"
    )
    rows = keys_["data"]
    return "keys.html", {
        "rows": rows,
        "valid": sum(row["state"] == "valid" for row in rows),
        "budgets": budgets["data"],
        "admins": admins["data"],
        "attempts": [each for each in attempts["data"] if each["kind"] != "read"][:20],
        "consents": CONSENTS,
        "may_make": visit.may("owner"),
        "said": visit.texts("keys.js."),
    }
