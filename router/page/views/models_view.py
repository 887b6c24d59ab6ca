"""Models: the shelf, family by family, each model with its jagged line of abilities, its prices and its places."""

from collections.abc import Mapping
from typing import Any

from router.page.drawing.ability_strip import ability_strip
from router.page.drawing.svg import colour, in_order
from router.page.visit import Visit
from router.types import TASKS


async def models(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page."""
    shelf = await visit.api.get("/admin/v1/models")
    rows = shelf["data"]
    owners = in_order([*{row["owner"] for row in rows}])
    values = [value for row in rows for value in row["abilities"]["values"].values()] or [0.0]
    ends, names = (min(values), max(values)), {task: visit.t(f"task.{task}") for task in TASKS}
    families: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: owners.index(row["owner"])):
        strip = ability_strip(row["abilities"]["values"], TASKS, ends, colour(row["owner"], owners), names)
        healthy = [each["health"] == "healthy" for each in row["deployments"]]
        families.setdefault(row["family"], []).append({**row, "strip": strip, "healthy": all(healthy)})
    return "models.html", {
        "families": families,
        "count": len(rows),
        "owners": [(owner, colour(owner, owners)) for owner in owners],
        "owner_count": len(owners),
        "tasks": [names[task] for task in TASKS],
        "colours": {owner: colour(owner, owners) for owner in owners},
        "policies": shelf["policies"],
    }
