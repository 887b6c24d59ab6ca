"""A candidate: a policies.yaml that is tried beside the one in force, with what it would have done so far."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from router.page.drawing.svg import colour, in_order
from router.page.number_words import percent
from router.page.visit import Visit
from router.types import TASKS

ROOT = "/admin/v1/policies/candidates"
HEADS = {"flips": "picture.flips", "cost, %": "picture.cost", "predicted quality, points": "picture.quality"}
"""What the drawing of a replay says over its columns."""
_TEXT = re.compile(r"(?<=>)[^<>]+(?=</text>|<title>)")
_COUNTED = re.compile(r'(?<=[" ])c([0-5])(?=[" ])')


async def candidate(visit: Visit, name: str) -> tuple[str, Mapping[str, Any]]:
    """The page; at first it says that the requests are being decided again, and asks for the rest."""
    if not visit.query.get("part"):
        return "candidate_wait.html", {"revision": name}
    compared = await visit.api.get(f"{ROOT}/{quote(name, safe='')}", {"pictures": "true"})
    _, etag = await visit.api.text("/admin/v1/policies")
    summary, pictures = compared["summary"], compared["pictures"]
    owners = [owner for owner in pictures.get("owners", []) if owner]
    return "candidate.html", {
        "tried": compared,
        "summary": summary,
        "sentence": _sentence(visit, summary),
        "cost_tone": tone(summary.get("cost_interval"), -1),
        "quality_tone": tone(summary.get("quality_interval"), 1),
        "flow": coloured(pictures.get("models", ""), pictures.get("owners", [])),
        "shift": spoken(visit, coloured(pictures.get("tasks", ""), pictures.get("owners", []))),
        "owners": [(owner, colour(owner, owners)) for owner in in_order(owners)],
        "causes": pictures.get("causes", []),
        "etag": etag.strip('"'),
        "orders": ("approve", "promote", "drop") if visit.may("editor") else (),
    }


def tone(interval: Sequence[float | None] | None, better: int) -> str:
    """Whether a change is shown to be `better` or `worse`; nothing where its interval holds nought or there is none."""
    low, high = interval or (None, None)
    if low is None or high is None or low * high <= 0:
        return ""
    return "better" if low * better > 0 else "worse"


def coloured(drawing: str, owners: Sequence[str]) -> Markup:
    """A drawing of a replay, which counts its owners from nought, with the colour that each owner has everywhere."""
    classes = [colour(owner, owners) for owner in owners]

    def own(found: re.Match[str]) -> str:
        place = int(found[1])
        return classes[place] if place < len(classes) else "nobody"

    # It was drawn by our own code, which escapes every name.
    return Markup(re.sub(r'class="[^"]*"', lambda names: _COUNTED.sub(own, names[0]), drawing))  # noqa: S704


def spoken(visit: Visit, drawing: Markup) -> Markup:
    """A drawing with the names of tasks and its heads in the reader's language."""
    names = {task: visit.t(f"task.{task}") for task in TASKS} | {head: visit.t(key) for head, key in HEADS.items()}
    return Markup(_TEXT.sub(lambda said: escape(names.get(said[0], said[0])), drawing))  # noqa: S704


def _sentence(visit: Visit, summary: Mapping[str, Any]) -> str:
    if not summary:
        return visit.t("candidate.title.none")
    part = percent(summary["flips"] / summary["requests"])
    return visit.t("candidate.title", part=part, requests=f"{summary['requests']:,}")
