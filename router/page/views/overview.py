"""The overview: what a range of time came to, beside every single model, and what wants attention."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from router.page.drawing.parts_bar import Part, parts_bar
from router.page.drawing.plane import Dot, plane
from router.page.drawing.svg import colour, in_order
from router.page.drawing.time_bars import Course, Group, time_bars
from router.page.number_words import percent, points, whole
from router.page.views.drift_card import DriftRow, drift_rows
from router.page.visit import Visit

RANGES = ("hour", "day", "week", "month")
GROUPS = ("owner", "policy", "task", "reason")
BASELINES = ("best", "dearest", "cheapest")
FEW = 0.9
"""A model that was weighed for a smaller part of the requests is not held beside all of them."""
NEAR = 0.8
"""The part of a budget from which on it is pointed out."""


class Beside(NamedTuple):
    """A single model as if it had answered everything: cost of a thousand requests, and predicted quality."""

    model: str
    owner: str
    cost: float
    quality: float
    able: float
    whole: bool


async def overview(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The page."""
    range_, by = visit.choice("range", RANGES, 1), visit.choice("by", GROUPS)
    baseline = visit.choice("baseline", BASELINES)
    when = {name: visit.query[name] for name in ("since", "until") if visit.query.get(name)}
    figures = await visit.api.get("/admin/v1/figures", {"range": range_, **when})
    if not figures["total"]["requests"]:
        return "overview_empty.html", {"range": "" if when else range_, "ranges": RANGES}
    series = await visit.api.get("/admin/v1/series", {"range": range_, "by": by, **when})
    shelf, budgets, ramps, drift = await visit.api.all(
        "/admin/v1/models", "/admin/v1/budgets", "/admin/v1/ramps", "/admin/v1/drift"
    )
    drifted = drift_rows(visit, drift["changes"])
    owners = in_order([*{model["owner"] for model in shelf["data"]}])
    models = beside(figures)
    own = served(figures)
    named = chosen_baseline(models, baseline)
    groups = _groups(visit, series, by, owners)
    return "overview.html", {
        "range": "" if when else range_,
        "ranges": RANGES,
        "by": by,
        "groupings": GROUPS,
        "baseline": baseline,
        "baselines": BASELINES,
        "figures": figures,
        "own": own,
        "named": named,
        "sentence": sentence(visit, own, named),
        "course": time_bars(_course(series), groups, visit.zone, visit.t("overview.course")),
        "groups": groups,
        "series": series,
        "models": models,
        "plane": _plane(visit, models, own, owners),
        "tasks": _tasks(figures, owners),
        "owners": [(owner, colour(owner, owners)) for owner in owners],
        "attention": [*attention(visit, shelf["data"], budgets["data"], ramps["data"]), *_drifted(visit, drifted)],
        "drift": drift,
        "drifted": drifted,
    }


def beside(figures: Mapping[str, Any]) -> list[Beside]:
    """Every model as if it alone had answered, the dearest first."""
    answered = figures["total"]["answered"] or 1
    rows = [
        Beside(
            model=row["model"],
            owner=row["owner"],
            cost=1000 * float(row["cost_usd"] if "cost_usd" in row else row["cost"]) / row["requests"],
            quality=row["quality"] / row["requests"],
            able=row["able"] / row["requests"],
            whole=row["requests"] >= FEW * answered,
        )
        for row in figures["alternatives"]
    ]
    return sorted(rows, key=lambda row: -row.cost)


def served(figures: Mapping[str, Any]) -> Beside:
    """What was served, on the same footing: predicted cost and quality of whatever answered."""
    total = figures["total"]
    answered = total["answered"] or 1
    cost, quality = 1000 * float(total["predicted_cost_usd"]) / answered, total["quality"] / answered
    return Beside("", "", cost, quality, 1.0, whole=True)


def chosen_baseline(models: Sequence[Beside], name: str) -> Beside | None:
    """The model that everything is held beside: the best, the dearest, or the cheapest."""
    whole = [model for model in models if model.whole and model.cost]
    if not whole:
        return None
    keys = {"best": lambda m: (m.quality, -m.cost), "dearest": lambda m: m.cost, "cheapest": lambda m: -m.cost}
    return max(whole, key=keys[name])


