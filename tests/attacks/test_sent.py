"""What goes upstream is what was held for: no parameter that nobody allowed, no longer limit, no uncounted word."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacks.bodies import BODIES, NAMES, TEXTS, VALUES, asked, written
from attacks.house import House
from providers.anthropic.body import body as anthropic_body
from providers.openai.body import body as openai_body
from providers.openai.kinds import KINDS, KindName
from providers.openai.speech import body as speech_body
from providers.openai.vectors import body as vectors_body
from providers.upstream.adapter import Body
from providers.upstream.allowed import ROUTERS
from router.decision.features import input_text, read
from router.errors import ProviderError, RouterError
from router.serving.service import Service
from router.tokens import count
from router.types import NOTE_KINDS, Call, ChatRequest, EmbeddingRequest, SpeechRequest
from router.types.receipt_words import OTHER, PARAMETER_NAMES

CHAT = "/v1/chat/completions"
KIND_NAMES = st.sampled_from([*KINDS, *["anthropic"] * 4])
MEDIA = frozenset({"image_url", "input_audio", "file", "source", "tool_call_id", "tool_use_id", "id", "type", "role"})
MARKS = frozenset({"signature", "data", "cache_control"})
NEEDLE = st.just("straw needle straw")
DEEP = st.recursive(
    NEEDLE | TEXTS, lambda inner: st.dictionaries(NAMES, inner, max_size=2) | st.lists(inner, max_size=2)
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A chat whose messages and parts hold more than they should."""
    beside = draw(
        st.dictionaries(NAMES | st.sampled_from(["refusal", "reasoning_content", "name", "x"]), DEEP, max_size=2)
    )
    part = {"type": "text", "text": "x"} | draw(st.dictionaries(NAMES | st.just("cache_control"), DEEP, max_size=2))
    said = [{"type": "thinking", "thinking": "a stack", "signature": "s"}, {"type": "text", "text": "a haystack"}]
    own = {"anthropic": draw(st.dictionaries(st.sampled_from(["thinking", "order", "content"]), st.just(said) | DEEP))}
    kind = draw(st.sampled_from(["search_result", "tool_reference", "document", "text"]))
    if draw(st.booleans()):
        part["anthropic"] = {"block": draw(st.dictionaries(NAMES | st.sampled_from(["title", "source"]), DEEP))}
        part["anthropic"]["block"]["type"] = kind
    turn = {"role": draw(st.sampled_from(["user", "assistant", "system"])), "content": [part]} | beside | own
    return CHAT, written(BODIES[CHAT] | {"messages": [turn]} | draw(st.dictionaries(NAMES, VALUES, max_size=2)))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    house = House()
    yield house.service
    house.close()


def accepted(path: str, body: bytes) -> ChatRequest | None:
    """The request that a surface makes of a body, or None where it refuses it."""
    from router.api.surfaces.registry import SURFACES

    try:
        return SURFACES.paths[path][1].parse(body, None).request
    except RouterError:
        return None


def body_of(call: Call, kind: Any) -> Body:
    if isinstance(call.request, EmbeddingRequest):
        return vectors_body(call.request, call.model, "up", KINDS["compatible"].embeddings)
    if isinstance(call.request, SpeechRequest):
        return speech_body(call.request, call.model, "up", KINDS["compatible"].speech)
    if kind == "anthropic":
        return anthropic_body(call, "up")
    name: KindName = kind
    return openai_body(call, "up", KINDS[name], usage_in_streams=True)


@settings(max_examples=300)
@given(said=asked() | conversations(), kind=KIND_NAMES)
def test_no_more_is_sent_than_was_held_for(service: Service, said: tuple[str, bytes], kind: str) -> None:
    if (request := accepted(*said)) is None:
        return
    features = read(request, service.reader, count)
    row = service.active.models[request.model if request.model in service.active.models else "gpt-5"]
    try:
        data, notes, _ = body_of(Call(request, row, features), kind)
    except ProviderError:
        return
    sent = orjson.loads(data)
    allowed = {"input", "voice", "response_format", "speed", "instructions", "dimensions", "encoding_format", *ROUTERS}
    allowed |= {
        "system",
        "stop_sequences",
        "thinking",
        "cache_control",
        "output_config",
        "context_management",
        "metadata",
    }
    allowed |= {name for one in KINDS.values() for name in (*one.chat.parameters, *one.speech.parameters)}
    allowed |= KINDS["compatible"].embeddings.parameters.keys()
    assert sent.keys() <= allowed
    limits = {sent[name] for name in ("max_tokens", "max_completion_tokens") if name in sent}
    assert len(limits) <= 1
    assert max(limits, default=0) <= min(features.output_limit or row.max_output, row.max_output)
    assert bool(limits) >= bool(features.output_limit)
    assert (sent.get("n") or 1) in (1, features.choices)
    refuse_uncounted(sent, request)
    refuse_unknown(notes)


def refuse_uncounted(sent: Any, request: ChatRequest) -> None:
    """Every word of the messages was counted as input, but for media, names of things, and signed thoughts."""
    text = input_text(request)
    for words in leaves(sent.get("messages", []) + (sent["system"] if isinstance(sent.get("system"), list) else [])):
        assert words in text or words.startswith(("Answer with one JSON", "The result is shown")), words


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in MEDIA | MARKS:
                yield from leaves(item)


def refuse_unknown(notes: tuple[str, ...]) -> None:
    """A note is made of words that are ours or an API's."""
    for note in notes:
        kind, _, detail = note.partition(":")
        assert kind in NOTE_KINDS
        names = detail.partition("=")[0].split(".")
        assert {*names} <= PARAMETER_NAMES | {OTHER, "developer"} or detail == "a picture or file that a tool gave", (
            note
        )


@pytest.mark.parametrize("limits", [(1, 2_000), (2_000, 1)])
def test_two_limits_that_differ_are_a_contradiction_that_names_both(limits: tuple[int, int]) -> None:
    house = House()
    newer, older = limits
    body = written(BODIES[CHAT] | {"max_completion_tokens": newer, "max_tokens": older})
    status, answer = house.post(CHAT, body)
    error = orjson.loads(answer)["error"]
    assert (status, error["param"], house.backend.calls) == (400, "max_completion_tokens", [])
    assert f"max_completion_tokens is {newer} and max_tokens is {older}" in error["message"]
    status, _ = house.post(CHAT, written(BODIES[CHAT] | {"max_completion_tokens": newer, "max_tokens": newer}))
    assert status == 200
    house.close()
