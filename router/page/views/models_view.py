"""Models: the shelf, family by family, each model with its jagged line of abilities, its prices and its places.

Beside it, once it is worked out, the fleet: offers that deployments took and waived, and what GPUs give of each model.
"""

from collections.abc import Mapping
from typing import Any

from router.page.drawing.ability_strip import ability_strip
from router.page.drawing.parts_bar import Part, parts_bar
from router.page.drawing.svg import colour, in_order
from router.page.views.money_view import AT_ONCE, RANGES, entries_of, since_of
from router.page.visit import Visit
from router.types import TASKS

WAIVED = {"full": "full", "ejected": "ejected", "region": "barred_by_region"}
WAYS = {"taken": "flips", "full": "s1", "ejected": "s3", "region": "s4"}
"""How an offer ends, with the class of its colour."""


async def models(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page, or its part on the fleet, for which receipts are read."""
    if visit.query.get("part") == "fleet":
        return "models_fleet.html", await _fleet(visit)
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
        "entries": await entries_of(visit),
        "at_once": AT_ONCE,
    }


async def _fleet(visit: Visit) -> dict[str, Any]:
    range_ = visit.choice("range", tuple(RANGES), 1)
    report = await visit.api.get("/admin/v1/fleet", since_of(visit, range_))
    rows = [row for model in report["models"] for row in _offers(visit, model)]
    offered = sum(model["offered"] for model in report["models"])
    matrix = report["matrix"]
    return {
        "range": "" if visit.query.get("since") or visit.query.get("until") else range_,
        "ranges": tuple(RANGES),
        "rows": rows,
        "offered": offered,
        "taken": sum(model["taken"] for model in report["models"]) / offered if offered else None,
        "kinds": [(visit.t(f"fleet.kind.{kind}"), class_) for kind, class_ in WAYS.items()],
        "matrix": matrix,
        "generations": matrix["generations"] or [{"gpu": None, "usd_per_hour": None}],
    }


def _offers(visit: Visit, model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each deployment that was offered something, in the order of refusal."""
    rows: list[dict[str, Any]] = []
    for each in model["deployments"]:
        if not each["offered"]:
            continue
        counts = {"taken": each["taken"], **{way: each[name] for way, name in WAIVED.items()}}
        parts = [Part(visit.t(f"fleet.kind.{way}"), count, WAYS[way]) for way, count in counts.items() if count]
        place = " · ".join(filter(None, (each["provider"], each["cloud"], each["region"], each["gpu"])))
        bar = parts_bar(parts, f"{each['deployment']}: {visit.t('fleet.bar')}")
        waived = sum(counts.values()) - each["taken"]
        more = {"model": model["model"], "first": not rows, "place": place, "bar": bar, "waived": waived}
        rows.append({**each, **more})
    return rows