def sentence(visit: Visit, own: Beside, named: Beside | None) -> str:
    """What the range came to, in one sentence."""
    if named is None or not named.cost:
        return visit.t("overview.title")
    saving, worse = 1 - own.cost / named.cost, own.quality - named.quality
    quality = "same" if abs(worse) < 0.002 else "below" if worse < 0 else "above"
    cost = "cheaper" if saving >= 0.005 else "dearer" if saving <= -0.005 else "as_dear"
    return visit.t(
        f"overview.sentence.{cost}.{quality}",
        saving=percent(abs(saving), 0),
        model=whole(named.model),
        points=points(abs(worse), signed=False),
    )


def attention(
    visit: Visit,
    models: Sequence[Mapping[str, Any]],
    budgets: Sequence[Mapping[str, Any]],
    ramps: Sequence[Mapping[str, Any]],
) -> list[tuple[str, str, str]]:
    """What somebody should look at: how grave, a sentence, and where to go."""
    found = []
    for model in models:
        for deployment in model["deployments"]:
            if deployment["health"] != "healthy":
                said = visit.t(
                    "attention.deployment", name=deployment["name"], health=visit.t(f"health.{deployment['health']}")
                )
                found.append(("worse", said, f"/models#{model['id']}"))
    for budget in budgets:
        if budget["used"] is not None and budget["used"] >= NEAR:
            said = visit.t(
                "attention.budget", name=budget["budget"], holder=budget["holder"], used=percent(budget["used"], 0)
            )
            found.append(("worse" if budget["used"] >= 1 else "moved", said, "/keys"))
    for ramp in ramps:
        if ramp["stage"] in ("draft", "approved", "paused", "rolled_back"):
            said = visit.t("attention.ramp", name=ramp["name"], stage=visit.t(f"stage.{ramp['stage']}"))
            found.append(("moved", said, f"/ramps/{ramp['name']}"))
    return found


def _drifted(visit: Visit, rows: Sequence[DriftRow]) -> list[tuple[str, str, str]]:
    return [
        ("moved", visit.t("attention.drift", what=row.what, change=row.change), "#drift") for row in rows if row.drifted
    ]


def _course(series: Mapping[str, Any]) -> Course:
    points_ = {
        datetime.fromisoformat(point["time"]): {name: group["requests"] for name, group in point["groups"].items()}
        for point in series["points"]
    }
    begin, end = datetime.fromisoformat(series["since"]), datetime.fromisoformat(series["until"])
    return Course(begin, end, series["step_s"], points_)


def _groups(visit: Visit, series: Mapping[str, Any], by: str, owners: Sequence[str]) -> list[Group]:
    counts: Counter[str] = Counter()
    for point in series["points"]:
        counts.update({name: group["requests"] for name, group in point["groups"].items()})
    names = [name for name, _ in counts.most_common()]
    if by == "owner":
        return [Group(name, name or visit.t("nobody"), colour(name, owners)) for name in in_order(names)]
    said = {"task": "task", "reason": "reason"}.get(by)
    # Past so many, the rest is grey: no more can be told apart.
    return [
        Group(
            name,
            visit.t(f"{said}.{name}") if said and name else name or visit.t("nobody"),
            f"s{place}" if place < 6 else "nobody",
        )
        for place, name in enumerate(names)
    ]


def _plane(visit: Visit, models: Sequence[Beside], own: Beside, owners: Sequence[str]) -> Any:
    dots = [
        Dot(model.model, colour(model.owner, owners), model.cost, model.quality, hollow=not model.whole)
        for model in models
        if model.cost > 0
    ]
    if own.cost > 0:
        dots.append(Dot(visit.t("overview.served"), "own", own.cost, own.quality, own=True))
    if not dots:
        return ""
    return plane(dots, visit.t("overview.plane"), visit.t("overview.plane.x"), visit.t("overview.plane.y"))


def _tasks(figures: Mapping[str, Any], owners: Sequence[str]) -> list[tuple[str, int, Any]]:
    """Who answered each kind of work, the most frequent first."""
    tasks: dict[str, Counter[str]] = {}
    for row in figures["mix"]:
        tasks.setdefault(row["task"], Counter())[row["owner"]] += row["requests"]
    rows = []
    for task, counts in sorted(tasks.items(), key=lambda item: (-item[1].total(), item[0])):
        parts = [Part(owner, counts[owner], colour(owner, owners)) for owner in in_order([*counts])]
        rows.append((task, counts.total(), parts_bar(parts, task)))
    return rows
