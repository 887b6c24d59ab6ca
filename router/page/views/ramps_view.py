"""Ramps: how far each has moved, what it waits for, and the evidence on which it goes on or back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from router.page.drawing.arm_differences import Differs, arm_differences
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
ARM_FIGURES = ("cost_usd", "charged_usd", "duration_ms", "failed")


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
    # Only since it was last started: before, another share or another plan may have been in force.
    started = next((move["time"] for move in log["data"] if move["kind"] == "started"), None)
    beside = await visit.api.get(f"{root}/arms", {"since": started})
    names = {task: visit.t(f"task.{task}") for task in TASKS}
    heads = visit.t("ramps.wealth"), visit.t("ramps.difference")
    return "ramp.html", {
        "ramp": status,
        "bar": share_bar(
            status["share"], status["holdback"], visit.t("ramps.share_of", name=status["name"]), wide=1080
        ),
        "course": share_course(moves, datetime.now(UTC), visit.zone, visit.t("ramps.course")) if moves else "",
        "evidence": evidence(status["tasks"], names, heads, visit.t("ramps.evidence")) if status["tasks"] else "",
        "arms": {arm["arm"]: arm for arm in beside["arms"]},
        "arm_rows": arm_rows(visit, beside),
        "arms_picture": _arms_picture(visit, beside),
        "arms_behind": beside["index"],
        "log": log["data"],
        "orders": ORDERS.get(status["stage"], ()) if visit.may("editor") else (),
        "dangerous": DANGEROUS,
    }


def arm_rows(visit: Visit, beside: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each figure of both sides, with its difference as a part of the holdback's where that is not nought."""
    rows = []
    for name in ARM_FIGURES if beside["differences"]["failed"] else ():
        moved, held = (float(arm[name]) for arm in beside["arms"] if arm["arm"] in ("moved", "holdback"))
        ends = {end: None if at is None else float(at) for end, at in beside["differences"][name].items()}
        # Where nothing varies, as where every request was answered, nothing is known of how sure that is.
        known = ends["low"] is not None and ends["low"] != ends["high"]
        parts = {end: at / held if held and at is not None else None for end, at in ends.items()}
        low, high = (parts["low"], parts["high"]) if known else (None, None)
        rows.append(
            {
                "key": name,
                "name": visit.t(f"arms.{name}"),
                "moved": moved,
                "holdback": held,
                "value": ends["value"],
                "low": ends["low"] if known else None,
                "high": ends["high"] if known else None,
                "differs": None
                if parts["value"] is None
                else Differs(visit.t(f"arms.{name}"), parts["value"], low, high),
            }
        )
    return rows


def _arms_picture(visit: Visit, beside: Mapping[str, Any]) -> Any:
    differs = [row["differs"] for row in arm_rows(visit, beside) if row["differs"] is not None]
    return arm_differences(differs, visit.t("arms.title")) if differs else ""
