"""Keeps the fields of a request that we do not name, so that a backend gets them.

Invariant: whatever a client sent stands in the request exactly once: in the field that is called so, or in `extra`.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import orjson

from router.types import ChatRequest, Message, Part

EXTRA = "extra"
_REQUEST, _MESSAGE, _PART = (
    frozenset(field.name for field in fields(kind)) - {EXTRA} for kind in (ChatRequest, Message, Part)
)


def without_our_word(body: bytes) -> bytes:
    """The body without keys that are called as our field for the rest is, so that only we fill that field."""
    if b'"extra"' not in body:
        return body
    try:
        return orjson.dumps(_cleaned(orjson.loads(body)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # Whoever validates it says what is wrong; what can be read, and is too deep to be written, is.
        return body


def with_extras(request: ChatRequest, body: bytes) -> ChatRequest:
    """The request with what else its body said: of itself, of its messages, and of their parts."""
    raw: dict[str, Any] = orjson.loads(body)
    messages = _messages(request.messages, raw["messages"])
    if raw.keys() <= _REQUEST and messages is request.messages:
        return request
    return replace(request, messages=messages, extra=_beyond(raw, _REQUEST))


def _messages(messages: tuple[Message, ...], raw: list[dict[str, Any]]) -> tuple[Message, ...]:
    """The same messages where they say nothing else."""
    extended = [_message(message, words) for message, words in zip(messages, raw, strict=True)]
    return messages if all(new is old for new, old in zip(extended, messages, strict=True)) else tuple(extended)


def _message(message: Message, raw: dict[str, Any]) -> Message:
    content = message.content
    if isinstance(content, tuple):
        content = tuple(_part(part, words) for part, words in zip(content, raw["content"], strict=True))
        if content == message.content:
            content = message.content
    if content is message.content and raw.keys() <= _MESSAGE:
        return message
    return replace(message, content=content, extra=_beyond(raw, _MESSAGE))


def _part(part: Part, raw: dict[str, Any]) -> Part:
    return part if raw.keys() <= _PART else replace(part, extra=_beyond(raw, _PART))


def _beyond(raw: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any] | None:
    return {key: value for key, value in raw.items() if key not in known} or None


def _cleaned(raw: Any) -> Any:
    """Only where our shapes have the field: a schema of the client's may call a property so."""
    if isinstance(raw, dict):
        for message in _dicts(raw.get("messages")):
            for part in _dicts(message.get("content")):
                part.pop(EXTRA, None)
            message.pop(EXTRA, None)
        raw.pop(EXTRA, None)
    return raw


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
