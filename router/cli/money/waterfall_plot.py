"""Both waterfalls as a picture: from the list value down to what is left, as served beside the counterfactual.

Invariant: what is drawn are the sums of the report; a bar that rests on an assumption is hatched.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from router.accounting.group import Side
from router.accounting.report import Report
from router.bench.plot_style import INK, QUIET, picture
from router.cli.money.amounts import Amounts
from router.cli.money.money_sentences import baseline, marks
from router.money import ZERO

TOTAL, DOWN, UP = "#0f7b8a", "#c2452d", "#3f9d6b"


class Bar(NamedTuple):
    """A step of the waterfall, in micro-dollars: from where to where; a total begins at 0."""

    line: str
    label: str
    start: Decimal
    end: Decimal
    total: bool


def bars(side: Side) -> list[Bar]:
    """The steps, from the list value to the contribution; what is nothing is left out."""
    fall = side.waterfall
    drawn, level = [Bar("list_value", "list value", ZERO, fall.list_value, True)], fall.list_value
    steps = (
        ("discount", "discounts", fall.discount),
        ("passed_on", "passed on", fall.passed_on),
        ("revenue", "net revenue", None),
        ("inference", "inference", fall.inference),
        ("share", "partner share", fall.share),
        ("gross_margin", "gross margin", None),
        ("platform_cost", "platform cost", fall.platform_cost),
        ("contribution", "contribution", None),
    )
    for line, label, amount in steps:
        if amount is None:
            drawn.append(Bar(line, label, ZERO, level, True))
        elif amount:
            drawn.append(Bar(line, label, level, level - amount, False))
            level -= amount
    return drawn


def draw(report: Report, path: Path) -> None:
    """Both sides, written to the path; raises ConfigError without matplotlib, BadRequest for its ending."""
    with picture(path, 1, 2, figsize=(9.6, 4.2), sharey=True) as (figure, panels):
        sides = (("As served", report.total.served), (f"Counterfactual: {baseline(report)}", report.total.otherwise))
        say = Amounts((report.total.served.paid, report.total.otherwise.paid))
        for panel, (title, side) in zip(panels, sides, strict=True):
            _panel(panel, title, bars(side), marks(report), say)
        panels[0].set_ylabel("USD")
        figure.text(0.01, 0.01, "hatched: rests on assumptions", color=QUIET, fontsize=8)
        figure.tight_layout(rect=(0, 0.03, 1, 1))


def _panel(panel: Any, title: str, steps: list[Bar], unsure: dict[str, str], say: Amounts) -> None:
    for place, step in enumerate(steps):
        colour = TOTAL if step.total else DOWN if step.end <= step.start else UP
        low, high = sorted((_usd(step.start), _usd(step.end)))
        panel.bar(place, high - low, 0.68, bottom=low, color=colour, hatch="///" if step.line in unsure else "")
        panel.text(place, high, say(step.end - step.start), ha="center", va="bottom", fontsize=8)
    for place, step in enumerate(steps[:-1]):
        level = _usd(step.end)
        panel.plot((place + 0.34, place + 0.66), (level, level), color=QUIET, linewidth=0.8)
    panel.axhline(0, color=INK, linewidth=0.8)
    panel.set_title(title, fontsize=10, loc="left")
    panel.set_xticks(range(len(steps)), [step.label for step in steps], rotation=35, ha="right")
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(y=0.12)


def _usd(micro_dollars: Decimal) -> float:
    return float(micro_dollars) / 1e6
