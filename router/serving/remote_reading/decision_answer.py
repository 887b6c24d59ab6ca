"""What a decision model may answer, and the reading that follows from it and from the shipped reader's.

Invariant: pure; what is not said, or not as it should be, is the shipped reader's.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any, get_args

from router.types import TASKS, Reading, Stakes, Task

HARDEST = 20.0
MOST_TOKENS = 1_000_000
WORDS = ("task", "tasks", "difficulty", "difficulty_error", "output_tokens", "stakes")


def reading_from(answer: Any, own: Reading) -> Reading:
    """The shipped reading with what the answer says in its place; raises ValueError where it says nothing of use."""
    if not isinstance(answer, Mapping) or not any(word in answer for word in WORDS):
        raise ValueError(f"the answer is not an object with any of {', '.join(WORDS)}")
    task, chance = _task(answer, own)
    return replace(
        own,
        task=task,
        task_probability=chance,
        difficulty=_number(answer, "difficulty", -HARDEST, HARDEST, own.difficulty),
        difficulty_error=_number(answer, "difficulty_error", 0.0, HARDEST, own.difficulty_error),
        output_tokens=round(_number(answer, "output_tokens", 0, MOST_TOKENS, own.output_tokens)),
        stakes=answer["stakes"] if answer.get("stakes") in get_args(Stakes) else own.stakes,
    )


def _task(answer: Mapping[str, Any], own: Reading) -> tuple[Task, float]:
    """The likeliest of a distribution, else the task that is named."""
    tasks = answer.get("tasks")
    if isinstance(tasks, Mapping):
        chances = {task: _number(tasks, task, 0.0, 1.0, 0.0) for task in TASKS}
        best = max(TASKS, key=lambda task: chances[task])
        if chances[best] > 0:
            return best, chances[best] / sum(chances.values())
    named = answer.get("task")
    return (named, 1.0) if named in TASKS else (own.task, own.task_probability)


def _number(answer: Mapping[str, Any], name: str, least: float, most: float, otherwise: float) -> float:
    value = answer.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return max(least, min(most, value)) if known and value is not None else otherwise
