"""The abilities of a model, task by task, as the jagged line that they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from router.page.drawing.svg import element, picture, title

STEP, TALL = 18, 40


def ability_strip(
    values: Mapping[str, float], tasks: Sequence[str], ends: tuple[float, float], colour: str, names: Mapping[Any, str]
) -> Markup:
    """A bar for each task, in the same order and on the same scale for every model; a gap where it can't."""
    least, most = ends
    bars = []
    for place, task in enumerate(tasks):
        value = values.get(task)
        said = title(f"{names[task]}: {value:+.1f}" if value is not None else f"{names[task]}: —")
        tall = 2.0 if value is None else 4 + (TALL - 4) * (value - least) / ((most - least) or 1)
        kind = "track" if value is None else colour
        bars.append(
            element("rect", said, class_=kind, x=place * STEP, y=TALL - tall, width=STEP - 4, height=tall, rx=1.5)
        )
    label = ", ".join(f"{names[task]} {values[task]:+.1f}" for task in tasks if task in values)
    return picture(STEP * len(tasks) - 4, TALL, label, *bars, class_="jagged")
