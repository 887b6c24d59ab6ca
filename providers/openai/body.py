"""Writes the body for an OpenAI-compatible backend from a request, with notes of what had to change.

Invariant: every word of the conversation is in it; of the parameters, what its kind of backend is allowed and the model
does not refuse; the limit on output under the name that both know.
"""

import orjson

from providers.openai.kinds import Kind
from providers.openai.turns import conversation
from providers.upstream.adapter import Body
from providers.upstream.notes import note
from providers.upstream.said import Said, said, turns
from router.types import Call

_LIMITS = ("max_tokens", "max_completion_tokens")


def body(call: Call, name: str, kind: Kind, *, usage_in_streams: bool) -> Body:
    """The request for a model; `name` is the upstream's."""
    request, notes = call.request, list[str]()
    plain = turns(request, kind.chat, notes)
    data: Said = {"model": name, "messages": conversation(request.messages, plain, notes)}
    data |= said(request, call.model, kind.chat, notes)
    if request.stream:
        data["stream"] = True
        if usage_in_streams:
            data["stream_options"] = {"include_usage": True}
    parameters = call.model.parameters
    if limit := (parameters.max_tokens if parameters else None) or kind.limit:
        _rename_limit(data, limit, notes)
    if parameters is not None and parameters.developer:
        _rename_role(data, parameters.developer, notes)
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


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
