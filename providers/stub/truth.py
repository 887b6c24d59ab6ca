"""The judge for stubs: whether each answer states the check word of its prompt, which is what stubs simulate."""

from collections.abc import Mapping
from typing import Any

from providers.stub.skill import is_right, prompt_of
from router.types import Comparison, Grades, Judge


class Truth:
    """Knows what a right answer to each prompt says."""

    async def grade(self, comparison: Comparison) -> Grades:
        """1 for a right answer, 0 for a wrong one."""
        prompt = prompt_of(comparison.request)
        original, substitute = (
            float(is_right(prompt, answer.text)) for answer in (comparison.original, comparison.substitute)
        )
        return Grades(original, substitute)


def create(settings: Mapping[str, Any]) -> Judge:
    """The judge; ValueError for any setting, for it has none."""
    if settings:
        raise ValueError(f"{next(iter(settings))}: unknown key; the truth has no settings")
    return Truth()
