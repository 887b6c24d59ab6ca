"""Labelled prompts from the folder `prompt_labels`, under the fourteen tasks.

Invariant: a prompt keeps the source that it came from, so that whole sources can be held out.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.types import TASKS, Task

TEMPLATES, FRAMES = "templates", "frames"
_CLASSIFY = re.compile(
    r"classif|categor|label|sentiment|which (intent|category|class)|intent|spam|tag\b|route"
    r"|분류|긍정|부정|카테고리|라벨|의도|판별|감성|감정|유형",
    re.IGNORECASE,
)
_EXTRACT = re.compile(
    r"extract|pull out|list (all|every|the)|find all|identify|named entit|fields?\b|json|key.?value"
    r"|추출|뽑|찾아|골라|json|항목",
    re.IGNORECASE,
)
_PLAINLY_EXTRACT = re.compile("extract|추출|뽑", re.IGNORECASE)
_PHYSICS = re.compile(r"kinetic energy|molar|moles|몰질량|분자 수|운동 에너지|velocity|joule|voltage", re.IGNORECASE)
_RENAMED = {"summarization": "summarisation", "speech_audio": "speech"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text, its task, and the source and language that it came from."""

    text: str
    task: Task
    source: str
    language: str

    @property
    def family(self) -> str:
        """The collection that the source belongs to: `legalbench/abercrombie` to `legalbench`."""
        return self.source.partition("/")[0]


def labelled(folder: Path) -> list[Prompt]:
    """Every prompt of `prompt_labels/prompts.jsonl`."""
    return [_prompt(row) for row in rows(folder / "prompt_labels" / "prompts.jsonl")]


def rows(path: Path) -> Iterable[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _prompt(row: dict[str, Any]) -> Prompt:
    task, source = _task(row), row["source"]
    if source == "authored-template":
        source = f"authored/{task}-{row['lang']}"
    return Prompt(row["text"], task, source, row["lang"])


def _task(row: dict[str, Any]) -> Task:
    kind = row["task_type"]
    if kind == "math_science":
        numeric = row["domain"] == "math"
        physics = row["source"] == "authored-template" and _PHYSICS.search(row["text"])
        return "math" if numeric and not physics else "science"
    if kind == "extraction_classification":
        return _extraction_or_classification(row["text"], row["source"])
    name: Task = _RENAMED.get(kind, kind)
    if name not in TASKS:
        raise ValueError(f"prompt_labels names an unknown task: {kind}")
    return name


def _extraction_or_classification(text: str, source: str) -> Task:
    if source.startswith("restaurant8k"):
        return "extraction"
    if source.startswith("banking77"):
        return "classification"
    ends = f"{text[:200]} {text[-200:]}"
    classify, extract = len(_CLASSIFY.findall(ends)), len(_EXTRACT.findall(ends))
    tie = classify == extract > 0 and not _PLAINLY_EXTRACT.search(ends)
    return "classification" if classify > extract or tie else "extraction"
