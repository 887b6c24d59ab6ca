"""Custom tools, which take plain text, as functions of one text: for models that know only functions.

Invariant: what a function was given leads back to the text, whatever the model wrote.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

INPUT = "input"
CUSTOM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {INPUT: {"type": "string", "description": "The whole input, as plain text."}},
    "required": [INPUT],
    "additionalProperties": False,
}


def custom_arguments(text: str) -> str:
    """The arguments of a function that stands for a custom tool."""
    return json.dumps({INPUT: text}, ensure_ascii=False, separators=(",", ":"))


def custom_input(arguments: str) -> str:
    """The text for a custom tool out of a function's arguments."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    if isinstance(given, str):
        return given
    value = given.get(INPUT) if isinstance(given, dict) else None
    return value if isinstance(value, str) else arguments


def custom_description(words: Iterable[str | None], grammar: object) -> str | None:
    """What a model is told of such a function; a grammar can only be described."""
    said = [word for word in words if word]
    if isinstance(grammar, Mapping) and grammar.get("definition"):
        syntax = grammar.get("syntax") or ""
        said.append(f"The input must follow this {syntax} grammar:\n{grammar['definition']}".replace("  ", " "))
    return "\n\n".join(said) or None
