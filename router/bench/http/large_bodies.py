"""Bodies that take long to read: runs without a break, texts of every script, and millions of small parts."""

import base64
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

CHAT = "/v1/chat/completions"


class LargeBody(NamedTuple):
    """One request; `make` makes its body of about so many bytes."""

    path: str
    make: Callable[[int], bytes]


def _chat(content: Any, **more: Any) -> bytes:
    return orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": content}], **more})


def _run(unit: str, spelt: int | None = None) -> Callable[[int], bytes]:
    """A text of one unit again and again; `spelt` is how many bytes it takes in JSON, where those are not its own."""
    return lambda size: _chat(unit * (size // (spelt or len(unit.encode()))))


def _random(size: int) -> bytes:
    return _chat(base64.b64encode(random.Random(1).randbytes(size * 3 // 4)).decode())  # noqa: S311


def _parts(size: int) -> bytes:
    return _chat([{"type": "text", "text": "x"}] * (size // 27))


def _wrong_parts(size: int) -> bytes:
    return _chat([{"type": "txet", "text": "x"}] * (size // 27))


def _messages(size: int) -> bytes:
    said = {"role": "user", "content": "The fox. " * max(1, (size - 2048 * 40) // 2048 // 9)}
    return orjson.dumps({"model": "auto", "messages": [said] * 2048})


def _nested(size: int) -> bytes:
    return _chat("hi", unknown=[{"a": 1}] * (size // 8))


def _tools(size: int) -> bytes:
    properties = {f"p{place}": {"type": "string"} for place in range(size // 128 // 26)}
    parameters = {"type": "object", "properties": properties}
    tools = [{"type": "function", "function": {"name": f"f{n}", "parameters": parameters}} for n in range(128)]
    return _chat("x", tools=tools)


def _schema(size: int) -> bytes:
    schema = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(size // 28)}}
    return _chat("x", response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}})


def _picture(size: int) -> bytes:
    url = "data:image/png;base64," + "A" * size
    return _chat([{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "what?"}])


def _ids(size: int) -> bytes:
    return orjson.dumps({"model": "text-embedding-3-small", "input": [[1] * 8000] * max(1, size // 16_000)})


def _texts(size: int) -> bytes:
    return orjson.dumps(
        {"model": "text-embedding-3-small", "input": [f"text {n} " * max(1, size // 2048 // 10) for n in range(2048)]}
    )


def _to(path: str, unit: str) -> LargeBody:
    def make(size: int) -> bytes:
        text = unit * (size // len(unit))
        if path.endswith("responses"):
            return orjson.dumps({"model": "auto", "input": text})
        return _chat(text, max_tokens=10)

    return LargeBody(path, make)


_SENTENCE = "The quick brown fox jumps over the lazy dog. "
BODIES: Mapping[str, LargeBody] = {
    "a letter": LargeBody(CHAT, _run("a")),
    "spaces": LargeBody(CHAT, _run(" ")),
    "ends of lines": LargeBody(CHAT, _run("\n", 2)),
    "quotation marks": LargeBody(CHAT, _run('"', 2)),
    "zero-width spaces": LargeBody(CHAT, _run("\u200b")),
    "combining marks": LargeBody(CHAT, _run("e\u0301\u0301")),
    "Hangul": LargeBody(CHAT, _run("가나 다라 ")),
    "emoji": LargeBody(CHAT, _run("👨\u200d👩\u200d👧")),
    "sentences": LargeBody(CHAT, _run(_SENTENCE)),
    "random letters": LargeBody(CHAT, _random),
    "a picture": LargeBody(CHAT, _picture),
    "parts": LargeBody(CHAT, _parts),
    "wrong parts": LargeBody(CHAT, _wrong_parts),
    "2,048 messages": LargeBody(CHAT, _messages),
    "unknown fields": LargeBody(CHAT, _nested),
    "128 tools": LargeBody(CHAT, _tools),
    "a schema": LargeBody(CHAT, _schema),
    "token ids": LargeBody("/v1/embeddings", _ids),
    "2,048 texts": LargeBody("/v1/embeddings", _texts),
    "Responses": _to("/v1/responses", _SENTENCE),
    "Messages": _to("/v1/messages", "a"),
    "count_tokens": _to("/v1/messages/count_tokens", " "),
    "route": _to("/v1/route", _SENTENCE),
}
