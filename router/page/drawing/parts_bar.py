"""A bar that is divided into parts, thin enough for a row of a table."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from router.page.drawing.svg import element, picture, title
from router.page.number_words import count, percent

WIDTH, TALL = 600, 14


class Part(NamedTuple):
    """A part: what it is called, how much it is, and the class of its colour."""

    name: str
    value: float
    colour: str


def parts_bar(parts: Sequence[Part], label: str) -> Markup:
    """The bar over its whole width, whatever the sum."""
    whole = sum(part.value for part in parts) or 1
    left, pieces = 0.0, []
    for part in parts:
        wide = WIDTH * part.value / whole
        said = title(f"{part.name}: {count(part.value)} ({percent(part.value / whole)})")
        gap = 1.5 if wide > 4 else 0
        pieces.append(element("rect", said, class_=part.colour, x=left, y=0, width=max(0.5, wide - gap), height=TALL))
        left += wide
    return picture(WIDTH, TALL, label, *pieces, class_="parts", stretched=True)
