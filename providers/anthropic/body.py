"""Writes the body for Anthropic's Messages API from a request in OpenAI's words, with notes of what had to change.

Invariant: whatever that API has no word for is left out and noted; nothing is left out of the conversation.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from providers.anthropic.turns import conversation
from providers.upstream.adapter import Body
from providers.upstream.notes import note
from providers.upstream.said import Said, said
from router.types import Call

# What has the same name and meaning there, if a client knows of it.
_AS_IT_IS = ("top_p", "top_k", "thinking", "cache_control", "container", "output_config", "inference_geo", "speed")
# What is refused there without the beta that it belongs to.
_OF_BETAS = ("context_management",)
_BETA = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MOST_BETAS = 32
_HOTTEST = 1.0
_EFFORTS: Mapping[str, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh"}
_CHOICES: Mapping[str, str] = {"auto": "auto", "required": "any", "none": "none"}
_NO_TOOL_SCHEMA = {"type": "object", "properties": {}}
JSON_PLEASE = "Answer with one JSON object and nothing else."


def body(call: Call, name: str) -> Body:
    """The request for a model; `name` is the upstream's."""
    notes: list[str] = []
    parameters = said(call.request, call.model, notes, anthropic=True)
    parameters.pop("messages")
    system, messages = conversation(call.request.messages)
    data: Said = {"model": name, "messages": messages}
    data |= {key: parameters.pop(key) for key in _AS_IT_IS if key in parameters}
    betas = _betas(parameters, notes)
    if betas:
        data |= {key: parameters.pop(key) for key in _OF_BETAS if key in parameters}
    _limits(call, parameters, data, notes)
    _tools(parameters, data)
    _form(parameters, data, system, notes)
    if system:
        data["system"] = system
    if call.request.stream:
        data["stream"] = True
    notes.extend(note("dropped", key) for key in parameters)
    return Body(orjson.dumps(data), tuple(notes), {"anthropic-beta": ",".join(betas)} if betas else None)


def _betas(parameters: Said, notes: list[str]) -> tuple[str, ...]:
    """The betas that a client asks for: they become a header, so that only what is a name may pass."""
    given = parameters.pop("betas", ())
    names = [name for name in _listed(given) if isinstance(name, str) and _BETA.fullmatch(name)][:_MOST_BETAS]
    if names != list(_listed(given)) or not isinstance(given, list | tuple):
        notes.append(note("dropped", "betas"))
    return tuple(names)


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _limits(call: Call, parameters: Said, data: Said, notes: list[str]) -> None:
    """How long, how hot, where to stop, and for whom. That API must have a limit, and gives one answer."""
    newer, older = parameters.pop("max_completion_tokens", None), parameters.pop("max_tokens", None)
    data["max_tokens"] = newer or older or call.model.max_output
    if parameters.get("n") == 1:
        del parameters["n"]
    if parameters.pop("stop", None) and call.request.stops:
        data["stop_sequences"] = list(call.request.stops)
    if (temperature := parameters.pop("temperature", None)) is not None:
        data["temperature"] = min(temperature, _HOTTEST)
        if temperature > _HOTTEST:
            notes.append(note("clamped", f"temperature={_HOTTEST:g}"))
    if user := parameters.pop("safety_identifier", None) or parameters.get("user"):
        parameters.pop("user", None)
        data["metadata"] = {"user_id": user}


def _tools(parameters: Said, data: Said) -> None:
    tools, choice, parallel = (parameters.pop(key, None) for key in ("tools", "tool_choice", "parallel_tool_calls"))
    own_tools = [tool for tool in _listed(parameters.pop("client_tools", ())) if isinstance(tool, dict)]
    if not tools and not own_tools:
        return
    data["tools"] = [*own_tools, *(_tool(tool["function"]) for tool in tools or ())]
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
    tool = {"name": spec["name"], "input_schema": spec.get("parameters") or _NO_TOOL_SCHEMA}
    return tool | {key: spec[key] for key in ("description", "strict") if key in spec}


def _form(parameters: Said, data: Said, system: list[Said], notes: list[str]) -> None:
    """The form of the answer, and how hard to think about it."""
    config: Said = dict(data.get("output_config") or {})
    form = parameters.pop("response_format", None) or {"type": "text"}
    schema = (form.get("json_schema") or {}).get("schema")
    if schema is not None:
        config["format"] = {"type": "json_schema", "schema": schema}
    elif form["type"] != "text":
        # There is no form without a schema: the model is asked in words.
        system.append({"type": "text", "text": JSON_PLEASE})
        notes.append(note("approximated", "response_format"))
    effort = str(parameters.get("reasoning_effort"))
    if effort in _EFFORTS:
        del parameters["reasoning_effort"]
        config["effort"] = _EFFORTS[effort]
        if _EFFORTS[effort] != effort:
            notes.append(note("renamed", f"reasoning_effort={_EFFORTS[effort]}"))
    if config:
        data["output_config"] = config
