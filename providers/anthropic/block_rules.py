"""What of a client's words for Anthropic's API alone goes on to it: marks, signed thoughts, and blocks of its own.

Invariant: none of it is text that was not counted as input; what is left out is noted.
"""

from collections.abc import Mapping
from typing import Any

from providers.upstream.allowed import Rule, inside, kept, names
from providers.upstream.dialect import own, without
from providers.upstream.notes import note
from router.types import Message, Part
from router.types.chat import AnyToolCall
from router.types.receipt_words import parameter_name

Block = dict[str, Any]
# Where a cache ends.
MARKS: Mapping[str, Rule] = {"cache_control": frozenset({"type", "ttl"})}
THOUGHTS = ("thinking", "redacted_thinking")
# What other models thought, which nobody signed.
UNSIGNED = ("reasoning_content", "reasoning")
# The words of examples are counted.
_OF_TOOLS = {**MARKS, **names("defer_loading eager_input_streaming allowed_callers input_examples")}
_OF_CALLS = {**MARKS, "caller": frozenset({"type", "tool_id"})}
_OF_FILES = {**MARKS, "citations": frozenset({"enabled"})}
# The words that are cited are counted.
_OF_TEXTS = {**MARKS, **names("citations")}
_OF_RESULTS = {**MARKS, **names("is_error")}
_OF_TURNS = names("order thinking")
_OF_THOUGHTS = frozenset({"type", "thinking", "signature", "data"})
# Blocks whose words are counted, and where these or the bytes of a file stand in them.
_BLOCKS = ("search_result", "tool_reference", "document")
_SOURCES = ("base64", "text")


def of_tool(general: Mapping[str, Any], special: Mapping[str, Any], notes: list[str]) -> Block:
    """What goes on of what a tool holds beside the usual: in words of any API, and of this one alone."""
    return kept(general, MARKS, "tools.", notes) | kept(special, _OF_TOOLS, "tools.", notes)


def of_call(call: AnyToolCall, notes: list[str]) -> Block:
    """What goes on of what a call holds beside the usual."""
    more = without(call.extra) | without(call.function.extra)
    notes.extend(note("dropped", parameter_name(f"tool_calls.{word}")) for word in more)
    return kept(own(call.extra), _OF_CALLS, "tool_calls.", notes)


def of_turn(message: Message, notes: list[str]) -> Block:
    """What goes on of what a turn holds beside the usual: its thoughts and its order, or that a tool failed."""
    general = without(message.extra)
    names_ = ("thinking" if word in UNSIGNED else parameter_name(f"messages.{word}") for word in general)
    notes.extend(note("dropped", name) for name in names_)
    if message.role != "tool":
        return kept(own(message.extra), _OF_TURNS, "", notes)
    words = kept(own(message.extra), _OF_RESULTS, "", notes)
    return words | {"is_error": bool(words["is_error"])} if "is_error" in words else words


def of_part(part: Part, notes: list[str]) -> Block:
    """What goes on of what a part holds beside the usual."""
    words = without(part.extra) | own(part.extra)
    words.pop("block", None)
    # A file says whether it may be cited; a text, what it cites.
    rules = _OF_FILES if part.type == "file" else _OF_TEXTS if isinstance(words.get("citations"), list) else MARKS
    return kept(words, rules, "content.", notes)


def whole_block(part: Part, notes: list[str]) -> Block | None:
    """The block that a part stands for, as it came, where it is one whose words are counted."""
    if (block := own(part.extra).get("block")) is None:
        return None
    if isinstance(block, Mapping) and block.get("type") in _BLOCKS and _is_here(block.get("source")):
        return dict(block)
    notes.append(note("dropped", "content.block"))
    return None


def thought(block: Any, notes: list[str]) -> Block | None:
    """A block of thinking, which its owner has signed, or None for what is none."""
    if not isinstance(block, Mapping):
        notes.append(note("dropped", "thinking"))
        return None
    if block.get("type") not in THOUGHTS:
        notes.append(note("dropped", parameter_name(str(block.get("type")))))
        return None
    return inside(block, _OF_THOUGHTS, "thinking", notes)


def _is_here(source: object) -> bool:
    """Whether a document's bytes or words stand in it: nobody knows what lies elsewhere, and how much it is."""
    return not isinstance(source, Mapping) or source.get("type") in _SOURCES
