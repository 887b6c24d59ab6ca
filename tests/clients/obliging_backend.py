"""A backend of OpenAI's chat completions that does as a prompt says: it calls the tool with the words given.

Invariant: it is as clever as other people's suites need and no more; everything else of an answer is the router's.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from router.bench.http.fake_backend import (
    DONE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    answer,
    completion,
    event,
    piece,
    used,
)

USED = used()


def oblige(asked: Asked) -> Script:
    """The script of one request."""
    body = asked.data
    calls, text = _calls(body), _text(body)
    if not body.get("stream"):
        message: dict[str, Any] = {"role": "assistant", "content": None if calls else text}
        if calls:
            message["tool_calls"] = calls
        return [answer(completion(choices=[{"index": 0, "message": message, "finish_reason": _end(calls)}]))]
    said = [] if calls else [piece({"content": word}) for word in re.findall(r"\S+\s*", text)]
    made = [piece({"tool_calls": [{"index": number, **call}]}) for number, call in enumerate(calls)]
    last = [piece({}, reason=_end(calls)), event({"model": "up", "choices": [], "usage": USED}), event(DONE)]
    return [STREAM_HEAD, piece({"role": "assistant", "content": ""}), *said, *made, *last, STREAM_END]


def _end(calls: list[Any]) -> str:
    return "tool_calls" if calls else "stop"


def _calls(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A call, unless its result is there already or none is allowed."""
    tools, choice = body.get("tools") or [], body.get("tool_choice", "auto")
    forced = isinstance(choice, dict) or choice == "required"
    if not tools or choice == "none" or (body["messages"][-1]["role"] != "user" and not forced):
        return []
    named = choice["function"]["name"] if isinstance(choice, dict) else tools[0]["function"]["name"]
    schema = next(tool["function"]["parameters"] for tool in tools if tool["function"]["name"] == named)
    arguments = json.dumps(_made(schema, schema, _prompt(body)), ensure_ascii=False)
    return [{"id": "call_1", "type": "function", "function": {"name": named, "arguments": arguments}}]


def _text(body: Mapping[str, Any]) -> str:
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        schema = form["json_schema"]["schema"]
        return json.dumps(_made(schema, schema, _prompt(body)))
    if form.get("type") == "json_object":
        return json.dumps(dict.fromkeys(re.findall(r"\b(setup|punchline)\b", _prompt(body)), "Ha."))
    return "Hello there, all of it is well and done today."


def _prompt(body: Mapping[str, Any]) -> str:
    """What the user said last."""
    said = [message["content"] for message in body["messages"] if message["role"] == "user"]
    last = said[-1] if said else ""
    return last if isinstance(last, str) else " ".join(part.get("text", "") for part in last)


def _made(schema: Mapping[str, Any], root: Mapping[str, Any], prompt: str) -> Any:
    """A value that the schema allows, out of the prompt where it has one."""
    if "$ref" in schema:
        known = root.get("$defs") or root.get("definitions") or {}
        return _made(known.get(schema["$ref"].rpartition("/")[2], {}), root, prompt)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return _made(schema[word][0], root, prompt)
    if words := schema.get("enum"):
        return words[0]
    if schema.get("type") == "object":
        return {name: _made(inner, root, prompt) for name, inner in (schema.get("properties") or {}).items()}
    if schema.get("type") == "array":
        return [_made(schema.get("items") or {"type": "string"}, root, prompt)]
    return _plain(schema.get("type"), prompt)


def _plain(kind: str | None, prompt: str) -> object:
    """The number of the prompt, its Chinese words, or anything."""
    if kind in ("integer", "number"):
        return int((re.findall(r"\d+", prompt) or ["3"])[0])
    return True if kind == "boolean" else (re.findall(r"[\u4e00-\u9fff]+", prompt) or ["fine"])[0]
