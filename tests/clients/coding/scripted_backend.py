"""A backend that speaks OpenAI's chat completions or Anthropic's messages and plays a script of replies.

Invariant: what it replies depends on the request alone, so that side errands of a program (a title, a warm-up) don't
use up a script.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    Upstream,
    answer,
    completion,
    event,
    framed,
    piece,
    used,
)

Api = Literal["openai", "anthropic"]
PIECE = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """What the backend got, in words that both APIs share."""

    words: str
    tools: tuple[str, ...]
    results: tuple[str, ...]
    images: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Words in pieces, or a call of a tool."""

    words: tuple[str, ...] = ()
    tool: str = ""
    arguments: dict[str, Any] | None = None


Play = Callable[[Seen], Reply]


class ScriptedBackend:
    """The backend; `play` says what it replies, and `seen` is what it was asked."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.play: Play = lambda _: Reply(("All is well.",))
        self._upstream = Upstream(self._answer)

    def __enter__(self) -> "ScriptedBackend":
        """Serve."""
        self._upstream.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._upstream.__exit__()

    @property
    def url(self) -> str:
        """What the `base_url` of its provider is."""
        return self._upstream.url

    @property
    def asked(self) -> list[Asked]:
        """The requests, as they came in."""
        return [*self._upstream.asked]

    @property
    def seen(self) -> list[Seen]:
        """The requests, read."""
        return [see(asked.data) for asked in self.asked]

    def _answer(self, asked: Asked) -> Script:
        reply = self.play(see(asked.data))
        whole, stream = (_chat, _chat_stream) if self.api == "openai" else (_message, _message_stream)
        return stream(reply) if asked.data.get("stream") else [answer(whole(reply))]


def see(body: dict[str, Any]) -> Seen:
    """A request of either API."""
    parts = [*_parts(body)]
    tools = tuple(tool.get("name") or tool["function"]["name"] for tool in body.get("tools") or ())
    return Seen(
        words="\n".join(part.get("text") or "" for part in parts if part["type"] == "text"),
        tools=tools,
        results=tuple(_text(part["content"]) for part in parts if part["type"] == "tool_result"),
        images=sum(part["type"] in ("image", "image_url") for part in parts),
    )


def _parts(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was said to the model, part by part; what a tool's result shows, after it."""
    for message in body["messages"]:
        content = message.get("content") or []
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if message["role"] == "tool":
            yield {"type": "tool_result", "content": content}
        else:
            yield from parts
        for part in parts:
            if isinstance(part.get("content"), list):
                yield from (inner for inner in part["content"] if inner["type"] != "text")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or "" for part in content)


def _chat(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": "".join(reply.words) or None}
    if reply.tool:
        function = {"name": reply.tool, "arguments": json.dumps(reply.arguments)}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    reason = "tool_calls" if reply.tool else "stop"
    return completion(choices=[{"index": 0, "message": message, "finish_reason": reason}])


def _chat_stream(reply: Reply) -> Script:
    yield STREAM_HEAD
    yield piece({"role": "assistant", "content": ""})
    yield from (piece({"content": words}) for words in reply.words)
    if reply.tool:
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": reply.tool, "arguments": ""}}
        yield piece({"tool_calls": [call]})
        for part in _cut(json.dumps(reply.arguments)):
            yield piece({"tool_calls": [{"index": 0, "function": {"arguments": part}}]})
    yield piece({}, reason="tool_calls" if reply.tool else "stop")
    yield event({"model": "up", "choices": [], "usage": used()})
    yield event(DONE)
    yield STREAM_END


def _message(reply: Reply) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "".join(reply.words)}] if reply.words else []
    if reply.tool:
        blocks.append({"type": "tool_use", "id": "toolu_1", "name": reply.tool, "input": reply.arguments})
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "up", "content": blocks}
    reason = "tool_use" if reply.tool else "end_turn"
    usage = {"input_tokens": 42, "output_tokens": 7}
    return head | {"stop_reason": reason, "stop_sequence": None, "usage": usage}


def _message_stream(reply: Reply) -> Script:
    message = _message(reply)
    yield STREAM_HEAD
    yield _named("message_start", message=message | {"content": [], "stop_reason": None})
    for index, block in enumerate(message["content"]):
        words = block["type"] == "text"
        empty = block | ({"text": ""} if words else {"input": {}})
        yield _named("content_block_start", index=index, content_block=empty)
        pieces = reply.words if words else _cut(json.dumps(reply.arguments))
        kind, word = ("text_delta", "text") if words else ("input_json_delta", "partial_json")
        for part in pieces:
            yield _named("content_block_delta", index=index, delta={"type": kind, word: part})
        yield _named("content_block_stop", index=index)
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _named("message_delta", delta=delta, usage={"output_tokens": 7})
    yield _named("message_stop")
    yield STREAM_END


def _named(kind: str, **data: Any) -> bytes:
    return framed(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode())


def _cut(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
