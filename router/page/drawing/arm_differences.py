"""What the moved side of a ramp differs by from its holdback, figure by figure, as a part of the holdback's.

Invariant: less is better in every row, and nought is in the picture; a difference that may be none has no verdict's
colour.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from router.page.drawing.svg import element, picture, title, words
from router.page.number_words import percent

WIDTH, ROW, LEFT, RIGHT = 1080, 36, 300, 900
LEAST_REACH, MOST_REACH = 0.05, 2.0


class Differs(NamedTuple):
    """A figure: its name, and the difference as a part of the holdback's with the ends of its interval, if any."""

    name: str
    part: float
    low: float | None
    high: float | None

    @property
    def tone(self) -> str:
        """`better`, `worse`, or nothing where the interval holds nought or there is none."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return ""
        return "better" if self.high < 0 else "worse"


def arm_differences(rows: Sequence[Differs], label: str) -> Markup:
    """The drawing; the scale reaches as far to both sides, and what lies outside stands at its edge."""
    ends = [abs(end) for row in rows for end in (row.part, row.low, row.high) if end is not None]
    reach = min(MOST_REACH, max(LEAST_REACH, *ends)) if ends else LEAST_REACH

    def x(part: float) -> float:
        return (LEFT + RIGHT) / 2 + (RIGHT - LEFT) / 2 * min(1.0, max(-1.0, part / reach))

    bottom = len(rows) * ROW
    parts = [element("line", class_="zero", x1=x(0), x2=x(0), y1=0, y2=bottom)]
    for place, row in enumerate(rows):
        parts.append(_row(row, place * ROW + ROW / 2, x(row.part), _whisker(row, x)))
    parts += [words(percent(at, 0, signed=True), x(at), bottom + 18, "tick", "middle") for at in (-reach, 0.0, reach)]
    return picture(WIDTH, bottom + 26, label, *parts, class_="arms")


def _row(row: Differs, y: float, at: float, ends: tuple[float, float]) -> str:
    said = percent(row.part, 1, signed=True)
    spread = "" if row.low is None else f" ({percent(row.low, 1, signed=True)} – {percent(row.high, 1, signed=True)})"
    kind = f"fill-{row.tone}" if row.tone else "fill-soft"
    line = element("line", class_="error", x1=ends[0], x2=ends[1], y1=y, y2=y)
    dot = element("circle", class_=kind, cx=at, cy=y, r=6)
    shown = element("g", title(f"{row.name}: {said}{spread}"), line, dot)
    return words(row.name, LEFT - 24, y + 4.5, "", "end") + shown + words(said, RIGHT + 24, y + 4.5, "count")


def _whisker(row: Differs, x: Callable[[float], float]) -> tuple[float, float]:
    if row.low is None or row.high is None:
        return x(row.part), x(row.part)
    return x(row.low), x(row.high)
