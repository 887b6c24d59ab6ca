"""Refuses what a client would leave to OpenAI to keep, to run or to look up, and says what to do instead.

Invariant: it reads a body of any shape, refuses only by name, and leaves what is merely wrong to validation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from router.api.surfaces.openai_responses.schema import ITEM_TYPES, Asked
from router.errors import BadRequest
from router.types import ChatRequest

_KEPT = "nothing that was said is kept here"
_ELSEWHERE: Mapping[str, str] = {
    "previous_response_id": f"{_KEPT}, so there is no response to go on from. Send its items again, in `input`, or "
    "start the server with `--store HOURS`.",
    "conversation": f"{_KEPT}. Send the items of the conversation, in `input`.",
    "background": "no answer is kept here to be fetched later. Leave it out; `stream` shows a long answer as it grows.",
    "prompt": "templates are kept at OpenAI. Put the text of this one into `instructions` and `input`.",
}
_MOVED: Mapping[str, str] = {
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
    "logprobs": 'include: ["message.output_text.logprobs"]',
}
_NOT_OURS = frozenset({"extra", "stream_options"})
_OF_CHAT_ALONE = {field.name for field in fields(ChatRequest)} - {field.name for field in fields(Asked)} - _NOT_OURS
_CHOICES = ("function", "custom", "allowed_tools")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def refuse(body: Mapping[str, Any]) -> None:
    """Raises BadRequest for the first thing that can't be done here."""
    for name, why in _ELSEWHERE.items():
        if body.get(name):
            raise BadRequest(f"{name}: {why}", param=name)
    for name in sorted(body.keys() & _OF_CHAT_ALONE):
        if body[name] is not None:
            instead = f" Say `{_MOVED[name]}`." if name in _MOVED else ""
            raise BadRequest(f"{name} is a word of chat completions, not of this path.{instead}", param=name)
    _refuse_choice(body.get("tool_choice"))
    for number, item in _things(body.get("input")):
        kind = item.get("type") or _unnamed(item)
        if isinstance(kind, str) and kind not in ITEM_TYPES:
            _refuse_item(f"input.{number}", kind, item)
        content = "output" if kind in _OUTPUTS else "content"
        for place, part in _things(item.get(content)):
            _refuse_part(f"input.{number}.{content}.{place}", part)


def _unnamed(item: Mapping[str, Any]) -> str:
    """What an item is that does not say so: a reference has an id and nothing else."""
    return "item_reference" if item.keys() <= {"id", "type"} and "id" in item else "message"


def _refuse_choice(choice: object) -> None:
    """A tool that is left out can't be one that must be called."""
    chosen = [choice] if isinstance(choice, dict) else []
    chosen += [tool for _, tool in _things(chosen[0].get("tools"))] if chosen else []
    for tool in chosen:
        if tool.get("type") not in _CHOICES:
            sentence = (
                f"tool_choice: {tool.get('type')} is no tool of yours, and the models here are offered no other. "
                "Name a function or a custom tool, or say none, auto or required."
            )
            raise BadRequest(sentence, param="tool_choice")


def _refuse_item(place: str, kind: str, item: Mapping[str, Any]) -> None:
    if kind == "item_reference":
        sentence = f"{place}: {_KEPT}, so {item.get('id')!r} can't be looked up. Send the item itself."
    else:
        sentence = (
            f"{place}: an item of type {kind} belongs to a tool of OpenAI's own, which no other model knows. "
            f"Send what it came to as a message; the items taken here are {', '.join(ITEM_TYPES)}."
        )
    raise BadRequest(sentence, param=place)


def _refuse_part(place: str, part: Mapping[str, Any]) -> None:
    """Images are not found by an id, and files not by an address, by whatever model answers."""
    if part.get("type") == "input_image" and not part.get("image_url") and part.get("file_id"):
        raise BadRequest(f"{place}: files are not kept here. Send an `image_url`; a data URL will do.", param=place)
    if part.get("type") == "input_file" and not part.get("file_data") and not part.get("file_id"):
        raise BadRequest(f"{place}: files are not fetched here. Send `file_data`, as a data URL.", param=place)


def _things(body: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list, with their places."""
    if isinstance(body, list):
        yield from ((number, thing) for number, thing in enumerate(body) if isinstance(thing, dict))
