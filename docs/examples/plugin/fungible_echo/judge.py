"""A judge that likes brevity: put your own rule, or a call of a model, in the place of `grade`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from router.types import Comparison, Grades, Judge, Ungraded


class Shorter:
    """Grades both answers alike; it does not know which of them was served."""

    async def grade(self, comparison: Comparison) -> Grades | Ungraded:
        """1 for the shorter answer, a half each where they are equal; what judging cost stands beside."""
        lengths = len(comparison.original.text), len(comparison.substitute.text)
        if not any(lengths):
            return Ungraded()
        if lengths[0] == lengths[1]:
            return Grades(0.5, 0.5)
        return Grades(float(lengths[0] < lengths[1]), float(lengths[1] < lengths[0]), Decimal(0))


def create(settings: Mapping[str, Any]) -> Judge:
    """The judge; ValueError for a setting that it does not know."""
    if settings:
        raise ValueError(f"{next(iter(settings))}: unknown key; there are no settings")
    return Shorter()
