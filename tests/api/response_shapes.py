"""Answers of the Responses API held to the official client's types: nothing missing, nothing wrong, nothing unknown."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

# What we say beside OpenAI's words: ours, and those of Open Responses, which OpenAI's own answers have too.
OURS = {"fungible", "store", "frequency_penalty", "presence_penalty"}
# A word of the client's that came and went.
PASSING = {"name"}
_EVENTS = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(ResponseStreamEvent)[0])
}


def checked_response(answer: dict[str, Any]) -> Response:
    """A whole answer as the client's type, which it fits strictly."""
    parsed = Response.model_validate_json(json.dumps(answer), strict=True)
    assert set(unknown(parsed)) <= OURS
    return parsed


def checked_event(event: dict[str, Any]) -> Any:
    """An event as the client's type for it, which it fits strictly."""
    parsed = _EVENTS[event["type"]].model_validate_json(json.dumps(event), strict=True)
    assert set(unknown(parsed)) <= OURS | (PASSING if event["type"].endswith("arguments.done") else set())
    return parsed


def unknown(value: object) -> Iterator[str]:
    """The names that the client's types don't have, anywhere within."""
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from unknown(item)


def read_events(body: str) -> list[dict[str, Any]]:
    """The events of a stream; each is named twice, alike, and they are numbered without a gap."""
    events = []
    for block in body.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events
