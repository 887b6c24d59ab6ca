"""Two backends on real sockets that a stub speaks through: one over OpenAI's API, one over Anthropic's.

What they are asked is validated as strictly as a real backend would, so a body that one refuses fails the test.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
from pydantic import TypeAdapter
from stub_samples import adapter, features, model

from providers.anthropic.body import JSON_PLEASE
from router.api.surfaces.openai_chat.surface import parse
from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    answer,
    completion,
    event,
    framed,
    used,
)
from router.errors import ProviderError
from router.types import Call, ChatRequest, Chunk

_CHAT: TypeAdapter[ChatRequest] = TypeAdapter(ChatRequest)


def spoken(request: ChatRequest) -> list[Chunk]:
    """What the stub says; it never waits, so no loop is needed."""
    stream = adapter("mai").stream(Call(request, model(), features()))
    return list(_driven(stream))


def _driven(stream: AsyncIterator[Chunk]) -> Iterator[Chunk]:
    while True:
        step = stream.__anext__()
        try:
            step.__await__().send(None)
        except StopIteration as stop:
            yield stop.value
        except StopAsyncIteration:
            return


def over_openai(asked: Asked) -> Script:
    """OpenAI's chat completions."""
    assert asked.path == "/v1/chat/completions"
    request = parse(asked.body)
    assert not request.extra
    try:
        chunks = spoken(request)
    except ProviderError as error:
        return [answer({"error": {"message": error.message, "type": "invalid_request_error"}}, 400)]
    return _openai_stream(chunks) if request.stream else [answer(_openai_whole(chunks))]


def _openai_whole(chunks: list[Chunk]) -> dict[str, Any]:
    choices = []
    for chunk in chunks:
        message: dict[str, Any] = {"role": "assistant", "content": chunk.text or None}
        if call := chunk.tool_call:
            function = {"name": call.name, "arguments": call.arguments}
            message["tool_calls"] = [{"id": call.id, "type": "function", "function": function}]
        choices.append({"index": chunk.index, "message": message, "finish_reason": chunk.finish_reason})
    return completion(choices=choices)


def _openai_stream(chunks: list[Chunk]) -> Script:
    yield STREAM_HEAD
    for chunk in chunks:
        delta: dict[str, Any] = {"content": chunk.text} if chunk.text else {}
        if call := chunk.tool_call:
            first = {"id": call.id, "type": "function"} if call.id else {}
            named = {"name": call.name} if call.name else {}
            delta["tool_calls"] = [
                {"index": call.position, **first, "function": {**named, "arguments": call.arguments}}
            ]
        choice = {"index": chunk.index, "delta": delta, "finish_reason": chunk.finish_reason}
        yield event({"model": "mai-1", "choices": [choice]})
    yield event({"model": "mai-1", "choices": [], "usage": used()})
    yield event(DONE)
    yield STREAM_END


def over_anthropic(asked: Asked) -> Script:
    """Anthropic's Messages."""
    assert asked.path == "/v1/messages"
    assert asked.headers["anthropic-version"]
    data = asked.data
    try:
        chunks = spoken(_from_anthropic(data))
    except ProviderError as error:
        message = {"type": "error", "error": {"type": "invalid_request_error", "message": error.message}}
        return [answer(message, 400)]
    if data.get("stream"):
        return _anthropic_stream(chunks)
    (whole,) = chunks
    block: dict[str, Any] = {"type": "text", "text": whole.text}
    if call := whole.tool_call:
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": orjson.loads(call.arguments)}
    return [answer(anthropic_message([block], _STOP[whole.finish_reason or "stop"]))]


_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def anthropic_message(content: list[dict[str, Any]], reason: str | None = "end_turn", **more: Any) -> dict[str, Any]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "mai-1", "content": content}
    usage = {"input_tokens": 30, "cache_read_input_tokens": 12, "output_tokens": 7}
    return message | {"stop_reason": reason, "stop_sequence": None, "usage": usage} | more


def named_event(data: dict[str, Any]) -> bytes:
    return framed(b"event: " + data["type"].encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n")


def _anthropic_stream(chunks: list[Chunk]) -> Script:
    yield STREAM_HEAD
    yield named_event({"type": "message_start", "message": anthropic_message([], None)})
    first = chunks[0].tool_call
    block: dict[str, Any] = {"type": "text", "text": ""}
    if first:
        block = {"type": "tool_use", "id": first.id, "name": first.name, "input": {}}
    yield named_event({"type": "content_block_start", "index": 0, "content_block": block})
    yield named_event({"type": "ping"})
    for chunk in chunks[:-1]:
        delta: dict[str, Any] = {"type": "text_delta", "text": chunk.text}
        if call := chunk.tool_call:
            delta = {"type": "input_json_delta", "partial_json": call.arguments}
        yield named_event({"type": "content_block_delta", "index": 0, "delta": delta})
    yield named_event({"type": "content_block_stop", "index": 0})
    stop = {"stop_reason": _STOP[chunks[-1].finish_reason or "stop"], "stop_sequence": None}
    yield named_event({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 7}})
    yield named_event({"type": "message_stop"})
    yield STREAM_END


def _from_anthropic(data: dict[str, Any]) -> ChatRequest:
    """The request in OpenAI's words again, as far as the contract goes."""
    words = [{"role": turn["role"], "content": turn["content"][0]["text"]} for turn in data["messages"]]
    body: dict[str, Any] = {"model": data["model"], "messages": words, "max_tokens": data["max_tokens"]}
    body["stream"] = data.get("stream", False)
    if tools := data.get("tools"):
        body["tools"] = [
            {"type": "function", "function": {"name": tool["name"], "parameters": tool["input_schema"]}}
            for tool in tools
        ]
        body["tool_choice"] = {"type": "function", "function": {"name": data["tool_choice"]["name"]}}
    if form := data.get("output_config", {}).get("format"):
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "form", "schema": form["schema"]}}
    elif any(block["text"] == JSON_PLEASE for block in data.get("system", ())):
        body["response_format"] = {"type": "json_object"}
    return _CHAT.validate_json(orjson.dumps(body), strict=True)
