"""Scenarios: the list of stories, and one of them played, with what can be set."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from router.page.api_client import Refused
from router.page.scenario_pictures import answer
from router.page.standalone.scenario_page import body
from router.page.visit import Visit

_ROOT = "/admin/v1/scenarios"


async def scenarios(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The list."""
    return "scenarios.html", {"rows": (await visit.api.get(_ROOT))["data"]}


async def scenario(visit: Visit, name: str) -> tuple[str, Mapping[str, Any]]:
    """One scenario; at first the page says that it is being played, and asks for the rest."""
    rows = {row["name"]: row for row in (await visit.api.get(_ROOT))["data"]}
    if name not in rows:
        # The API has the sentence.
        await visit.api.get(f"{_ROOT}/{quote(name, safe='')}")
    if not visit.query.get("part"):
        return "scenario_wait.html", {"row": rows[name]}
    words = {
        word: value for word, value in visit.query.items() if word in (*rows[name]["settings"], "seed", "requests")
    }
    fault, result = "", None
    try:
        result = await visit.api.get(f"{_ROOT}/{name}", words)
    except Refused as refused:
        if refused.status not in (400, 403):
            raise
        fault = refused.message
    return "scenario.html", {
        "row": rows[name],
        "fault": fault,
        "values": result["set"] if result else {at: each["value"] for at, each in rows[name]["settings"].items()},
        "seed": result["seed"] if result else 1,
        "sentence": answer(result, visit.language) if result else rows[name]["title"][visit.language],
        "body": body(result, visit.language) if result else "",
        "may_play": visit.may("editor"),
    }
