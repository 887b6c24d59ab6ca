"""Elements of SVG as text, escaped; scales and their round ticks.

Invariant: colours and strokes are classes of the style sheet, never attributes, so that light and dark are one drawing
and no style stands in a page.
"""

from collections.abc import Sequence
from html import escape
from math import floor, log10

from markupsafe import Markup

OWNERS = {"OpenAI": "c1", "Microsoft": "c0", "Meta": "c2"}
"""Owners that have a colour of their own, as in the terminal; others follow in their order."""
OTHERS = ("c3", "c4", "c5")


def element(tag: str, *content: str, **attributes: object) -> str:
    """An element; a name's `_` is a hyphen, and one at its end is dropped, since `class` is a word of Python."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>"


def words(text: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> str:
    """A text at a place."""
    return element("text", escape(text), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def title(text: str) -> str:
    """What is shown over an element, and read out."""
    return f"<title>{escape(text)}</title>"


def picture(width: int, height: float, label: str, *content: str, class_: str = "", stretched: bool = False) -> Markup:
    """The whole drawing, with a name for who does not see it; a bar is `stretched` to the room that there is."""
    box, ratio = f"0 0 {width} {_number(height)}", "none" if stretched else None
    made = element(
        "svg", *content, viewBox=box, role="img", aria_label=label, class_=class_ or None, preserveAspectRatio=ratio
    )
    return Markup(made)  # noqa: S704 - every value in it was escaped


def colour(owner: str | None, owners: Sequence[str] = ()) -> str:
    """The class of an owner's colour: the known ones have their own, the others by their order."""
    if not owner:
        return "nobody"
    if owner in OWNERS:
        return OWNERS[owner]
    others = [name for name in sorted(owners) if name and name not in OWNERS]
    return OTHERS[others.index(owner) % len(OTHERS)] if owner in others else OTHERS[-1]


def in_order(owners: Sequence[str]) -> list[str]:
    """Owners as they stand everywhere: the known ones first, nobody last."""
    known = [name for name in OWNERS if name in owners]
    return [*known, *sorted(name for name in owners if name and name not in OWNERS), *([""] if "" in owners else [])]


def round_ticks(least: float, most: float, about: int = 4) -> list[float]:
    """Round numbers between two ends, about so many; one where they lie so near that nothing is between them."""
    if most - least <= 1e-12 * max(1e-12, abs(least), abs(most)):
        return [least]
    rough = (most - least) / about
    power = 10 ** floor(log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough)
    first = floor(least / step)
    ticks = [place * step for place in range(first, floor(most / step) + 2)]
    return [tick for tick in ticks if least - step * 1e-9 <= tick <= most + step * 1e-9]


def decades(least: float, most: float) -> list[float]:
    """1, 2 and 5 of each power of ten between two ends, or powers alone where these are many."""
    powers = range(floor(log10(least)), floor(log10(most)) + 1)
    steps = (1, 2, 5) if len(powers) <= 3 else (1,)
    return [times * 10.0**power for power in powers for times in steps if least <= times * 10.0**power <= most]


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
