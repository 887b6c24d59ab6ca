"""Writes the body for Anthropic's Messages API from a request in OpenAI's words, with notes of what had to change.

Invariant: whatever that API has no word for is left out and noted; nothing is left out of the conversation.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from providers.anthropic.block_rules import MARKS, of_tool
from providers.anthropic.schema_words import limited
from providers.anthropic.turns import conversation, thinks_first
from providers.upstream.adapter import Body
from providers.upstream.allowed import Allowed, Rule, names
from providers.upstream.dialect import own, without
from providers.upstream.notes import note
from providers.upstream.said import Said, nothing, said
from router.types import Call
from router.types.chat import AnyTool, CustomTool, NamedCustom, NamedTool
from router.types.receipt_words import parameter_name

# What has the same name and meaning there, if a client knows of it. What has a price of its own is not among it: where
# and how fast it is answered, in which tier, containers, servers of tools.
_AS_IT_IS: Mapping[str, Rule] = {
    **names("top_p top_k"),
    "thinking": frozenset({"type", "budget_tokens", "display"}),
    **MARKS,
    "output_config": frozenset({"effort"}),
}
# What is refused there without the beta that it belongs to.
_OF_BETAS = names("context_management")
# Edits that leave something out; others ask a model once more, at a price.
_EDITS = ("clear_",)
# What is said there in other words.
_TRANSLATED = names(
    "max_tokens max_completion_tokens n stop temperature tools tool_choice parallel_tool_calls response_format user",
    "safety_identifier reasoning_effort betas client_tools",
)
ALLOWED = Allowed({**_AS_IT_IS, **_OF_BETAS, **_TRANSLATED})
# Tools that the client runs, and what is said of them.
_CLIENT_TOOLS = ("bash_", "text_editor_", "memory_", "computer_")
LEAST_THINKING = 1024
_BETA = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MOST_BETAS = 32
_HOTTEST = 1.0
_EFFORTS: Mapping[str, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh"}
_CHOICES: Mapping[str, str] = {"auto": "auto", "required": "any", "none": "none"}
_NO_TOOL_SCHEMA = {"type": "object", "properties": {}}
JSON_PLEASE = "Answer with one JSON object and nothing else."


def body(call: Call, name: str, allow: Sequence[str] = ()) -> Body:
    """The request for a model; `name` is the upstream's, `allow` what its operator lets on beside."""
    notes: list[str] = []
    parameters = said(call.request, call.model, ALLOWED.widened(allow), notes, anthropic=True)
    system, messages = conversation(call.request.messages, notes)
    data: Said = {"model": name, "messages": messages}
    data |= {key: parameters.pop(key) for key in (*_AS_IT_IS, *allow) if key in parameters}
    _refuse_to_think(data, notes)
    betas = _betas(parameters, notes)
    if betas and _only_clears(parameters.get("context_management")):
        data |= {key: parameters.pop(key) for key in _OF_BETAS if key in parameters}
    _limits(call, parameters, data, notes)
    _think_within(data, notes)
    _tools(call, parameters, data, notes)
    _form(parameters, data, system, notes)
    if system:
        data["system"] = system
    if call.request.stream:
        data["stream"] = True
    notes.extend(note("dropped", parameter_name(key)) for key in parameters)
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)), {"anthropic-beta": ",".join(betas)} if betas else None)


def _betas(parameters: Said, notes: list[str]) -> tuple[str, ...]:
    """The betas that a client asks for: they become a header, so that only what is a name may pass."""
    given = parameters.pop("betas", ())
    names = [name for name in _listed(given) if isinstance(name, str) and _BETA.fullmatch(name)][:_MOST_BETAS]
    if names != list(_listed(given)) or not isinstance(given, list | tuple):
        notes.append(note("dropped", "betas"))
    return tuple(names)


def _only_clears(management: object) -> bool:
    """Whether all that is done to the context is to leave out something of it."""
    edits = management.get("edits") if isinstance(management, dict) and management.keys() == {"edits"} else None
    return isinstance(edits, list) and all(
        isinstance(edit, dict) and str(edit.get("type")).startswith(_EDITS) for edit in edits
    )


