"""Remembers which model had a thought, so that it goes back to that model's backend alone.

Invariant: a thought that is known to be another's is left out of a call and noted; one that nobody remembers is sent.
Only hashes are kept, and of the latest thoughts alone.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from router.types import ChatRequest, Chunk, Message, Model
from router.types.chat import ANTHROPIC, AnyToolCall

MOST_THOUGHTS = 65_536
LEFT_OUT = "dropped:thoughts of another model"
_WORDS = ("reasoning_content", "reasoning")
_ORDERS = ("order", "thinking")
_MARKS = ("signature", "data")
Extra = Mapping[str, Any] | None


class Origin(NamedTuple):
    """Who had a thought."""

    model: str
    owner: str
    provider: str


class ThoughtOrigins:
    """The latest thoughts of all models, by hashes."""

    def __init__(self, most: int = MOST_THOUGHTS) -> None:
        self._most = most
        self._origins: OrderedDict[bytes, Origin] = OrderedDict()

    def learn(self, chunks: Iterable[Chunk], model: Model) -> None:
        """Remember what a model thought in an answer."""
        for thought in _thoughts(chunks):
            key = _key(thought)
            self._origins[key] = Origin(model.id, model.owner, model.provider)
            self._origins.move_to_end(key)
        while len(self._origins) > self._most:
            self._origins.popitem(last=False)

    def for_model(self, request: ChatRequest, model: Model) -> ChatRequest:
        """The request without thoughts that are another's; the same one where there are none."""
        if not self._origins:
            return request
        messages = tuple([self._message(message, model) for message in request.messages])
        if all(new is old for new, old in zip(messages, request.messages, strict=True)):
            return request
        return replace(request, messages=messages)

    def _message(self, message: Message, model: Model) -> Message:
        calls = message.tool_calls
        if calls and any(call.extra for call in calls):
            calls = tuple([self._call(call, model) for call in calls])
        extra = message.extra and self._extra(message.extra, model)
        if extra == message.extra and calls == message.tool_calls:
            return message
        return replace(message, extra=extra or None, tool_calls=calls)

    def _extra(self, extra: Mapping[str, Any], model: Model) -> dict[str, Any]:
        kept = {name: value for name, value in extra.items() if name not in _WORDS or not self._is_others(value, model)}
        own = extra.get(ANTHROPIC)
        if isinstance(own, Mapping):
            kept[ANTHROPIC] = {name: self._order(name, value, model) for name, value in own.items()}
        return kept

    def _order(self, name: str, value: Any, model: Model) -> Any:
        if name not in _ORDERS or not isinstance(value, list):
            return value
        return [block for block in value if not any(self._is_others(mark, model) for mark in _marks(block))]

    def _call(self, call: AnyToolCall, model: Model) -> AnyToolCall:
        beside = _beside_call(call.extra)
        if not beside or not self._is_others(beside, model):
            return call
        kept = {name: value for name, value in (call.extra or {}).items() if name == ANTHROPIC}
        return replace(call, extra=kept or None)

    def _is_others(self, thought: object, model: Model) -> bool:
        origin = self._origins.get(_key(thought))
        if origin is None or origin.model == model.id:
            return False
        return (origin.owner, origin.provider) != (model.owner, model.provider)


def _thoughts(chunks: Iterable[Chunk]) -> Iterator[object]:
    """What was thought: each run of words, all of them together, what they are signed with, and marks of calls."""
    runs: list[list[str]] = [[]]
    for chunk in chunks:
        if chunk.beside:
            words = next((word for name in _WORDS if isinstance(word := chunk.beside.get(name), str)), "")
            if words:
                runs[-1].append(words)
            yield from _signs(chunk.beside)
        elif runs[-1]:
            runs.append([])
        if chunk.tool_call and (beside := _beside_call(chunk.tool_call.extra)):
            yield beside
    joined = ["".join(run) for run in runs if run]
    yield from (joined if len(joined) < 2 else [*joined, "".join(joined)])


def _signs(beside: Mapping[str, Any]) -> Iterator[object]:
    if signature := beside.get("reasoning_signature"):
        yield signature
    hidden = beside.get("redacted_thinking")
    for block in hidden if isinstance(hidden, list) else ():
        yield from _marks(block)


def _marks(block: object) -> Sequence[object]:
    """What a block of thinking is known by."""
    return [block[name] for name in _MARKS if block.get(name)] if isinstance(block, Mapping) else []


def _beside_call(extra: Extra) -> dict[str, Any]:
    """What a backend of OpenAI's API said beside a call."""
    return {name: value for name, value in (extra or {}).items() if name != ANTHROPIC}


def _key(thought: object) -> bytes:
    text = thought.encode(errors="replace") if isinstance(thought, str) else _json(thought)
    return blake2b(text, digest_size=12).digest()


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return repr(value).encode(errors="replace")
