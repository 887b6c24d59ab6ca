"""Answers of the Responses API held to the official client's types: nothing missing, nothing wrong, nothing unknown."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

# What we say beside OpenAI's words.
OURS = {"fungible", "store"}
# A word of the client's that came and went.
PASSING = {"name"}
_EVENTS = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(ResponseStreamEvent)[0])
}


def checked_response(told: dict[str, Any]) -> Response:
    """A whole answer as the client's type, which it fits strictly."""
    found = Response.model_validate_json(json.dumps(told), strict=True)
    assert set(unknown(found)) <= OURS
    return found


def checked_event(told: dict[str, Any]) -> Any:
    """An event as the client's type for it, which it fits strictly."""
    found = _EVENTS[told["type"]].model_validate_json(json.dumps(told), strict=True)
    assert set(unknown(found)) <= OURS | (PASSING if told["type"].endswith("arguments.done") else set())
    return found


def unknown(found: object) -> Iterator[str]:
    """The names that the client's types don't have, anywhere within."""
    if isinstance(found, BaseModel):
        yield from found.model_extra or {}
        for name in type(found).model_fields:
            yield from unknown(getattr(found, name))
    elif isinstance(found, list):
        for one in found:
            yield from unknown(one)


def read_events(body: str) -> list[dict[str, Any]]:
    """The events of a stream; each is named twice, alike, and they are numbered without a gap."""
    found = []
    for block in body.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert name == f"event: {told['type']}"
        found.append(told)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found
