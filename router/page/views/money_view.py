"""Money: the waterfall as served and as it would have been, and who kept what the difference came to."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from router.page.api_client import Refused
from router.page.drawing.fall_bars import Kept, kept_bars, steps_of, waterfall
from router.page.drawing.svg import colour, in_order
from router.page.number_words import dollars, whole
from router.page.visit import Visit

GROUPS = ("model", "owner", "task", "ramp", "key", "team", "tag", "user", "policy", "day")
BASELINES = ("best", "asked", "dearest", "cheapest")
RANGES = {"day": 1, "week": 7, "month": 30, "all": 0}
AT_ONCE = 20_000
"""Entries of the log that are read while a browser waits for its page; past that, the page comes first."""
PARTS = ("customer", "platform", "partner")


async def money(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page."""
    by = visit.choice("by", GROUPS)
    baseline = visit.choice("baseline", BASELINES)
    range_ = visit.choice("range", tuple(RANGES), 1)
    query = {"by": by, "baseline": baseline, **since_of(visit, range_)}
    part = visit.query.get("part")
    if part == "preference":
        return "money_preference.html", await _preference(visit, since_of(visit, range_))
    entries = await entries_of(visit)
    if not part and entries > AT_ONCE:
        return "money_wait.html", {"entries": entries}
    report = await visit.api.get("/admin/v1/money", query)
    total = report["total"]
    known = {
        "by": by,
        "groupings": GROUPS,
        "baseline": baseline,
        "baselines": BASELINES,
        "range": "" if visit.query.get("since") or visit.query.get("until") else range_,
        "ranges": tuple(RANGES),
    }
    if not total["requests"]:
        return "money.html", {**known, "report": None}
    named = whole(report["baseline_model"] or "") or visit.t("baseline.asked")
    sides = [steps_of(total[side]) for side in ("served", "counterfactual")]
    most = max(step.end for side in sides for step in side)
    names = {step.line: visit.t(f"fall.{step.line}") for side in sides for step in side}
    assumed = {footing["line"] for footing in report["rests_on"] if footing["status"] == "assumed"}
    kept = [_kept(visit, name, total) for name in (*PARTS, "true_cost")]
    owners = in_order([owner["owner"] for owner in report["owners"]])
    return "money.html", {
        **known,
        "report": report,
        "total": total,
        "named": named,
        "sentence": _sentence(visit, total, named),
        "falls": [
            (visit.t("money.served"), waterfall(sides[0], most, names, assumed, visit.t("money.served"))),
            (
                visit.t("money.otherwise", model=named),
                waterfall(sides[1], most, names, assumed, visit.t("money.otherwise", model=named)),
            ),
        ],
        "kept": kept_bars(kept, visit.t("money.kept")),
        "colours": {owner: colour(owner, owners) for owner in owners},
        "csv": _csv(query),
        "entries": entries,
        "at_once": AT_ONCE,
    }


async def _preference(visit: Visit, when: Mapping[str, str]) -> dict[str, Any]:
    """Whether routing favours the house's own models; where no house is named, the API's sentence on that."""
    try:
        report = await visit.api.get("/admin/v1/money/self-preference", when)
    except Refused as refused:
        if refused.status != 400:
            raise
        return {"fault": refused.message, "sentence": visit.t("preference.title")}
    total = report["total"]
    return {
        "fault": "",
        "sentence": visit.t(f"preference.sentence.{total['verdict']}", platform=report["platform"]),
        "rows": [total, *report["tasks"]],
        "platform": report["platform"],
        "irreproducible": report["irreproducible"],
    }


async def entries_of(visit: Visit) -> int:
    """How much there is to read."""
    found = await visit.api.get("/admin/v1/receipts", {"limit": 1})
    return int(found["index"]["entries"])


def since_of(visit: Visit, range_: str) -> dict[str, str]:
    """The range that a page asks for: from a time to another, or the last days of one that has a name."""
    said = {name: visit.query[name] for name in ("since", "until") if visit.query.get(name)}
    if said or not RANGES[range_]:
        return said
    since = datetime.now(UTC) - timedelta(days=RANGES[range_])
    return {"since": since.replace(second=0, microsecond=0).isoformat()}


def _kept(visit: Visit, name: str, total: Mapping[str, Any]) -> Kept:
    figure = total["kept"][name]
    low, high = (None if figure[end] is None else float(figure[end]) for end in ("low_usd", "high_usd"))
    return Kept(visit.t(f"kept.{name}"), float(figure["value_usd"]), low, high, whole=name == "true_cost")


def _sentence(visit: Visit, total: Mapping[str, Any], named: str) -> str:
    """Who kept how much of the saving."""
    values = {name: float(total["kept"][name]["value_usd"]) for name in (*PARTS, "true_cost")}
    saved = values["true_cost"]
    if abs(saved) < 5e-7:
        return visit.t("money.sentence.nothing", paid=dollars(total["served"]["paid_usd"]), model=named)
    if saved < 0:
        return visit.t("money.sentence.dearer", cost=dollars(-saved), model=named)
    shares = {name: dollars(values[name], signed=True) for name in PARTS}
    return visit.t("money.sentence.saved", saved=dollars(saved), model=named, **shares)


def _csv(query: Mapping[str, str]) -> str:
    return f"/admin/v1/money?{urlencode({**query, 'format': 'csv'})}"
