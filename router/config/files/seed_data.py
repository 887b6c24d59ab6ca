"""The shipped data that is not configuration: the labelled workload, and the facts that the product illustrates."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import TypeAdapter, ValidationError

from router.config.files.text_file import read_text
from router.config.files.yaml_source import read
from router.config.load import SEEDS
from router.config.schema import check
from router.errors import ConfigError
from router.types import Message, Task

Text = Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True)
class Case:
    """A prompt with its labels; difficulty is in logits."""

    __pydantic_config__ = {"extra": "forbid"}

    id: Text
    task: Task
    difficulty: Annotated[float, Ge(-3), Le(3)]
    language: Literal["en", "ko", "mixed"]
    messages: Annotated[tuple[Message, ...], MinLen(1)]
    tags: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact with its source, in two languages. What a later report corrects keeps standing, dated."""

    __pydantic_config__ = {"extra": "forbid"}

    id: Text
    row: Text
    statement: Text
    statement_ko: Text
    value: str | None
    unit: str | None
    status: Literal["reported", "claim", "corrected", "correction"]
    source: Annotated[tuple[Text, ...], MinLen(1)]
    title: Text
    date: Text
    corrected_by: str | None = None
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class FactsFile:
    """facts.yaml."""

    __pydantic_config__ = {"extra": "forbid"}

    facts: tuple[Fact, ...]


def load_workload(path: Path = SEEDS / "workload.jsonl") -> tuple[Case, ...]:
    """The labelled prompts; raises ConfigError that names each wrong line."""
    adapter = TypeAdapter(Case)
    cases, faults = [], []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            cases.append(adapter.validate_json(line, strict=True))
        except ValidationError as error:
            fault = error.errors()[0]
            where = "".join(f"{part}: " for part in (".".join(map(str, fault["loc"])),) if part)
            faults.append(f"{path}:{number}:1: {where}{fault['msg']}")
    if faults:
        raise ConfigError(faults)
    return tuple(cases)


def load_facts(path: Path = SEEDS / "facts.yaml") -> tuple[Fact, ...]:
    """The facts; raises ConfigError."""
    return check(read(path), FactsFile).facts
