"""Puts names beside the marks of a plot so that no name lies upon another or upon a mark.

Invariant: the same marks give the same places; a name that had to move far is joined to its mark by a line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from router.bench.plot_style import QUIET
from router.bench.routing.measures import Array

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A name, and the points beside any of which it may stand."""

    anchors: tuple[Point, ...]
    text: str
    colour: str


Box = tuple[float, float, float, float]
SIZE, LINE, LETTER, GAP, RINGS = 7.5, 10.5, 4.3, 6.0, 14
FAR = 2
APART, OUTSIDE = 3.0, 10_000


def spread_labels(axes: Any, labels: Sequence[Label], lines: Sequence[Sequence[Point]] = ()) -> None:
    """Write each label where there is room, upon none of the `lines`: those of one point first, then from the left.

    Where there is room nowhere, a label stands where it covers least.
    """
    axes.figure.canvas.draw()
    scale = 72 / axes.figure.dpi

    def placed(points: Sequence[Point]) -> Any:
        return axes.transData.transform(points) * scale

    taken: list[Box] = [
        (x - 3, y - 3, x + 3, y + 3) for label in labels if len(label.anchors) == 1 for x, y in placed(label.anchors)
    ]
    taken += [box for line in lines if len(line) for box in _along(placed(line))]
    edge = axes.bbox.transformed(axes.figure.dpi_scale_trans.inverted()).extents * 72
    for label in sorted(labels, key=lambda label: (len(label.anchors), label.anchors[0])):
        marks = placed(label.anchors)
        tries = [(number, place) for place in _places() for number in range(len(marks))]
        boxes = np.array([_box(marks[number], place, label.text) for number, place in tries])
        costs = _costs(boxes, np.array(taken), edge) + np.array([place[0] for _, place in tries]) / RINGS
        number, place = tries[int(np.argmin(costs))]
        taken.append(_box(marks[number], place, label.text))
        _write(axes, label, label.anchors[number], place)


def _write(axes: Any, label: Label, anchor: Point, place: "Place") -> None:
    ring, offset, left = place
    axes.annotate(
        label.text,
        anchor,
        xytext=offset,
        textcoords="offset points",
        ha="left" if left else "right",
        va="center",
        fontsize=SIZE,
        color=label.colour,
        arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.5} if ring >= FAR else None,
    )


def _along(points: Any) -> Iterator[Box]:
    """Small boxes along a line, close enough that no label fits between two."""
    for (x, y), (right, top) in pairwise(points):
        steps = max(1, int(max(abs(right - x), abs(top - y)) / APART))
        for step in range(steps + 1):
            at, up = x + (right - x) * step / steps, y + (top - y) * step / steps
            yield at - 1, up - 1, at + 1, up + 1


Place = tuple[int, tuple[float, float], bool]


def _places() -> Iterator[Place]:
    """Beside the mark, then above and below it by turns, ever farther."""
    for ring in range(RINGS):
        for up in (ring * LINE * 0.6, -ring * LINE * 0.6):
            yield ring, (GAP, up), True
            yield ring, (-GAP, up), False


def _box(mark: Sequence[float], place: Place, text: str) -> Box:
    _, (across, up), left = place
    x, y, wide = mark[0] + across, mark[1] + up, LETTER * len(text)
    return (x, y - LINE / 2, x + wide, y + LINE / 2) if left else (x - wide, y - LINE / 2, x, y + LINE / 2)


def _costs(boxes: Array, taken: Array, edge: Sequence[float]) -> Array:
    """How many marks, lines and labels each box covers; outside the panel is worse than any."""
    inside = (
        (edge[0] <= boxes[:, 0]) & (boxes[:, 2] <= edge[2] + 2) & (edge[1] <= boxes[:, 1]) & (boxes[:, 3] <= edge[3])
    )
    own, other = boxes[:, None, :], taken[None, :, :]
    apart = (own[..., 0] >= other[..., 2]) | (other[..., 0] >= own[..., 2])
    apart |= (own[..., 1] >= other[..., 3]) | (other[..., 1] >= own[..., 3])
    costs: Array = (~apart).sum(axis=1) + np.where(inside, 0.0, OUTSIDE)
    return costs
