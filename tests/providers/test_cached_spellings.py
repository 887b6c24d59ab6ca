"""However a backend says what was cached, or written to a cache, it is read."""

from typing import Any

import orjson
import pytest

from providers.anthropic.response_reader import MessageEvents
from providers.openai.response_reader import usage_of
from providers.upstream.usage import CACHED, WRITTEN, written

PLAIN: dict[str, Any] = {"prompt_tokens": 10_000, "completion_tokens": 2}


def at(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    counts: dict[str, Any] = {path[-1]: value}
    for name in reversed(path[:-1]):
        counts = {name: counts}
    return PLAIN | counts


@pytest.mark.parametrize("path", CACHED, ids=".".join)
def test_cached_tokens_are_read_in_every_spelling(path: tuple[str, ...]) -> None:
    usage = usage_of(at(path, 9_000))
    assert usage is not None
    assert (usage.input_tokens, usage.cached_input_tokens) == (10_000, 9_000)
    assert usage_of(at(path, "many")) is None


@pytest.mark.parametrize(
    "name", ["prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount"]
)
def test_these_are_among_them(name: str) -> None:
    assert (name,) in CACHED


def test_several_spellings_of_one_thing_are_one_thing() -> None:
    said = {"prompt_tokens_details": {"cached_tokens": 0}, "prompt_cache_hit_tokens": 9_000, "cached_tokens": None}
    usage = usage_of(PLAIN | said)
    assert usage is not None
    assert usage.cached_input_tokens == 9_000


@pytest.mark.parametrize("path", WRITTEN, ids=".".join)
def test_written_tokens_are_read_in_every_spelling(path: tuple[str, ...]) -> None:
    usage = usage_of(at(path, 4_000))
    assert usage is not None
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (4_000, 0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, (0, 0)),
        ({"cache_creation_input_tokens": 10}, (10, 0)),
        ({"cache_creation_input_tokens": 10, "cache_creation": {"ephemeral_1h_input_tokens": 10}}, (0, 10)),
        (
            {
                "cache_creation_input_tokens": 10,
                "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 6},
            },
            (4, 6),
        ),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 6}}, (4, 6)),
        ({"cache_creation_input_tokens": 10, "cache_creation": None}, (10, 0)),
        ({"cache_creation_input_tokens": "ten"}, None),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 1.5}}, None),
    ],
)
def test_what_was_written_is_split_by_how_long_it_is_kept(counts: Any, expected: Any) -> None:
    assert written(counts) == expected


def test_a_message_says_it_whole_and_in_events() -> None:
    counts = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "cache_read_input_tokens": 5,
    }
    message: dict[str, Any] = {"role": "assistant", "model": "m", "content": [], "usage": counts}
    events = [
        {"type": "message_start", "message": message},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    streamed = MessageEvents("m", (), str).events(map(orjson.dumps, events))[-1].usage
    message["usage"] = counts | {"output_tokens": 3}
    whole = MessageEvents("m", (), str).whole(orjson.dumps(message))[-1].usage
    assert whole is not None
    assert whole == streamed
    assert (whole.input_tokens, whole.cached_input_tokens) == (45, 5)
    assert (whole.cache_write_5m_tokens, whole.cache_write_1h_tokens, whole.cache_write_tokens) == (10, 20, 30)