def _think_within(data: Said, notes: list[str]) -> None:
    """Thoughts are part of the output, and no more of them are paid for than its limit."""
    thinking, most = data.get("thinking"), data["max_tokens"] - 1
    if not isinstance(thinking, dict) or type(budget := thinking.get("budget_tokens", 0)) is not int or budget <= most:
        return
    if most < LEAST_THINKING:
        del data["thinking"]
        notes.append(note("dropped", "thinking"))
        return
    data["thinking"] = {**thinking, "budget_tokens": most}
    notes.append(note("clamped", f"thinking.budget_tokens={most}"))


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _refuse_to_think(data: Said, notes: list[str]) -> None:
    """A turn that another model made has no thoughts that this one could go on with in the middle of its calls."""
    thinking = data.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") == "enabled" and not thinks_first(data["messages"]):
        del data["thinking"]
        notes.append(note("dropped", "thinking"))


def _limits(call: Call, parameters: Said, data: Said, notes: list[str]) -> None:
    """How long, how hot, where to stop, and for whom. That API must have a limit, and gives one answer."""
    newer, older = parameters.pop("max_completion_tokens", None), parameters.pop("max_tokens", None)
    # Nothing at all is a limit too: it fills the cache and says no word.
    silent = nothing("max_tokens", own(call.request.extra).get("max_tokens"))
    data["max_tokens"] = 0 if silent else newer or older or call.model.max_output
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


def _tools(call: Call, parameters: Said, data: Said, notes: list[str]) -> None:
    tools, choice, parallel = (parameters.pop(key, None) for key in ("tools", "tool_choice", "parallel_tool_calls"))
    given = parameters.pop("client_tools", ())
    own_tools = [_client_tool(tool) for tool in _listed(given) if _is_client_s(tool)]
    if own_tools != list(_listed(given)):
        notes.append(note("dropped", "client_tools"))
    if not tools and not own_tools:
        return
    data["tools"] = [*own_tools, *(_tool(tool, notes) for tool in (call.request.tools or () if tools else ()))]
    chosen: dict[str, Any] | None = None
    named = call.request.tool_choice
    if choice and isinstance(named, NamedTool | NamedCustom):
        chosen = {"type": "tool", "name": named.function.name}
    elif choice or parallel is False:
        chosen = {"type": _CHOICES[choice or "auto"]}
    if chosen and parallel is False and chosen["type"] != "none":
        chosen["disable_parallel_tool_use"] = True
    if chosen:
        data["tool_choice"] = chosen


def _is_client_s(tool: object) -> bool:
    """Whether it is a tool that the client runs: those that run there have a price of their own."""
    return isinstance(tool, dict) and str(tool.get("type")).startswith(_CLIENT_TOOLS)


def _client_tool(tool: Said) -> Said:
    """What is said of it in names, numbers and switches; words that a model reads would be held for."""
    return {
        key: value
        for key, value in tool.items()
        if isinstance(value, int | float) or (isinstance(value, str) and key in ("type", "name")) or key in _AS_IT_IS
    }


def _tool(tool: AnyTool, notes: list[str]) -> Said:
    """A tool with what this API has a word for and what is held for; what else is said of it is noted."""
    spec = tool.function
    if isinstance(tool, CustomTool):
        notes.append(note("approximated", "tools.custom"))
    more = of_tool(without(spec.extra) | without(tool.extra), own(tool.extra), notes)
    schema = spec.parameters or _NO_TOOL_SCHEMA
    written = {"name": spec.name, "input_schema": limited(schema, notes) if spec.strict else schema}
    optional = {"description": spec.description, "strict": spec.strict}
    return more | written | {key: value for key, value in optional.items() if value is not None}


def _form(parameters: Said, data: Said, system: list[Said], notes: list[str]) -> None:
    """The form of the answer, and how hard to think about it."""
    config: Said = dict(data.get("output_config") or {})
    form = parameters.pop("response_format", None) or {"type": "text"}
    schema = (form.get("json_schema") or {}).get("schema")
    if schema is not None:
        config["format"] = {"type": "json_schema", "schema": limited(schema, notes)}
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
