"""The items of one answer as they grow, and what each piece of it changes, in the API's own events.

Invariant: the items of a whole answer are those that its events would have built; every item and every part that was
begun is ended, unless the answer broke off.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from router.api.surfaces.openai_chat.render import grow
from router.api.surfaces.openai_responses.schema import KEPT_OF_CALLS
from router.api.surfaces.openai_responses.sealed_thoughts import sealed
from router.api.surfaces.openai_responses.tools import ToolName, ToolTable
from router.types import Chunk, ToolCallPiece
from router.types.custom_tools import custom_input

Event = dict[str, Any]
ItemKind = Literal["message", "reasoning", "function_call", "custom_tool_call", "tool_search_call"]
PartKind = Literal["output_text", "refusal", "reasoning_text"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]

_PREFIXES: Mapping[ItemKind, str] = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "tool_search_call": "tsc",
}
_CALLS: Mapping[str, ItemKind] = {
    "function": "function_call",
    "custom": "custom_tool_call",
    "tool_search": "tool_search_call",
}
# The names under which backends send what a model thought.
_THOUGHTS = ("reasoning_content", "reasoning")
_WORDS = frozenset({"refusal", *_THOUGHTS})
# What only a backend of Anthropic's API could be sent back.
_UNSAID = frozenset({"reasoning_signature", "redacted_thinking"})
_NOBODY = ToolName("")


@dataclass(slots=True)
class SpokenPart:
    """Words of one kind. `logprobs` are those of its tokens, where they were asked for."""

    kind: PartKind
    pieces: list[str] = field(default_factory=list)
    logprobs: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> Event:
        """The part as it stands in an item."""
        words = "".join(self.pieces)
        if self.kind == "refusal":
            return {"type": "refusal", "refusal": words}
        if self.kind == "reasoning_text":
            return {"type": "reasoning_text", "text": words}
        return {"type": "output_text", "text": words, "annotations": [], "logprobs": self.logprobs}


@dataclass(slots=True)
class Item:
    """A message, a thought or a call; a call has its arguments in `pieces`. `beside` is passed on as it came.

    `signed` are the blocks of a thought that only their backend can read or vouch for.
    """

    kind: ItemKind
    id: str
    place: int
    status: ItemStatus = "in_progress"
    parts: list[SpokenPart] = field(default_factory=list)
    beside: dict[str, Any] = field(default_factory=dict)
    call_id: str = ""
    tool: ToolName = _NOBODY
    pieces: list[str] = field(default_factory=list)
    signed: list[dict[str, Any]] | None = None

    def to_json(self) -> Event:
        """The item as it stands in an answer."""
        head = {"id": self.id, "type": self.kind, "status": self.status}
        if self.kind == "tool_search_call":
            return {**head, "call_id": self.call_id, "execution": "client", "arguments": _object("".join(self.pieces))}
        if self.kind in ("function_call", "custom_tool_call"):
            namespace = {} if self.tool.namespace is None else {"namespace": self.tool.namespace}
            return {
                **self.beside,
                **head,
                "call_id": self.call_id,
                "name": self.tool.name,
                **namespace,
                **self.written(),
            }
        content = [part.to_json() for part in self.parts]
        if self.kind == "reasoning":
            hidden = {"encrypted_content": sealed(self.signed)} if self.signed else {}
            return {**head, "summary": [], "content": content, **hidden}
        return {**self.beside, **head, "role": "assistant", "content": content}

    def written(self) -> Event:
        """What a call was given: a function its arguments, a custom tool its input."""
        arguments = "".join(self.pieces)
        if self.kind == "function_call":
            return {"arguments": arguments}
        return {"input": custom_input(arguments) if arguments else ""}


class Output:
    """The items of the answer `id`; `tools` says whose tool a model calls."""

    def __init__(self, id: str, tools: ToolTable, *, seals: bool = False) -> None:  # noqa: A002
        self._tools = tools
        self._seals = seals
        self.id = id
        self.items: list[Item] = []
        self.saying: Item | None = None  # the message or the thought that is under way
        self._calls: dict[int, Item] = {}

    def take(self, chunk: Chunk) -> list[Event]:
        """Add a chunk; only one answer is asked for, so a second one is nobody's."""
        events: list[Event] = []
        if chunk.index:
            return events
        more = {name: value for name, value in (chunk.beside or {}).items() if name not in _UNSAID}
        words = {name: more.pop(name) for name in _WORDS if isinstance(more.get(name), str)}
        if thought := next((words[name] for name in _THOUGHTS if words.get(name)), None):
            self._say(events, "reasoning_text", thought)
        if self._seals and chunk.beside:
            self._sign(events, chunk.beside)
        if chunk.text or chunk.logprobs:
            self._say(events, "output_text", chunk.text, _logprobs(chunk.logprobs))
        if refusal := words.get("refusal"):
            self._say(events, "refusal", refusal)
        if more:
            grow(self._speaking(events, "message").beside, more)
        if chunk.tool_call:
            self._call(events, chunk.tool_call)
        return events

    def end(self, *, whole: bool) -> list[Event]:
        """End what is under way; what was said last is incomplete where the answer is not whole."""
        events: list[Event] = []
        if not self.items:
            self._say(events, "output_text", "")
        for item in self.items:
            if item.status == "in_progress":
                item.status = "completed" if whole or item is not self.items[-1] else "incomplete"
                self._done(events, item)
        return events

    def break_off(self) -> None:
        """Leave what is under way as it is."""
        for item in self.items:
            if item.status == "in_progress":
                item.status = "incomplete"

    def to_json(self) -> list[Event]:
        """The items as they stand in an answer."""
        return [item.to_json() for item in self.items]

    def _say(self, events: list[Event], kind: PartKind, words: str, logprobs: list[Any] | None = None) -> None:
        item = self._speaking(events, "reasoning" if kind == "reasoning_text" else "message")
        if not item.parts or item.parts[-1].kind != kind:
            self._end_part(events, item)
            item.parts.append(SpokenPart(kind))
            events.append(_of(item, "response.content_part.added", part=item.parts[-1].to_json()))
        part = item.parts[-1]
        part.pieces.append(words)
        more = {"logprobs": _brief(logprobs or [])} if kind == "output_text" else {}
        part.logprobs.extend(logprobs or ())
        if words:
            events.append(_of(item, f"response.{kind}.delta", delta=words, **more))

    def _sign(self, events: list[Event], beside: Mapping[str, Any]) -> None:
        """Keep what a backend signed or hid with the thought that is under way."""
        hidden = beside.get("redacted_thinking")
        blocks = [block for block in hidden if isinstance(block, dict)] if isinstance(hidden, list) else []
        if isinstance(signature := beside.get("reasoning_signature"), str):
            # What was said since the last signature is what this one vouches for.
            item = self._speaking(events, "reasoning")
            words = "".join(piece for part in item.parts for piece in part.pieces)
            said = sum(len(block.get("thinking", "")) for block in item.signed or ())
            blocks.append({"type": "thinking", "thinking": words[said:], "signature": signature})
        if blocks:
            item = self._speaking(events, "reasoning")
            item.signed = [*(item.signed or ()), *blocks]

    def _speaking(self, events: list[Event], kind: ItemKind) -> Item:
        """The message or the thought that is under way, or a new one where another was."""
        if self.saying is None or self.saying.kind != kind:
            self._fall_silent(events)
            self.saying = self._begin(events, kind)
        return self.saying

    def _call(self, events: list[Event], piece: ToolCallPiece) -> None:
        """Pieces of several calls may come in turns, so calls are ended only with the answer."""
        item = self._calls.get(piece.position)
        if item is None:
            self._fall_silent(events)
            named = piece.id or f"call_{self.id}_{piece.position}"
            tool = self._tools.tool_of(piece.name or "")
            item = self._calls[piece.position] = self._begin(events, _CALLS[tool.kind], named, tool)
        if piece.extra:
            item.beside |= {name: value for name, value in piece.extra.items() if name in KEPT_OF_CALLS}
        if piece.arguments:
            item.pieces.append(piece.arguments)
            if item.kind != "function_call":
                return  # its input is known once its arguments are whole
            delta = {"item_id": item.id, "output_index": item.place, "delta": piece.arguments}
            events.append({"type": "response.function_call_arguments.delta", **delta})

    def _begin(self, events: list[Event], kind: ItemKind, call_id: str = "", tool: ToolName = _NOBODY) -> Item:
        place = len(self.items)
        item = Item(kind, f"{_PREFIXES[kind]}_{self.id}_{place}", place, call_id=call_id, tool=tool)
        self.items.append(item)
        events.append({"type": "response.output_item.added", "output_index": place, "item": item.to_json()})
        return item

    def _fall_silent(self, events: list[Event]) -> None:
        if self.saying is not None:
            self.saying.status = "completed"
            self._done(events, self.saying)
            self.saying = None

    def _done(self, events: list[Event], item: Item) -> None:
        self._end_part(events, item)
        if item.kind == "function_call":
            ended = {"item_id": item.id, "output_index": item.place, "name": item.tool.name}
            events.append({"type": "response.function_call_arguments.done", **ended, **item.written()})
        if item.kind == "custom_tool_call":
            place = {"item_id": item.id, "output_index": item.place}
            text = item.written()["input"]
            events.append({"type": "response.custom_tool_call_input.delta", **place, "delta": text})
            events.append({"type": "response.custom_tool_call_input.done", **place, "input": text})
        events.append({"type": "response.output_item.done", "output_index": item.place, "item": item.to_json()})

    def _end_part(self, events: list[Event], item: Item) -> None:
        if not item.parts:
            return
        part = item.parts[-1].to_json()
        kind = part["type"]
        words = {name: part[name] for name in ("text", "refusal") if name in part}
        more = {"logprobs": _brief(item.parts[-1].logprobs)} if kind == "output_text" else {}
        events.append(_of(item, f"response.{kind}.done", **words, **more))
        events.append(_of(item, "response.content_part.done", part=part))


def _object(arguments: str) -> Any:
    """Arguments as data; what is no JSON stays text."""
    try:
        return json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return arguments


def _of(item: Item, kind: str, **more: Any) -> Event:
    """An event of the part of an item that is under way."""
    place = max(len(item.parts) - 1, 0)
    return {"type": kind, "item_id": item.id, "output_index": item.place, "content_index": place, **more}


def _logprobs(given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Probabilities of tokens in the shape of this API, from that of chat completions."""
    tokens = _tokens((given or {}).get("content"))
    return [{**_token(token), "top_logprobs": [*map(_token, _tokens(token.get("top_logprobs")))]} for token in tokens]


def _tokens(given: object) -> list[dict[str, Any]]:
    return [token for token in given if isinstance(token, dict)] if isinstance(given, list) else []


def _token(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"token": given.get("token"), "logprob": given.get("logprob"), "bytes": given.get("bytes") or []}


def _brief(logprobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in an event of text, which has no word for bytes."""
    plain = ({name: value for name, value in token.items() if name != "bytes"} for token in logprobs)
    return [
        token | ({"top_logprobs": _brief(token["top_logprobs"])} if "top_logprobs" in token else {}) for token in plain
    ]
