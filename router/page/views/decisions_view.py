"""Decisions: a list to search, and one receipt whole, with what proves it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from router.ledger.index.receipt_search import FILTERS
from router.page.api_client import Refused
from router.page.drawing.plane import Dot, plane
from router.page.drawing.svg import colour
from router.page.visit import Visit
from router.types import EXCLUSIONS, TASKS

AT_ONCE = 50
REASONS = ("policy", "asked", "ramp", "asked_unavailable", "affinity", "successor", "cache")
OUTCOMES = ("ok", "timeout", "rate_limited", "unavailable", "rejected", "content_filter", "cut_off", "stopped")
_WHEN = ("since", "until")


async def decisions(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The list; its filters are words of the address."""
    words = {name: value for name, value in visit.query.items() if value and name in (*FILTERS, *_WHEN)}
    asked = {**words, "limit": AT_ONCE, "cursor": visit.query.get("cursor")}
    shelf = await visit.api.get("/admin/v1/models")
    fault = ""
    try:
        found = await visit.api.get("/admin/v1/receipts", asked)
    except Refused as refused:
        if refused.status != 400:
            raise
        found, fault = {"data": [], "cursor": None, "index": {"read": 0, "entries": 0}}, refused.message
    owners = sorted({model["owner"] for model in shelf["data"]})
    policies = [policy["name"] for policy in shelf["policies"]]
    return "decisions.html", {
        "rows": found["data"],
        "cursor": found["cursor"],
        "index": found["index"],
        "fault": fault,
        "words": words,
        "models": [model["id"] for model in shelf["data"]],
        "policies": policies,
        "tasks": TASKS,
        "reasons": REASONS,
        "colours": {owner: colour(owner, owners) for owner in owners},
    }


async def receipt(visit: Visit, name: str) -> tuple[str, Mapping[str, Any]]:
    """One receipt; where the ledger can't show it, the page says what is wrong."""
    kept = await visit.api.get(f"/v1/receipts/{quote(name, safe='')}")
    again, fault = None, ""
    try:
        again = await visit.api.get(f"/admin/v1/receipts/{kept['id']}/again")
    except Refused as refused:
        fault = refused.message
    decision = kept["decision"]
    candidates = decision["candidates"]
    owners = sorted({each["owner"] for each in candidates})
    served = next((each for each in candidates if each["model"] == kept["served"]), None)
    eligible = [each for each in candidates if each["code"] not in EXCLUSIONS]
    best = max((each["quality"] for each in eligible), default=None)
    inside = [each for each in eligible if best is not None and each["quality"] >= best - decision["band"]]
    return "receipt.html", {
        "kept": kept,
        "decision": decision,
        "candidates": candidates,
        "served": served,
        "again": again,
        "fault": fault,
        "usd": {name: _usd(kept[name]) for name in ("cost", "charged", "baseline_cost")},
        "saved": _usd(kept["baseline_cost"]) - _usd(kept["charged"]),
        "best": best,
        "inside": len(inside),
        "colours": {owner: colour(owner, owners) for owner in owners},
        "excluded": EXCLUSIONS,
        "plane": _plane(visit, candidates, kept["served"], owners),
        "said": visit.texts("proof."),
    }


def _plane(visit: Visit, candidates: list[dict[str, Any]], served: str | None, owners: list[str]) -> Any:
    dots = [
        Dot(
            each["model"],
            colour(each["owner"], owners),
            _usd(each["cost"]) * 1000,
            each["quality"],
            hollow=each["code"] in EXCLUSIONS,
            winner=each["model"] == served,
        )
        for each in candidates
        if each["quality"] and float(each["cost"])
    ]
    if len(dots) < 2:
        return ""
    return plane(dots, visit.t("receipt.plane"), visit.t("overview.plane.x"), visit.t("overview.plane.y"))


def _usd(micro_dollars: str) -> float:
    return float(micro_dollars) / 1_000_000
