"""Models on the plane of cost and predicted quality, each a dot in its owner's colour, and what was served among them.

Invariant: cost is on a scale of ratios; names don't lie on each other; what could not answer everything is hollow.
"""

from collections.abc import Sequence
from math import log10
from typing import NamedTuple

from markupsafe import Markup

from router.page.drawing.svg import decades, element, picture, round_ticks, title, words
from router.page.number_words import dollars, percent

WIDTH, HEIGHT = 1080, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 1060, 26, 296
LINE = 15.0


class Dot(NamedTuple):
    """A model, or what was served: cost in USD per thousand requests, and quality as a chance."""

    name: str
    colour: str
    cost: float
    quality: float
    hollow: bool = False
    own: bool = False
    winner: bool = False


def plane(dots: Sequence[Dot], label: str, x_label: str, y_label: str) -> Markup:
    """The drawing."""
    costs, qualities = [dot.cost for dot in dots], [dot.quality for dot in dots]
    low, high = min(costs) / 1.35, max(costs) * 1.35
    least, most = _ends(qualities)

    def x(cost: float) -> float:
        return LEFT + (RIGHT - LEFT) * (log10(cost) - log10(low)) / (log10(high) - log10(low))

    def y(quality: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (quality - least) / (most - least)

    grid = [
        element("line", class_="grid", x1=x(tick), x2=x(tick), y1=TOP, y2=BOTTOM)
        + words(f"${tick:g}", x(tick), BOTTOM + 20, "tick", "middle")
        for tick in decades(low, high)
    ]
    grid += [
        element("line", class_="grid", x1=LEFT, x2=RIGHT, y1=y(tick), y2=y(tick))
        + words(f"{round(100 * tick, 6):g} %", LEFT - 10, y(tick) + 4, "tick", "end")
        for tick in round_ticks(least, most, 5)
    ]
    heads = words(y_label, LEFT - 60, 12, "head"), words(x_label, RIGHT, BOTTOM + 40, "head", "end")
    places = sorted(((x(dot.cost), y(dot.quality), dot) for dot in dots), key=lambda place: (place[1], place[0]))
    names = _names(places)
    marks = [_mark(*place) for place in sorted(places, key=lambda place: place[2].own)]
    return picture(WIDTH, HEIGHT, label, *grid, *heads, *names, *marks, class_="plane")


def _ends(qualities: Sequence[float]) -> tuple[float, float]:
    least, most = min(qualities), max(qualities)
    room = max(0.01, (most - least) * 0.12)
    return max(0.0, least - room), min(1.0, most + room)


def _mark(x: float, y: float, dot: Dot) -> str:
    said = title(f"{dot.name}: {dollars(dot.cost)}, {percent(dot.quality)}")
    if dot.own:
        ring = element("circle", class_="ring", cx=x, cy=y, r=11)
        return element("g", said, ring, element("circle", class_="own", cx=x, cy=y, r=5.5))
    kind = f"{dot.colour} hollow" if dot.hollow else dot.colour
    mark = element("circle", said, class_=kind, cx=x, cy=y, r=6)
    return element("circle", class_="ring", cx=x, cy=y, r=11) + mark if dot.winner else mark


def _names(places: Sequence[tuple[float, float, Dot]]) -> list[str]:
    """A name beside each dot; one that would lie on another, or on a dot, stands on the other side, or is moved."""
    boxes = [(x - 8, y - 8, x + 8, y + 8) for x, y, _ in places]
    names = []
    for x, y, dot in places:
        wide = _width(dot.name) * (1.12 if dot.own or dot.winner else 1)
        for dx, dy in ((15, 4.5), (-15, 4.5), (15, -9), (-15, -9), (15, 19), (-15, 19), (15, 4.5)):
            left = x + dx if dx > 0 else x + dx - wide
            box = (left, y + dy - 11, left + wide, y + dy + 3)
            if left > LEFT and box[2] < RIGHT + 18 and not any(_touch(box, other) for other in boxes):
                break
        boxes.append(box)
        names.append(
            words(dot.name, x + dx, y + dy, "name own" if dot.own or dot.winner else "name", None if dx > 0 else "end")
        )
    return names


def _width(name: str) -> float:
    """About how wide a name is written; Korean letters are twice as wide as Latin ones."""
    return sum(13.0 if ord(letter) > 0x1100 else 7.4 for letter in name)


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
