"""Audits: whether backends and endpoints answer as the model that was asked for, with the wealth as it runs."""

from collections.abc import Mapping
from math import exp, log
from typing import Any

from router.page.drawing.wealth_course import wealth_course
from router.page.visit import Visit

ENDS = ("another_model", "nothing_found", "inconclusive")
CUT_OFF = "cut_off"
TONES: Mapping[str, str] = {"another_model": "worse", "nothing_found": "better"}


async def audit(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The list, the latest first."""
    answered = await visit.api.get("/admin/v1/audits")
    rows = [_transcript(visit, row) for row in answered["data"]]
    backends = [_backend(visit, row) for row in answered["backends"]]
    shown = sum(row["end"] == "another_model" for row in rows) + sum(row["alarms"] > 0 for row in backends)
    return "audit.html", {"rows": rows, "backends": backends, "shown": shown}


def _transcript(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    end = row["end"] if row["end"] in ENDS else CUT_OFF
    label = visit.t("audit.course", model=row["model"])
    line = f"1/α = {1 / row['alpha']:g}"
    return {
        **row,
        "end": end,
        "tone": TONES.get(end, ""),
        "best": exp(min(690.0, row["best_log_wealth"])),
        "threshold": 1 / row["alpha"],
        "picture": wealth_course(row["wealth"], row["decides"], line, label) if row["wealth"] else "",
    }


def _backend(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    rings = log(row["rings_at"])
    points = [[call, log(max(level, 1e-9))] for call, level in row["levels"]]
    label = visit.t("audit.course", model=row["model"])
    return {**row, "picture": wealth_course(points, rings, f"{row['rings_at']:,.0f}", label) if points else ""}
