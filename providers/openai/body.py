"""Writes the body for an OpenAI-compatible backend from a request, with notes of what had to change.

Invariant: everything that the client said is in it, but for what the catalog says that the model refuses, and for what
would let the backend put another model in the place of the one that was chosen.
"""

import orjson

from providers.upstream.adapter import Body
from providers.upstream.notes import note
from providers.upstream.said import Said, said
from router.types import Call

_SHOWN = "The result is shown in the next turn."
_LIMITS = ("max_tokens", "max_completion_tokens")


def body(call: Call, name: str, *, usage_in_streams: bool) -> Body:
    """The request for a model; `name` is the upstream's."""
    request, notes = call.request, list[str]()
    data = {"model": name, **said(call.request, call.model, notes)}
    _move_pictures(data, notes)
    if request.stream:
        data["stream"] = True
        if usage_in_streams:
            data["stream_options"] = {"include_usage": True}
    if (parameters := call.model.parameters) is not None:
        if parameters.max_tokens:
            _rename_limit(data, parameters.max_tokens, notes)
        if parameters.developer:
            _rename_role(data, parameters.developer, notes)
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


def _move_pictures(data: Said, notes: list[str]) -> None:
    """What a tool shows goes into a turn of the user after the results: that API takes only text from a tool."""
    messages, shown = list[Said](), list[Said]()
    for message in data["messages"]:
        if message["role"] != "tool" and shown:
            messages.append({"role": "user", "content": shown})
            shown = []
        messages.append(message)
        if message["role"] == "tool" and isinstance(content := message.get("content"), list):
            moved = [part for part in content if part["type"] != "text"]
            if moved:
                shown += moved
                message["content"] = "\n".join(part["text"] for part in content if part["type"] == "text") or _SHOWN
                notes.append(note("approximated", "a picture or file that a tool gave"))
    if shown:
        messages.append({"role": "user", "content": shown})
    data["messages"] = messages


def _rename_limit(data: Said, name: str, notes: list[str]) -> None:
    """One limit under one name; of two that were given, the newer counts."""
    limits = [data.pop(given, None) for given in _LIMITS]
    limit = limits[1] or limits[0]
    if limit is None:
        return
    data[name] = limit
    notes.extend(
        note("renamed", f"{given}={name}")
        for given, value in zip(_LIMITS, limits, strict=True)
        if given != name and value is not None
    )


def _rename_role(data: Said, role: str, notes: list[str]) -> None:
    for message in data["messages"]:
        if message["role"] == "developer":
            message["role"] = role
            notes.append(note("renamed", f"developer={role}"))
