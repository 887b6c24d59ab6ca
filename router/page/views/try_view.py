"""Where a prompt is tried: the answer as it streams, and beside it why it went where it went.

The text stays in the browser, which asks the same addresses as any client.
"""

from collections.abc import Mapping
from typing import Any

from router.page.drawing.svg import colour, in_order
from router.page.visit import Visit

CONSENTS = ("exact", "family", "owner", "any")


async def try_prompt(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page; who has not signed in sees the names that anybody may ask for."""
    names: list[Mapping[str, Any]] = []
    if visit.open or visit.session:
        names = (await visit.api.get("/v1/models"))["data"]
    models = [row for row in names if row["fungible"]["kind"] == "model"]
    owners = in_order([*{row["owned_by"] for row in models}])
    return "try.html", {
        "models": [row["id"] for row in models],
        "policies": [row["id"] for row in names if row["fungible"]["kind"] == "policy"],
        "policy_names": list(dict.fromkeys(row["fungible"]["policy"] for row in names if "policy" in row["fungible"])),
        "consents": CONSENTS,
        "colours": {owner: colour(owner, owners) for owner in owners},
        "owners": [(owner, colour(owner, owners)) for owner in owners],
        "said": visit.texts("js.", "code.", "flip.", "lift.", "task.", "reason."),
        "examples": [visit.t(f"try.example.{number}") for number in (1, 2, 3)],
    }
