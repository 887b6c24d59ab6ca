"""Refuses blocks that nobody here could show to a model, by their names and with what to send instead.

Invariant: it reads a body of any shape, and leaves what is merely wrong to validation.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from router.errors import BadRequest

BLOCK_TYPES = (
    "text",
    "image",
    "document",
    "search_result",
    "tool_reference",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
)
_SHOWN_TYPES = BLOCK_TYPES[:5]
_SOURCES: Mapping[str, tuple[str, ...]] = {"image": ("base64", "url"), "document": ("base64", "text")}
_INSTEAD: Mapping[str, str] = {
    "url": "Nothing is fetched here: send its bytes, as base64.",
    "file": "No files are kept here: send its bytes, as base64.",
    "content": "Send its blocks themselves, or a source of type text.",
}
_LONGEST_WORD = 80


def refuse(body: Mapping[str, Any]) -> None:
    """Raises BadRequest for the first block that can't be taken."""
    for place, block in _blocks("system", body.get("system")):
        _refuse(place, block, ("text",))
    for number, turn in _things(body.get("messages")):
        for place, block in _blocks(f"messages.{number}.content", turn.get("content")):
            _refuse(place, block, BLOCK_TYPES)
            if block.get("type") == "tool_result":
                for inner, shown in _blocks(f"{place}.content", block.get("content")):
                    _refuse(inner, shown, _SHOWN_TYPES)


def _refuse(place: str, block: Mapping[str, Any], known: tuple[str, ...]) -> None:
    kind = block.get("type")
    if isinstance(kind, str) and kind not in known:
        sentence = f"{place}: a block of type {_word(kind)} is not taken here. Send {_listed(known)}."
        raise BadRequest(sentence, param=f"{place}.type")
    source = block.get("source")
    kind_of_source = source.get("type") if isinstance(source, dict) else None
    sources = _SOURCES.get(kind) if isinstance(kind, str) else None
    if sources and isinstance(kind_of_source, str) and kind_of_source not in sources:
        instead = _INSTEAD.get(kind_of_source, f"Send a source of type {_listed(sources)}.")
        sentence = f"{place}.source: {kind} by a source of type {_word(kind_of_source)} is not taken here. {instead}"
        raise BadRequest(sentence, param=f"{place}.source.type")


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _word(text: str) -> str:
    return repr(text[:_LONGEST_WORD])


def _blocks(place: str, content: object) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"{place}.{number}", block) for number, block in _things(content))


def _things(items: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list, with their places."""
    if isinstance(items, list):
        yield from ((number, item) for number, item in enumerate(items) if isinstance(item, dict))
