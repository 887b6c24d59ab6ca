"""A waterfall from the list value to the contribution, and who kept a saving, as bars that start where the last ended.

Invariant: what rests on an assumption is hatched; both waterfalls of a page share one scale.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from router.page.drawing.svg import element, picture, title, words
from router.page.number_words import dollars

WIDTH, ROW, TALL, LEFT, RIGHT = 620, 34, 20, 150, 520
_STEPS = (
    ("list_value", True),
    ("discount", False),
    ("passed_on", False),
    ("revenue", True),
    ("inference", False),
    ("share", False),
    ("gross_margin", True),
    ("platform_cost", False),
    ("contribution", True),
)


class Step(NamedTuple):
    """One bar: a level that was reached, or what is taken from it."""

    line: str
    begin: float
    end: float
    total: bool


def steps_of(side: Mapping[str, str]) -> list[Step]:
    """The bars of one side of the report; what is nothing is left out."""
    steps, level = [], float(side["list_value_usd"])
    for line, total in _STEPS:
        if total:
            steps.append(Step(line, 0.0, level, total=True))
        elif amount := float(side[f"{line}_usd"]):
            steps.append(Step(line, level, level - amount, total=False))
            level -= amount
    return steps


def waterfall(
    steps: Sequence[Step], most: float, names: Mapping[str, str], assumed: Collection[str], label: str
) -> Markup:
    """The drawing; `most` is the end of the scale."""
    least = min(0.0, *(min(step.begin, step.end) for step in steps))

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - least) / ((most - least) or 1)

    pattern = element("path", class_="hatch", d="M-1 1l2-2M0 6l6-6M5 7l2-2")
    hatch = element("pattern", pattern, id="assumed", width=6, height=6, patternUnits="userSpaceOnUse")
    rows = [element("defs", hatch), element("line", class_="zero", x1=x(0), x2=x(0), y1=0, y2=len(steps) * ROW - 8)]
    for place, step in enumerate(steps):
        rows.append(_row(step, place * ROW, x, names[step.line], hatched=step.line in assumed))
        if place + 1 < len(steps):
            end = x(step.end)
            rows.append(element("line", class_="grid", x1=end, x2=end, y1=place * ROW + TALL, y2=(place + 1) * ROW))
    return picture(WIDTH, len(steps) * ROW, label, *rows, class_="fall")


def _row(step: Step, y: float, x: Callable[[float], float], name: str, *, hatched: bool) -> str:
    left, right = sorted((x(step.begin), x(step.end)))
    amount = step.end - step.begin
    kind = "fill-accent" if step.total else "fill-worse" if amount < 0 else "fill-better"
    wide = max(1.0, right - left)
    bar = element("rect", title(f"{name}: {dollars(amount)}"), class_=kind, x=left, y=y, width=wide, height=TALL, rx=2)
    if hatched:
        bar += element("rect", class_="hatched", x=left, y=y, width=wide, height=TALL, rx=2)
    said = words(dollars(amount), right + 8, y + 14.5, "count")
    return words(name, LEFT - 12, y + 14.5, "head" if step.total else "", "end") + bar + said


class Kept(NamedTuple):
    """What one side kept of a saving in USD, with its interval where there is one."""

    name: str
    value: float
    low: float | None
    high: float | None
    whole: bool = False


def kept_bars(parts: Sequence[Kept], label: str) -> Markup:
    """Who kept how much, to the right of nought, or lost, to the left; the last is the sum."""
    ends = [0.0, *(end for part in parts for end in (part.value, part.low or 0.0, part.high or 0.0))]
    least, most = min(ends), max(ends)

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - least) / ((most - least) or 1)

    rows = []
    for place, part in enumerate(parts):
        y = place * ROW
        left, right = sorted((x(0), x(part.value)))
        kind = "fill-soft" if part.whole else "fill-better" if part.value >= 0 else "fill-worse"
        rows.append(words(part.name, LEFT - 12, y + 14.5, "head" if part.whole else "", "end"))
        rows.append(element("rect", class_=kind, x=left, y=y, width=max(1.0, right - left), height=TALL, rx=2))
        if part.low is not None and part.high is not None and part.low != part.high:
            middle = y + TALL / 2
            rows.append(element("line", class_="error", x1=x(part.low), x2=x(part.high), y1=middle, y2=middle))
        end = max(right, x(part.high)) if part.high is not None else right
        rows.append(words(dollars(part.value, signed=True), end + 8, y + 14.5, "count"))
    zero = element("line", class_="zero", x1=x(0), x2=x(0), y1=-2, y2=len(parts) * ROW - 8)
    return picture(WIDTH, len(parts) * ROW, label, *rows, zero, class_="fall")
