"""Fits a conversation to what OpenAI's API takes from tools: words alone, and ids that are not too long.

Invariant: a call and its result keep one id, and what a tool showed is shown after its words, in a turn of the user.
"""

import re
from collections.abc import Sequence

from providers.upstream.dialect import own
from providers.upstream.notes import note
from providers.upstream.said import Said
from providers.upstream.tool_ids import ToolIds
from router.types import Message

SHOWN = "The result is shown in the next turn."
FAILED = "The tool failed:"
# OpenAI refuses longer ones; what else stands in an id is nobody's business.
_TOOL_ID = re.compile(r".{1,40}", re.DOTALL)


def conversation(messages: Sequence[Message], plain: Sequence[Said], notes: list[str]) -> list[Said]:
    """The turns; `plain` are the messages as plain data, which are changed."""
    if not any(message.role == "tool" or message.tool_calls for message in messages):
        return list(plain)
    ids = ToolIds(_TOOL_ID)
    turns, shown = list[Said](), list[Said]()
    for message, turn in zip(messages, plain, strict=True):
        if message.role != "tool" and shown:
            turns.append({"role": "user", "content": shown})
            shown = []
        turns.append(turn)
        for call in turn.get("tool_calls", ()):
            call["id"] = ids.of_call(call["id"])
        if message.role == "tool":
            turn["tool_call_id"] = ids.of_result(message.tool_call_id or "")
            shown += _in_words(turn, notes, failed=bool(own(message.extra).get("is_error")))
    if shown:
        turns.append({"role": "user", "content": shown})
    if ids.renamed:
        notes.append(note("renamed", "tool ids"))
    return turns


def _in_words(turn: Said, notes: list[str], *, failed: bool) -> list[Said]:
    """Leave only the words of a result; returns what it shows."""
    content = turn.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    moved = [part for part in parts if part["type"] != "text"]
    words = [part["text"] for part in parts if part["type"] == "text"]
    if moved:
        notes.append(note("approximated", "a picture or file that a tool gave"))
    if failed:
        words.insert(0, FAILED)
    plain = all(part.keys() == {"type", "text"} for part in parts)
    if moved or failed or (plain and isinstance(content, list)):
        turn["content"] = "\n".join(words) or (SHOWN if moved else "")
    return moved
