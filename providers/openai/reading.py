"""Chunks out of what an OpenAI-compatible backend says, whole or in events.

Invariant: every choice that began is finished, or the answer counts as broken off; what the backend says of itself (a
model's name, token counts, a reason that nobody knows) is noted, not believed.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from providers.upstream.failures import told_failure
from providers.upstream.notes import note
from providers.upstream.usage import counted, number
from router.errors import ProviderError
from router.types import Chunk, FinishReason, ToolCallPiece, Usage

DONE = b"[DONE]"
_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "tool_calls",
    "eos": "stop",
    "end_turn": "stop",
    "max_tokens": "length",
}
_NAMED = frozenset({"role", "content", "tool_calls"})
Said = dict[str, Any]


class Reading:
    """Reads one answer. `name` is the upstream's name of the model that was asked."""

    def __init__(self, name: str, notes: tuple[str, ...], hide: Callable[[str], str]) -> None:
        self.done = False
        self._name = name
        self._notes = notes
        self._hide = hide
        self._open: set[int] = set()
        self._begun = self._model_seen = False
        self._used: Usage | None = None
        self._calls: dict[int, dict[Any, int]] = {}

    def whole(self, body: bytes) -> list[Chunk]:
        """The chunks of a `chat.completion`: one for each choice, and its usage."""
        told = self._object(body, "an answer")
        choices = told.get("choices")
        if not isinstance(choices, list) or not choices:
            raise ProviderError("unavailable", "the backend answered without a choice")
        chunks: list[Chunk] = []
        for choice in choices:
            self._choice(chunks, choice, "message")
        self._usage(told.get("usage"))
        return self._last(chunks)

    def events(self, payloads: Iterable[bytes]) -> list[Chunk]:
        """The chunks of some events; `done` says whether the last one was among them."""
        chunks: list[Chunk] = []
        for payload in payloads:
            if payload == DONE:
                self.done = True
                return self._last(chunks)
            told = self._object(payload, "an event")
            if told.get("usage"):
                self._usage(told["usage"])
            for choice in told.get("choices") or ():
                self._choice(chunks, choice, "delta")
        return self._noted(chunks) if chunks else chunks

    def ended(self) -> list[Chunk]:
        """What is left to say where a stream ends without its last word; raises ProviderError where it said nothing."""
        if not self._begun:
            raise ProviderError("unavailable", "the backend ended its answer before it began")
        return self._noted([Chunk(usage=self._used)])

    def _object(self, data: bytes, what: str) -> Said:
        """One JSON object that tells of no failure."""
        try:
            told = orjson.loads(data)
        except ValueError:
            raise ProviderError("unavailable", f"the backend sent {what} that is not JSON") from None
        if not isinstance(told, dict):
            raise ProviderError("unavailable", f"the backend sent {what} that is no object")
        if error := told.get("error"):
            raise told_failure(error, self._hide)
        if not self._model_seen and (model := told.get("model")):
            self._model_seen = True
            if model != self._name:
                self._notes = (*self._notes, note("upstream_model", self._hide(str(model)[:200])))
        return told

    def _choice(self, chunks: list[Chunk], choice: Any, part: str) -> None:
        try:
            index, said, reason = choice.get("index") or 0, choice.get(part) or {}, choice.get("finish_reason")
            text, calls = said.get("content") or "", said.get("tool_calls")
            if type(text) is not str:
                text = _joined(text)
            logprobs = choice.get("logprobs")
            beside = None if said.keys() <= _NAMED else _beside(said)
            if text or beside or logprobs:
                chunks.append(Chunk(index, text, beside=beside, logprobs=logprobs, more=True))
                self._open.add(index)
            for call in calls or ():
                chunks.append(Chunk(index, tool_call=self._piece(index, call), more=True))
                self._open.add(index)
        except (AttributeError, TypeError):
            raise ProviderError("unavailable", "the backend sent a choice in a shape of its own") from None
        self._begun = True
        if reason:
            chunks.append(Chunk(index, finish_reason=self._reason(reason), more=True))
            self._open.discard(index)
        elif not text:
            self._open.add(index)

    def _piece(self, index: int, call: Said) -> ToolCallPiece:
        """A piece of a call. Positions count from 0 without a gap, whatever numbers or none the backend gives."""
        function, positions = call.get("function") or {}, self._calls.setdefault(index, {})
        key = call.get("index")
        if key is None:
            key = call.get("id") or (next(reversed(positions)) if positions else 0)
        arguments = _text(function.get("arguments"))
        if (position := positions.get(key)) is not None:
            return ToolCallPiece(position, arguments=arguments)
        position = positions[key] = len(positions)
        named = str(call.get("id") or f"call_{index}_{position}")
        return ToolCallPiece(position, named, str(function.get("name") or ""), arguments)

    def _reason(self, told: object) -> FinishReason:
        if (known := _REASONS.get(str(told))) is None:
            self._notes = (*self._notes, note("finish_reason", self._hide(str(told)[:200])))
            return "stop"
        return known

    def _last(self, chunks: list[Chunk]) -> list[Chunk]:
        """The answer is whole, so a choice without a reason has ended for the plainest; the usage comes last."""
        for index in sorted(self._open):
            self._notes = (*self._notes, note("finish_reason", "none was given"))
            chunks.append(Chunk(index, finish_reason="stop", more=True))
        self._open.clear()
        return chunks + self.ended()

    def _usage(self, told: object) -> None:
        """Counts may come with every event: the last ones are those of the whole answer."""
        self._used = usage_of(told)
        if self._used is None and told is not None:
            self._notes = (*self._notes, note("usage", "what the backend said is no count"))

    def _noted(self, chunks: list[Chunk]) -> list[Chunk]:
        """The last of what came together waits for nothing; the notes go with it."""
        notes, self._notes = self._notes, ()
        chunks[-1] = chunks[-1]._replace(more=False, notes=notes)
        return chunks


def usage_of(told: Any) -> Usage | None:
    """Token counts in OpenAI's words, where they are counts."""
    if not isinstance(told, dict) or "prompt_tokens" not in told or "completion_tokens" not in told:
        return None
    return counted(
        number(told, "prompt_tokens"),
        number(told, "completion_tokens"),
        number(told, "prompt_tokens_details", "cached_tokens"),
        number(told, "completion_tokens_details", "reasoning_tokens"),
    )


def _beside(said: Said) -> Said | None:
    """What a message says that is no text and no call; empty words are none."""
    return {key: value for key, value in said.items() if key not in _NAMED and value not in (None, "", [], {})} or None


def _joined(content: Any) -> str:
    """The text of content that comes in parts."""
    return "".join(part.get("text") or "" for part in content if part.get("type") == "text")


def _text(arguments: Any) -> str:
    """A call's arguments as JSON text, also from a backend that sends them as an object."""
    return arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode() if arguments else ""
