"""Takes `functions` and `function_call`, OpenAI's older words for tools, and answers in them.

Invariant: what asks in the older words takes the line as tools, so that any model may be offered them; one call at most
comes back, as these words have room for no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import TypeAdapter, ValidationError

from router.api.http.error_responses import invalid
from router.types import ChatRequest, FunctionCall, FunctionSpec, Message, Tool, ToolCall
from router.types.chat import NamedFunction, NamedTool

CALL, FUNCTIONS = "function_call", "functions"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The older words of a request."""

    functions: Annotated[tuple[FunctionSpec, ...], Len(1, 128)]
    function_call: Literal["none", "auto"] | NamedFunction | None = None


@dataclass(frozen=True, slots=True)
class _Called:
    """The older word of a turn of the model."""

    function_call: FunctionCall


_ASKED, _CALLED = TypeAdapter(_Asked), TypeAdapter(_Called)


def asks_functions(request: ChatRequest) -> bool:
    """Whether a request has its tools in the older words alone."""
    return request.tools is None and bool((request.extra or {}).get(FUNCTIONS))


def with_tools(request: ChatRequest) -> ChatRequest:
    """The same request in today's words; raises BadRequest with the older word that is wrong."""
    extra = dict(request.extra or {})
    words = {name: extra.pop(name) for name in (FUNCTIONS, CALL) if name in extra}
    try:
        asked = _ASKED.validate_python(words)
    except ValidationError as error:
        raise invalid(error) from None
    choice = asked.function_call
    return replace(
        request,
        messages=_messages(request.messages),
        tools=tuple(Tool("function", spec) for spec in asked.functions),
        tool_choice=NamedTool("function", choice) if isinstance(choice, NamedFunction) else choice,
        parallel_tool_calls=False,
        extra=extra or None,
    )


def _messages(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The turns, with calls that have ids, and results that name the last call of their function."""
    ids: dict[str | None, str] = {}
    return tuple(_message(message, place, ids) for place, message in enumerate(messages))


def _message(message: Message, place: int, ids: dict[str | None, str]) -> Message:
    if message.role == "function" and (id_ := ids.get(message.name)):
        return replace(message, role="tool", name=None, tool_call_id=id_)
    extra = dict(message.extra or {})
    if message.role != "assistant" or message.tool_calls or not (said := extra.pop(CALL, None)):
        return message
    try:
        call = _CALLED.validate_python({CALL: said}).function_call
    except ValidationError as error:
        raise invalid(error) from None
    ids[call.name] = f"call_{place}"
    return replace(message, tool_calls=(ToolCall(ids[call.name], call),), extra=extra or None)


def in_older_words(choice: dict[str, Any], part: str) -> dict[str, Any]:
    """A choice of an answer, with its first call in the older words; `part` (`message`, `delta`) holds what it says."""
    said = dict(choice[part])
    first = next((call for call in said.pop("tool_calls", ()) if call.get("index", 0) == 0), None)
    if first is not None:
        said[CALL] = _function(first["function"])
    ended = choice["finish_reason"]
    return {**choice, part: said, "finish_reason": CALL if ended == "tool_calls" else ended}


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    return {name: function[name] for name in ("name", "arguments") if name in function}
