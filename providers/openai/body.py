"""The body for an OpenAI-compatible backend, out of a request, with notes of what had to change.

Invariant: everything that the client said is in it, but for what the catalog says that the model refuses, and for what
would let the backend put another model in the place of the one that was chosen.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, NamedTuple

import orjson

from providers.upstream.notes import note
from router.types import Call, ChatRequest, Parameters

# Only the router replaces a model: these let a gateway do it unseen.
SUBSTITUTING = frozenset({"models", "route", "fallbacks"})
_OURS = frozenset({"model", "stream", "stream_options", "fungible", "extra"})
_FIELDS = tuple(name for name in ChatRequest.__slots__ if name not in _OURS)
_LIMITS = ("max_tokens", "max_completion_tokens")


class Body(NamedTuple):
    """The bytes to send, and notes of what was left out or renamed."""

    data: bytes
    notes: tuple[str, ...]


def body(call: Call, name: str, usage_in_streams: bool) -> Body:
    """The request for a model; `name` is the upstream's."""
    request, notes = call.request, list[str]()
    data: dict[str, Any] = {"model": name}
    for field in _FIELDS:
        if (value := getattr(request, field)) is not None:
            data[field] = written(value)
    if request.extra:
        data.update(_passed_on(request.extra, notes))
    if request.stream:
        data["stream"] = True
        if usage_in_streams:
            data["stream_options"] = {"include_usage": True}
    if (parameters := call.model.parameters) is not None:
        _translate(data, parameters, request.output_limit, notes)
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


def written(value: Any) -> Any:
    """A value of ours as plain data, without what was not said."""
    if isinstance(value, tuple):
        return [written(item) for item in value]
    if not is_dataclass(value):
        return value
    names = value.__slots__  # type: ignore[union-attr]
    told = {name: written(item) for name in names if name != "extra" and (item := getattr(value, name)) is not None}
    extra: Mapping[str, Any] | None = getattr(value, "extra", None)
    return {**extra, **told} if extra else told


def _passed_on(extra: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """What no field names, but for what would substitute models."""
    notes.extend(note("dropped", name) for name in extra if name in SUBSTITUTING)
    return {name: value for name, value in extra.items() if name not in SUBSTITUTING}


def _translate(data: dict[str, Any], parameters: Parameters, limit: int | None, notes: list[str]) -> None:
    """Put the model's own words in the place of OpenAI's."""
    notes.extend(note("dropped", field) for field in parameters.drops if data.pop(field, None) is not None)
    name = parameters.max_tokens
    if name is not None and limit is not None:
        notes.extend(note("renamed", f"{other}={name}") for other in _LIMITS if other != name and other in data)
        for other in _LIMITS:
            data.pop(other, None)
        data[name] = limit
    if parameters.developer is not None:
        _rename_role(data["messages"], parameters.developer, notes)


def _rename_role(messages: list[dict[str, Any]], role: str, notes: list[str]) -> None:
    for message in messages:
        if message["role"] == "developer":
            message["role"] = role
            notes.append(note("renamed", f"developer={role}"))
