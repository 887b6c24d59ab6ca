"""The body for Anthropic's Messages API, out of a request in OpenAI's words, with notes of what had to change.

Invariant: whatever that API has no word for is left out and noted; nothing is left out of the conversation.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from providers.anthropic.turns import conversation
from providers.upstream.adapter import Body
from providers.upstream.notes import note
from providers.upstream.said import Said, said
from router.types import Call

# What has the same name and meaning there, if a client knows of it.
_AS_IT_IS = ("top_p", "top_k", "thinking", "cache_control", "container", "output_config", "inference_geo", "speed")
_HOTTEST = 1.0
_EFFORTS: Mapping[str, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh"}
_CHOICES: Mapping[str, str] = {"auto": "auto", "required": "any", "none": "none"}
_NO_TOOL_SCHEMA = {"type": "object", "properties": {}}
JSON_PLEASE = "Answer with one JSON object and nothing else."


def body(call: Call, name: str) -> Body:
    """The request for a model; `name` is the upstream's."""
    notes: list[str] = []
    told = said(call.request, call.model, notes, anthropic=True)
    told.pop("messages")
    system, messages = conversation(call.request.messages)
    data: Said = {"model": name, "messages": messages}
    data |= {key: told.pop(key) for key in _AS_IT_IS if key in told}
    _limits(call, told, data, notes)
    _tools(told, data)
    _form(told, data, system, notes)
    if system:
        data["system"] = system
    if call.request.stream:
        data["stream"] = True
    notes.extend(note("dropped", key) for key in told)
    return Body(orjson.dumps(data), tuple(notes))


def _limits(call: Call, told: Said, data: Said, notes: list[str]) -> None:
    """How long, how hot, where to stop, and for whom. That API must be told a limit, and gives one answer."""
    newer, older = told.pop("max_completion_tokens", None), told.pop("max_tokens", None)
    data["max_tokens"] = newer or older or call.model.max_output
    if told.get("n") == 1:
        del told["n"]
    if told.pop("stop", None) and call.request.stops:
        data["stop_sequences"] = list(call.request.stops)
    if (temperature := told.pop("temperature", None)) is not None:
        data["temperature"] = min(temperature, _HOTTEST)
        if temperature > _HOTTEST:
            notes.append(note("clamped", f"temperature={_HOTTEST:g}"))
    if user := told.pop("safety_identifier", None) or told.get("user"):
        told.pop("user", None)
        data["metadata"] = {"user_id": user}


def _tools(told: Said, data: Said) -> None:
    tools, choice, parallel = (told.pop(key, None) for key in ("tools", "tool_choice", "parallel_tool_calls"))
    if not tools:
        return
    data["tools"] = [_tool(tool["function"]) for tool in tools]
    chosen: dict[str, Any] | None = None
    if isinstance(choice, dict):
        chosen = {"type": "tool", "name": choice["function"]["name"]}
    elif choice or parallel is False:
        chosen = {"type": _CHOICES[choice or "auto"]}
    if chosen and parallel is False and chosen["type"] != "none":
        chosen["disable_parallel_tool_use"] = True
    if chosen:
        data["tool_choice"] = chosen


def _tool(spec: Said) -> Said:
    told = {"name": spec["name"], "input_schema": spec.get("parameters") or _NO_TOOL_SCHEMA}
    return told | {key: spec[key] for key in ("description", "strict") if key in spec}


def _form(told: Said, data: Said, system: list[Said], notes: list[str]) -> None:
    """The form of the answer, and how hard to think about it."""
    config: Said = dict(data.get("output_config") or {})
    form = told.pop("response_format", None) or {"type": "text"}
    schema = (form.get("json_schema") or {}).get("schema")
    if schema is not None:
        config["format"] = {"type": "json_schema", "schema": schema}
    elif form["type"] != "text":
        # There is no form without a schema: the model is asked in words.
        system.append({"type": "text", "text": JSON_PLEASE})
        notes.append(note("approximated", "response_format"))
    effort = str(told.get("reasoning_effort"))
    if effort in _EFFORTS:
        del told["reasoning_effort"]
        config["effort"] = _EFFORTS[effort]
        if _EFFORTS[effort] != effort:
            notes.append(note("renamed", f"reasoning_effort={_EFFORTS[effort]}"))
    if config:
        data["output_config"] = config
