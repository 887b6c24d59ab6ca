"""What every surface refuses alike, and blocks of Anthropic's that never come in turns."""

from typing import Any

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model

from router.api.surfaces.anthropic_messages.stream import MessageEvents
from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_embeddings import Embeddings
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.openai_speech import Speech
from router.api.surfaces.surface import Surface
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import BadRequest
from router.types import Chunk, ToolCallPiece

SAID = '"messages": [{"role": "user", "content": "x"}]'
BODIES: list[tuple[Surface, str]] = [
    (ChatCompletions(), SAID),
    (Responses(), '"input": "x"'),
    (Messages(), f'"max_tokens": 5, {SAID}'),
    (Embeddings(), '"input": "x"'),
    (Speech(), '"input": "x", "voice": "alloy"'),
]


@pytest.mark.parametrize(("surface", "body"), BODIES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("named", [None, "auto"])
def test_a_number_that_is_none_is_the_clients_mistake(
    surface: Surface, body: str, number: str, named: str | None
) -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        surface.parse(f'{{"model": "auto", {body}, "beyond": {number}}}'.encode(), named)


def told(*pieces: ToolCallPiece) -> list[dict[str, Any]]:
    rows = config(model())
    made = exchange(decide(features(), ask(), SITUATION, rows), features(), ask(), SITUATION)
    events = MessageEvents(made, "m")
    body = b"".join(events.chunk(Chunk(tool_call=piece)) for piece in pieces)
    body += events.last(Chunk(finish_reason="tool_calls"), settle(made, ending("m"), rows))
    return [orjson.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


def test_calls_whose_pieces_come_in_turns_are_told_one_after_another() -> None:
    begun = [ToolCallPiece(place, f"id-{place}", f"f{place}") for place in (0, 1)]
    more = [ToolCallPiece(place, arguments=part) for part in ('{"a":', "1}") for place in (0, 1)]
    events = told(*begun, *more)
    places = [(event["type"].removeprefix("content_block_"), event["index"]) for event in events if "index" in event]
    block = ["start", "delta", "delta", "stop"]
    assert places == [(kind, place) for place in (0, 1) for kind in block]
    assert [event["type"] for event in events][-2:] == ["message_delta", "message_stop"]
