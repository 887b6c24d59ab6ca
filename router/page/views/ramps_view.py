"""Ramps: how far each has moved, what it waits for, and the evidence on which it goes on or back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from router.page.drawing.ramp_pictures import Moved, evidence, share_bar, share_course
from router.page.visit import Visit
from router.types import TASKS

# What an operator may order in each stage, the dangerous ones last; the command has the same rules.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "draft": ("approve",),
    "approved": ("start", "kill"),
    "shadow": ("pause", "advance", "kill"),
    "moving": ("pause", "advance", "rollback", "kill"),
    "full": ("pause", "rollback", "kill"),
    "paused": ("start", "rollback", "kill"),
    "rolled_back": ("approve",),
}
DANGEROUS = ("rollback", "kill", "advance")
RUNNING = ("shadow", "moving", "full")


async def ramps(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The list."""
    rows = (await visit.api.get("/admin/v1/ramps"))["data"]
    shown = [
        {**row, "bar": share_bar(row["share"], row["holdback"], visit.t("ramps.share_of", name=row["name"]))}
        for row in rows
    ]
    moving = [row for row in rows if row["stage"] in RUNNING]
    return "ramps.html", {"rows": shown, "moving": len(moving)}


async def ramp(visit: Visit, name: str) -> tuple[str, Mapping[str, Any]]:
    """One ramp."""
    root = f"/admin/v1/ramps/{quote(name, safe='')}"
    status, log = await visit.api.all(root, f"{root}/log")
    moves = [
        Moved(datetime.fromisoformat(move["time"]), move["share"], visit.t(f"move.{move['kind']}"))
        for move in reversed(log["data"])
    ]
    names = {task: visit.t(f"task.{task}") for task in TASKS}
    heads = visit.t("ramps.wealth"), visit.t("ramps.difference")
    return "ramp.html", {
        "ramp": status,
        "bar": share_bar(
            status["share"], status["holdback"], visit.t("ramps.share_of", name=status["name"]), wide=1080
        ),
        "course": share_course(moves, datetime.now(UTC), visit.zone, visit.t("ramps.course")) if moves else "",
        "evidence": evidence(status["tasks"], names, heads, visit.t("ramps.evidence")) if status["tasks"] else "",
        "log": log["data"],
        "orders": ORDERS.get(status["stage"], ()) if visit.may("editor") else (),
        "dangerous": DANGEROUS,
    }
