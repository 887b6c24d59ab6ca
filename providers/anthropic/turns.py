"""Writes a conversation in Anthropic's shape: system text apart, turns that alternate, tool results as user turns.

Invariant: every word, image and call of the conversation is in it, in its order; a part that the API can't take is
refused, never left out. A call's id is one that the API takes, and its result has the same. What a client says in words
of that API alone is marks, signed thoughts and blocks whose words are counted, never more text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from providers.anthropic.block_rules import THOUGHTS, of_call, of_part, of_turn, thought, whole_block
from providers.upstream.notes import note
from providers.upstream.tool_ids import ToolIds
from router.errors import ProviderError
from router.types import Message, Part
from router.types.chat import AnyToolCall

Block = dict[str, Any]
SYSTEM = "system"
_SYSTEM = (SYSTEM, "developer")
_TOOL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def conversation(messages: Iterable[Message], notes: list[str]) -> tuple[list[Block], list[Block]]:
    """The system text that stands before all turns, as blocks, and the turns; what of them is left out is noted."""
    system: list[Block] = []
    turns: list[Block] = []
    waiting: list[Block] = []  # system text that no result of a tool may come after
    ids = ToolIds(_TOOL_ID, unique=True)
    for message in messages:
        if message.role in _SYSTEM:
            if not turns:
                system += _content(message, notes)
            elif _awaits_results(turns[-1]):
                waiting += _content(message, notes)
            else:
                _say(turns, SYSTEM, _content(message, notes))
            continue
        if message.role != "tool":
            _say(turns, SYSTEM, waiting)
            waiting = []
        _say(turns, "assistant" if message.role == "assistant" else "user", _blocks(message, ids, notes))
    _say(turns, SYSTEM, waiting)
    if ids.renamed:
        notes.append(note("renamed", "tool ids"))
    return system, turns


def thinks_first(turns: list[Block]) -> bool:
    """Whether the API takes results of tools while a model must think: the turn that called them has to begin so."""
    while turns and turns[-1]["role"] == SYSTEM:
        turns = turns[:-1]
    results = bool(turns) and turns[-1]["role"] == "user" and turns[-1]["content"][0]["type"] == "tool_result"
    before = [turn for turn in turns if turn["role"] == "assistant"][-1:] if results else []
    return all(turn["content"][0]["type"] in THOUGHTS for turn in before)


def _awaits_results(turn: Block) -> bool:
    """Whether the next turn must be, or may go on with, what tools gave."""
    kinds = [block["type"] for block in turn["content"]]
    return kinds[-1] == "tool_result" or "tool_use" in kinds


def _say(turns: list[Block], role: str, blocks: list[Block]) -> None:
    """Add blocks to the turn that is under way, or to a new one where that is another's."""
    if turns and turns[-1]["role"] == role:
        turns[-1]["content"].extend(blocks)
    elif blocks:
        turns.append({"role": role, "content": blocks})


def _blocks(message: Message, ids: ToolIds, notes: list[str]) -> list[Block]:
    words = of_turn(message, notes)
    if message.role == "tool":
        id_ = ids.of_result(message.tool_call_id or "")
        return [words | {"type": "tool_result", "tool_use_id": id_, "content": _content(message, notes)}]
    # Unless something says otherwise, a model thought before it spoke, and spoke before it called.
    before = [thought(block, notes) for block in _listed(words, "thinking", notes)]
    parts = iter([_part(part, notes) if part.type != "text" or part.text else None for part in _parts(message)])
    calls = iter([_call(call, ids, notes) for call in message.tool_calls or ()])
    ordered = [*before, *_in_order(_listed(words, "order", notes), parts, calls, notes), *parts, *calls]
    return [block for block in ordered if block is not None]


def _in_order(
    order: Sequence[Any], parts: Iterator[Block | None], calls: Iterator[Block], notes: list[str]
) -> Iterator[Block | None]:
    """What was thought, said and called as it came: a turn must come back to the model as it was."""
    for mark in order:
        if mark in ("part", "call"):
            yield next(parts if mark == "part" else calls, None)
        else:
            yield thought(mark, notes)


def _listed(words: Block, name: str, notes: list[str]) -> Sequence[Any]:
    """The list that a turn's own words have under a name; anything else there is left out."""
    given = words.get(name, ())
    if isinstance(given, list | tuple):
        return given
    notes.append(note("dropped", f"anthropic.{name}"))
    return ()


def _parts(message: Message) -> tuple[Part, ...]:
    return (Part("text", message.content),) if isinstance(message.content, str) else message.content or ()


def _content(message: Message, notes: list[str]) -> list[Block]:
    """The blocks of a message's content; the API refuses empty texts."""
    if isinstance(message.content, str):
        return [{"type": "text", "text": message.content}] if message.content else []
    return [_part(part, notes) for part in message.content or () if part.type != "text" or part.text]


def _part(part: Part, notes: list[str]) -> Block:
    if (block := whole_block(part, notes)) is not None:
        return block
    extra = of_part(part, notes)
    if part.type in ("text", "refusal"):
        return {**extra, "type": "text", "text": part.text or part.refusal or ""}
    if part.type == "image_url":
        return {**extra, "type": "image", "source": _source(str((part.image_url or {}).get("url") or ""))}
    if part.type == "file":
        return {**extra, "type": "document", "source": _file(dict(part.file or {}))}
    raise ProviderError("rejected", f"this backend takes no {part.type}", code="part_not_taken")


def _source(url: str) -> Block:
    """An image by its address, or by the bytes that a data URL holds."""
    if not url.startswith("data:"):
        return {"type": "url", "url": url}
    head, comma, data = url[5:].partition(",")
    kind, _, coding = head.partition(";")
    if not comma or coding != "base64":
        raise ProviderError("rejected", "a data URL must be base64", code="bad_data_url")
    return {"type": "base64", "media_type": kind, "data": data}


def _file(file: Block) -> Block:
    if isinstance(data := file.get("file_data"), str):
        return _source(data if data.startswith("data:") else f"data:application/pdf;base64,{data}")
    if isinstance(name := file.get("file_id"), str):
        return {"type": "file", "file_id": name}
    raise ProviderError("rejected", "a file must come with its data or its id", code="bad_file")


def _call(call: AnyToolCall, ids: ToolIds, notes: list[str]) -> Block:
    """A call that the model made earlier; its arguments must be an object there, and stand as they were written."""
    text = call.function.arguments or "{}"
    try:
        given = orjson.loads(text)
    except ValueError:
        given = text
    written = orjson.Fragment(text) if isinstance(given, dict) else {"arguments": given}
    head = {"type": "tool_use", "id": ids.of_call(call.id), "name": call.function.name, "input": written}
    return of_call(call, notes) | head
