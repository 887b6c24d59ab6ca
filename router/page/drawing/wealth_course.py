"""The picture of an audit: what its bets have gained, call by call, and the line at which it is shown.

Invariant: the scale is one of ratios, from below 1 up to above the line; what lies outside is drawn at its edge.
"""

from collections.abc import Sequence
from math import log

from markupsafe import Markup

from router.page.drawing.svg import element, picture, round_ticks, title, words

WIDTH, TALL, LEFT = 1080, 190, 70
LEAST = -log(20.0)


def wealth_course(points: Sequence[Sequence[float]], decides: float, line: str, label: str) -> Markup:
    """The logarithm of the wealth over calls, as (call, logarithm); it decides at the line, whose name is given."""
    top = max(decides * 1.25, 1.0, *(min(point[1], 3 * decides) for point in points))
    low = min(-0.5, *(max(point[1], LEAST) for point in points))
    last = max(1.0, points[-1][0])

    def x(call: float) -> float:
        return LEFT + (WIDTH - LEFT - 12) * call / last

    def y(value: float) -> float:
        return 14 + TALL * (top - min(max(value, low), top)) / (top - low)

    path = "".join(f"{'L' if at else 'M'}{x(call):.1f} {y(value):.1f}" for at, (call, value) in enumerate(points))
    ticks = [call for call in round_ticks(0, last) if call == int(call) and 0 <= call <= last]
    parts = [
        element("line", class_="zero", x1=LEFT, x2=WIDTH, y1=y(0), y2=y(0)),
        words("1", LEFT - 10, y(0) + 4, "tick", "end"),
        element("line", title(line), class_="edge", x1=LEFT, x2=WIDTH, y1=y(decides), y2=y(decides)),
        words(line, LEFT - 10, y(decides) + 4, "tick", "end"),
        element("path", class_="course", d=path),
        *(words(f"{call:,.0f}", x(call), TALL + 34, "tick", "middle") for call in ticks),
    ]
    return picture(WIDTH, TALL + 42, label, *parts, class_="share-course")
