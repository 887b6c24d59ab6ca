"""The prompts of an audit: a person's own, from text, JSON lines, or a file of enrolled answers.

Invariant: every prompt stands once, in the order of the file.
"""

from collections.abc import Iterable
from pathlib import Path

import orjson

from router.errors import ConfigError

MOST_PROMPTS = 100_000


def read_prompts(path: Path) -> tuple[str, ...]:
    """The prompts of a file: a line each, or JSON lines with `prompt` or `messages`; raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: prompts are text in UTF-8."]) from None
    lines = [line for line in text.splitlines() if line.strip()]
    prompts = distinct(_prompt(path, number, line) for number, line in enumerate(lines, 1))
    if not prompts or len(prompts) > MOST_PROMPTS:
        raise ConfigError([f"{path}: between 1 and {MOST_PROMPTS:,} prompts are needed, a line each."])
    return prompts


def distinct(prompts: Iterable[str]) -> tuple[str, ...]:
    """Each prompt once, in their order."""
    return tuple(dict.fromkeys(prompts))


def _prompt(path: Path, number: int, line: str) -> str:
    if not line.lstrip().startswith("{"):
        return line.strip()
    try:
        row = orjson.loads(line)
        prompt = row["prompt"] if "prompt" in row else row["messages"][-1]["content"]
    except (ValueError, KeyError, TypeError, IndexError):
        prompt = None
    if not isinstance(prompt, str) or not prompt.strip():
        raise ConfigError([f"{path}:{number}: a line of JSON needs `prompt`, or `messages`, with text."])
    return prompt
