"""What a person says of a table's columns, where their names do not say it."""

from dataclasses import dataclass

from router.bench.routing.tables.score_words import UNIT, Scale
from router.errors import BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Columns by name, and the range of scores; whatever is not said is recognised by its name."""

    shape: str | None = None
    prompt: str | None = None
    models: tuple[str, ...] = ()
    score: str | None = None
    metric: str | None = None
    group: str | None = None
    ignored: tuple[str, ...] = ()
    scale: Scale = UNIT
    kept: tuple[str, ...] = ()
    """Columns that are no models and are kept beside the prompts: another router's choices, or what to report by."""


def parse_scale(text: str | None) -> Scale:
    """`LOW:HIGH` as two numbers; raises BadRequest."""
    if text is None:
        return UNIT
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        low, high = 1.0, 0.0
    if low >= high:
        raise BadRequest(f"--scale {text!r} is not LOW:HIGH, as in 0:100 or 1:10.")
    return low, high
