"""Numbers between bounds.

Invariant: multiples are exact in decimals, and also pass a validator that divides floats.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any

_TRIES = 64


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_multiple(value: float, step: float) -> bool:
    """Whether a number is a whole multiple, in decimals and in floats."""
    if exact(value) % exact(step):
        return False
    return isinstance(step, int) or float(value / step).is_integer()


def exact(value: float) -> Fraction:
    """The number as it is written."""
    return Fraction(str(value))


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _bound(schema: Mapping[str, Any], names: tuple[str, str], tightest: Any) -> Fraction | None:
    """The tighter of a bound and its exclusive twin, or None; exclusion itself is left to the check."""
    bounds = [exact(schema[name]) for name in names if name in schema]
    return tightest(bounds) if bounds else None


def numbers(schema: Mapping[str, Any], turn: int, whole: bool) -> Iterator[int | float]:
    """Numbers to try, the plainest first; another `turn` starts elsewhere."""
    low = _bound(schema, ("minimum", "exclusiveMinimum"), max)
    high = _bound(schema, ("maximum", "exclusiveMaximum"), min)
    step = exact(schema.get("multipleOf", 1))
    if whole:
        step = Fraction(step.numerator)
    yield from map(_plain, _multiples(low, high, step, turn))
    if not whole and low is not None and high is not None:
        yield from (_plain(low + (high - low) * (turn + 1) / (turn + 1 + other)) for other in range(1, 4))


def _multiples(low: Fraction | None, high: Fraction | None, step: Fraction, turn: int) -> Iterator[Fraction]:
    """Multiples of the step between the bounds, upwards from the lowest, or from 1, or downwards from the highest."""
    if low is None and high is not None and high < step:
        yield from ((floor(high / step) - turn - other) * step for other in range(_TRIES))
        return
    first = 1 if low is None else ceil(low / step)
    count = _TRIES + turn if high is None else floor(high / step) - first + 1
    for other in range(min(count, _TRIES)):
        yield (first + (turn + other) % count) * step
