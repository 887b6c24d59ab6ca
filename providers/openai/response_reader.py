"""Reads an answer of an OpenAI-compatible backend into chunks, whole or in events.

Invariant: every choice that began is finished, or the answer counts as broken off.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from providers.upstream.response_reader import Hide, Json, ResponseReader, strange_shape
from providers.upstream.usage import CACHED, counted, most, number, written
from router.errors import ProviderError
from router.types import Chunk, FinishReason, ToolCallPiece, Usage

DONE = b"[DONE]"
_NAMED = frozenset({"role", "content", "tool_calls", "function_call"})
_OF_CALL = frozenset({"index", "id", "type", "function", "custom"})
_OF_FUNCTION = frozenset({"name", "arguments", "input"})
_WAITS = -1


class _Call(NamedTuple):
    """A call that is under way: its position among the calls of its choice, and what the backend calls it."""

    position: int
    id: str
    name: str

    @property
    def waits(self) -> bool:
        """Whether nothing but an id is known of it."""
        return self.position == _WAITS


class Completions(ResponseReader):
    """Reads one answer of the chat completions API."""

    def __init__(self, name: str, notes: tuple[str, ...], hide: Hide) -> None:
        super().__init__(name, notes, hide)
        self._open: set[int] = set()
        self._calls: dict[int, dict[Any, _Call]] = {}
        self._count: dict[int, int] = {}
        self._ended: set[int] = set()

    def whole(self, body: bytes) -> list[Chunk]:
        """The chunks of a `chat.completion`."""
        completion = self.json_object(body, "an answer")
        self.name_of(completion)
        choices = completion.get("choices")
        if not isinstance(choices, list) or not choices:
            raise ProviderError("unavailable", "the backend answered without a choice", code="no_choice")
        chunks: list[Chunk] = []
        for choice in choices:
            self._choice(chunks, choice, "message")
        self._usage(completion.get("usage"))
        return self._last(chunks)

    def events(self, payloads: Iterable[bytes]) -> list[Chunk]:
        """The chunks of some `chat.completion.chunk` events."""
        chunks: list[Chunk] = []
        for payload in payloads:
            if payload == DONE:
                self.done = True
                return self._last(chunks)
            event = self.json_object(payload, "an event")
            self.name_of(event)
            if usage := event.get("usage"):
                self._usage(usage)
            for choice in event.get("choices") or ():
                self._choice(chunks, choice, "delta")
        return self.noted(chunks)

    def _choice(self, chunks: list[Chunk], choice: Any, part: str) -> None:
        try:
            index, said, reason = choice.get("index") or 0, choice.get(part) or {}, choice.get("finish_reason")
            text, calls, logprobs = said.get("content") or "", said.get("tool_calls"), choice.get("logprobs")
            if type(index) is not int:
                raise TypeError(index)
            beside = None if said.keys() <= _NAMED else _beside(said)
            if type(text) is not str:
                text, beside = _joined(text, beside)
            if text or beside or logprobs:
                chunks.append(Chunk(index, text, beside=beside, logprobs=logprobs, more=True))
            if calls or said.get("function_call"):
                self._call(chunks, index, calls, said)
            self._open.add(index)
        except (AttributeError, TypeError):
            raise strange_shape() from None
        self.begun = True
        if reason and index not in self._ended:
            # vLLM's word for which of the client's stops it was; with others it is absent.
            stop = choice.get("stop_reason")
            ended = {"stop_sequence": stop} if type(stop) is str else None
            chunks.append(Chunk(index, finish_reason=self._reason(index, reason), beside=ended, more=True))
            # Some backends end a choice twice, and clients put the two words together.
            self._ended.add(index)
        self._open -= self._ended

    def _call(self, chunks: list[Chunk], index: int, calls: Any, said: Json) -> None:
        # The older word for a call, of which an answer has one.
        calls = calls or ({"index": 0, "function": said["function_call"]},)
        pieces = [self._piece(index, call) for call in calls]
        chunks.extend([Chunk(index, tool_call=piece, more=True) for piece in pieces if piece])

    def _piece(self, index: int, call: Json) -> ToolCallPiece | None:
        """A piece of a call. Positions count from 0 without a gap, whatever numbers or none the backend gives.

        A call begins once it has a name: clients look for it in the first piece alone.
        """
        custom, calls = call.get("custom"), self._calls.setdefault(index, {})
        function = call.get("function") or custom or {}
        id_, name = str(call.get("id") or ""), str(function.get("name") or "")
        key = call.get("index")
        if key is None:
            key = call.get("id") or (next(reversed(calls)) if calls else 0)
        plain, extra = bool(custom), None
        arguments = str(function.get("input") or "") if plain else _text(function.get("arguments"))
        if not (call.keys() <= _OF_CALL and function.keys() <= _OF_FUNCTION):
            extra = _beyond(call, function)
        known = calls.get(key)
        if known is not None and known.waits:
            id_, known = id_ or known.id, None
        if known is not None and not _is_another(known, id_, name):
            return ToolCallPiece(known.position, arguments=arguments, extra=extra, plain=plain)
        if not (name or arguments or extra):
            calls[key] = _Call(_WAITS, id_, "")
            return None
        position = self._count.get(index, 0)
        self._count[index] = position + 1
        calls[key] = _Call(position, id_, name)
        return ToolCallPiece(position, id_ or f"call_{index}_{position}", name, arguments, extra, plain)

    def _reason(self, index: int, given: object) -> FinishReason:
        return self.reason(given, calls=index in self._count)

    def _last(self, chunks: list[Chunk]) -> list[Chunk]:
        """The answer is whole, so a choice without a reason has ended for the plainest; the usage comes last."""
        for index in sorted(self._open):
            self.note("finish_reason", "none was given")
            chunks.append(Chunk(index, finish_reason="tool_calls" if index in self._count else "stop", more=True))
        self._open.clear()
        return self.with_end(chunks)

    def _usage(self, counts: object) -> None:
        """Counts may come with every event: the last ones are those of the whole answer."""
        self.used = usage_of(counts)
        if self.used is None and counts is not None:
            self.note("usage", "what the backend said is no count")


def _is_another(call: _Call, id: str, name: str) -> bool:  # noqa: A002
    """Whether a piece that has the number of a call begins another: some backends number all of them 0."""
    return bool(name) and (name != call.name if not id else id != call.id)


def usage_of(counts: Any) -> Usage | None:
    """Token counts in OpenAI's words, where they are counts."""
    if not isinstance(counts, dict) or "prompt_tokens" not in counts or "completion_tokens" not in counts:
        return None
    return counted(
        number(counts, "prompt_tokens"),
        number(counts, "completion_tokens"),
        most(counts, CACHED),
        number(counts, "completion_tokens_details", "reasoning_tokens"),
        written(counts),
    )


def _beside(said: Json) -> Json | None:
    """What a message says that is no text and no call; empty words are none."""
    return {key: value for key, value in said.items() if key not in _NAMED and value not in (None, "", [], {})} or None


def _joined(content: Any, beside: Json | None) -> tuple[str, Json | None]:
    """The text of content that comes in parts, and what was thought beside it."""
    text = "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    thoughts = [part.get("thinking") or () for part in content if part.get("type") == "thinking"]
    thought = "".join(each if isinstance(each, str) else _joined(each, None)[0] for each in thoughts)
    return text, {**(beside or {}), "reasoning_content": thought} if thought else beside


def _beyond(call: Json, function: Json) -> Json | None:
    """What is said of a call beside the words that we name."""
    more = {key: value for key, value in call.items() if key not in _OF_CALL and value is not None}
    inner = {key: value for key, value in function.items() if key not in _OF_FUNCTION and value is not None}
    return (more | ({"function": inner} if inner else {})) or None


def _text(arguments: Any) -> str:
    """A call's arguments as JSON text, also from a backend that sends them as an object."""
    return arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode() if arguments else ""
