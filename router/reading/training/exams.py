"""Labelled texts that are never fitted to: the workload that is shipped, and public sets of prompts where they are.

Invariant: a text has a set of tasks that would be right, since a label of another scheme may fit two of ours.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from router.decision.features import excerpt
from router.reading.training.prompts import rows
from router.types import Excerpt, Message, Task

_BENCH: dict[str, set[Task]] = {
    "writing": {"creative_writing"},
    "roleplay": {"creative_writing", "chat"},
    "reasoning": {"reasoning"},
    "math": {"math"},
    "coding": {"coding"},
    "extraction": {"extraction", "classification"},
    "stem": {"science"},
    "humanities": {"chat"},
}


class Question(NamedTuple):
    """A text with the tasks that would be right; the workload's have a difficulty and a language too."""

    excerpt: Excerpt
    right: set[Task]
    difficulty: float = 0.0
    language: str = ""


def workload(path: Path) -> list[Question]:
    """The labelled workload."""
    return [
        Question(excerpt(_messages(row["messages"])), {row["task"]}, float(row["difficulty"]), row["language"])
        for row in rows(path)
    ]


def public(folder: Path) -> Iterator[tuple[str, list[Question]]]:
    """Public sets of prompts with categories, those that are in the folder."""
    for name, path in (
        ("MT-Bench, first turns", folder / "routellm" / "mtbench_question.jsonl"),
        ("KoMT-Bench, first turns", folder / "task_labels" / "komt_bench_questions_ko.jsonl"),
    ):
        if path.exists():
            yield name, [_question(row["turns"][0], _BENCH[row["category"]]) for row in rows(path)]
    path = folder / "task_labels" / "arena_hard_v2_questions.jsonl"
    if path.exists():
        ascii_only = [row for row in rows(path) if row["prompt"].isascii()]
        yield "Arena-Hard v2, prompts in ASCII", [_question(row["prompt"], {row["subcategory"]}) for row in ascii_only]


def _question(text: str, right: set[Task]) -> Question:
    return Question(excerpt((Message("user", text),)), right)


def _messages(messages: list[dict[str, Any]]) -> tuple[Message, ...]:
    return tuple(Message(message["role"], _text(message["content"])) for message in messages)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
