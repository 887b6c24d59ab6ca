"""A person's own prompts to replay: one JSON object a line, with a text or the messages of a conversation.

Invariant: every line that is wrong is named with its number and what would be right; none is left out in silence.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen
from pydantic import TypeAdapter, ValidationError

from router.config.files.text_file import read_text
from router.errors import ConfigError, Problem
from router.types import Message

Text = Annotated[str, MinLen(1)]
RIGHT = '{"prompt": "..."} or {"messages": [{"role": "user", "content": "..."}]}'


@dataclass(frozen=True, slots=True)
class Line:
    """One line. What else it says, such as the labels of the shipped workload, is not looked at."""

    id: Text | None = None
    prompt: Text | None = None
    messages: Annotated[tuple[Message, ...], MinLen(1)] | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation to decide, with an id: its own, or the number of its line."""

    id: str
    messages: tuple[Message, ...]


def load_prompts(path: Path) -> tuple[Prompt, ...]:
    """The prompts of a JSONL file; raises ConfigError that names each wrong line."""
    adapter = TypeAdapter(Line)
    prompts: list[Prompt] = []
    faults: list[Problem | str] = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            prompts.append(_prompt(adapter.validate_json(line), number))
        except ValidationError as error:
            faults.append(Problem(f"{path}:{number}:1", _sentence(error), f" Write {RIGHT}."))
        except ValueError as error:
            faults.append(Problem(f"{path}:{number}:1", f"{error}.", f" Write {RIGHT}."))
    if not prompts and not faults:
        faults.append(Problem(f"{path}:1:1", "holds no prompts.", f" Write one a line: {RIGHT}."))
    if faults:
        raise ConfigError(faults)
    return tuple(prompts)


def _prompt(line: Line, number: int) -> Prompt:
    if (line.prompt is None) == (line.messages is None):
        raise ValueError("has neither a prompt nor messages" if line.prompt is None else "has a prompt and messages")
    messages = line.messages or (Message("user", line.prompt),)
    return Prompt(line.id or f"line-{number}", messages)


def _sentence(error: ValidationError) -> str:
    fault = error.errors()[0]
    if fault["type"] == "json_invalid":
        return "is no JSON."
    where = ".".join(map(str, fault["loc"]))
    return f"{where}: {fault['msg'][0].lower()}{fault['msg'][1:]}." if where else "is no JSON object."
