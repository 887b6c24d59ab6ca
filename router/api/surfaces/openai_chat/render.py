"""Renders answers in OpenAI's shapes, straight into bytes.

Invariant: `model` in an answer is the model that served, or, where the operator is silent about that, a name that is no
model's; `fungible` is the same object in a plain answer and in the last event of a stream.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson

from router.decision.receipt import Exchange, substituted
from router.money import usd
from router.types import Chunk, Receipt, ToolCallPiece, Usage

# What an answer names in silence where a model was asked for: never a model that did not serve.
ALIAS = "model-router"
DONE = b"data: [DONE]\n\n"
_CACHE_WRITTEN = "cache_written:"
_TEXT = b'%b,"choices":[{"index":%d,"delta":{"content":%b},"logprobs":null,"finish_reason":null}]}\n\n'


def headers(exchange: Exchange, served: str) -> list[tuple[bytes, bytes]]:
    """The headers of every answer. The cost delta is the one expected when deciding, in USD."""
    decision = exchange.decision
    own = (b"x-request-id", _latin(exchange.request_id))
    if decision.disclosure == "silent":
        return [own]
    named = exchange.ask.model or decision.baseline
    return [
        own,
        (b"x-fungible-receipt", exchange.id.encode()),
        (b"x-fungible-asked", _latin(decision.asked)),
        (b"x-fungible-served", _latin(served)),
        (b"x-fungible-reason", (decision.reason if served == decision.chosen else "fallback").encode()),
        (b"x-fungible-policy", _latin(decision.policy)),
        (b"x-fungible-substituted", b"true" if served != named else b"false"),
        (b"x-fungible-cost-delta", usd(_expected_delta(exchange, served, named)).encode()),
    ]


def shown_model(exchange: Exchange, served: str) -> str:
    """The model that an answer names: the one that served, or silently the policy that was asked for."""
    if exchange.decision.disclosure != "silent":
        return served
    return exchange.ask.asked if exchange.ask.model is None else ALIAS


def disclosed(receipt: Receipt) -> dict[str, Any]:
    """What the body says beside OpenAI's words: the `fungible` object, or nothing."""
    return {"fungible": receipt_summary(receipt)} if receipt.decision.disclosure == "receipt" else {}


def receipt_summary(receipt: Receipt) -> dict[str, Any]:
    """The `fungible` object: what served, why, and what it cost in USD."""
    decision = receipt.decision
    return {
        "receipt": receipt.id,
        "asked": receipt.asked,
        "chosen": receipt.chosen,
        "served": receipt.served,
        "reason": decision.reason if receipt.served == receipt.chosen else "fallback",
        "policy": decision.policy,
        "baseline": decision.baseline,
        "substituted": substituted(receipt),
        "cost_usd": usd(receipt.cost),
        "cost_delta_usd": usd(receipt.cost - receipt.baseline_cost),
        "revision": decision.revision,
        "notes": receipt.notes,
    }


def completion(exchange: Exchange, receipt: Receipt, chunks: Iterable[Chunk]) -> bytes:
    """A `chat.completion`."""
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        _collect(choices, chunk)
    answer = {
        "id": f"chatcmpl-{exchange.id}",
        "object": "chat.completion",
        "created": int(exchange.time.timestamp()),
        "model": shown_model(exchange, receipt.served or ""),
        "choices": [choices[index] for index in sorted(choices)],
        "usage": usage(receipt.usage),
        **disclosed(receipt),
    }
    return orjson.dumps(answer)


def _collect(choices: dict[int, dict[str, Any]], chunk: Chunk) -> None:
    if (choice := choices.get(chunk.index)) is None:
        message = {"role": "assistant", "content": None, "refusal": None}
        choice = {"index": chunk.index, "message": message, "logprobs": None, "finish_reason": None}
        choices[chunk.index] = choice
    message = choice["message"]
    if chunk.text:
        message["content"] = (message["content"] or "") + chunk.text
    if piece := chunk.tool_call:
        _call(message.setdefault("tool_calls", []), piece)
    if chunk.beside or chunk.logprobs:
        _beside(choice, chunk)
    if chunk.finish_reason:
        choice["finish_reason"] = chunk.finish_reason
        if message["content"] is None and "tool_calls" not in message:
            message["content"] = ""


def _call(calls: list[dict[str, Any]], piece: ToolCallPiece) -> None:
    if piece.position >= len(calls):
        calls.append({"id": piece.id, "type": "function", "function": {"name": piece.name, "arguments": ""}})
    calls[piece.position]["function"]["arguments"] += piece.arguments


def _beside(choice: dict[str, Any], chunk: Chunk) -> None:
    grow(choice["message"], chunk.beside or {})
    if chunk.logprobs:
        choice["logprobs"] = choice["logprobs"] or {}
        grow(choice["logprobs"], chunk.logprobs)


def grow(whole: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Put pieces together: texts and lists grow, of anything else the last counts."""
    for name, value in part.items():
        before = whole.get(name)
        grows = isinstance(before, str | list) and type(before) is type(value)
        whole[name] = before + value if grows else value


def usage(used: Usage | None) -> dict[str, Any] | None:
    """Token counts in OpenAI's words."""
    if used is None:
        return None
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_input_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning_tokens, "audio_tokens": 0},
    }


def cache_written(notes: Iterable[str]) -> int:
    """The tokens that backends say they wrote to their caches."""
    counts = [note.removeprefix(_CACHE_WRITTEN) for note in notes if note.startswith(_CACHE_WRITTEN)]
    return sum(int(count) for count in counts if count.isdigit())


class Events:
    """A stream of `chat.completion.chunk` events."""

    def __init__(self, exchange: Exchange, model: str, include_usage: bool) -> None:
        self.frame: dict[str, Any] = {
            "id": f"chatcmpl-{exchange.id}",
            "object": "chat.completion.chunk",
            "created": int(exchange.time.timestamp()),
            "model": shown_model(exchange, model),
        }
        if include_usage:
            self.frame["usage"] = None
        self.include_usage = include_usage
        self._opened: set[int] = set()
        self._head = b"data: " + orjson.dumps(self.frame)[:-1]

    def chunk(self, chunk: Chunk) -> bytes:
        """The event of one chunk; most are a piece of text, which is put between what never changes."""
        index, text, tool_call, reason, _, _, beside, logprobs, _ = chunk
        if text and not (tool_call or reason or beside or logprobs) and index in self._opened:
            return _TEXT % (self._head, index, orjson.dumps(text))
        return event(self._event(chunk))

    def last(self, chunk: Chunk, receipt: Receipt) -> bytes:
        """The end: the last chunk, then usage where it was asked for; the very last event says what happened."""
        if not self.include_usage:
            return event(self._event(chunk) | disclosed(receipt))
        closing = {**self.frame, "choices": [], "usage": usage(receipt.usage), **disclosed(receipt)}
        return event(self._event(chunk)) + event(closing)

    def _event(self, chunk: Chunk) -> dict[str, Any]:
        delta: dict[str, Any] = {}
        if chunk.index not in self._opened:
            self._opened.add(chunk.index)
            delta = {"role": "assistant", "content": ""}
        if chunk.text:
            delta["content"] = chunk.text
        if piece := chunk.tool_call:
            delta["tool_calls"] = [_piece(piece.position, piece.id, piece.name, piece.arguments)]
        if chunk.beside:
            delta.update(chunk.beside)
        choice = {
            "index": chunk.index,
            "delta": delta,
            "logprobs": chunk.logprobs,
            "finish_reason": chunk.finish_reason,
        }
        return {**self.frame, "choices": [choice]}


def _piece(position: int, id: str | None, name: str | None, arguments: str) -> dict[str, Any]:  # noqa: A002
    function: dict[str, Any] = {"arguments": arguments}
    if name is not None:
        function["name"] = name
    piece: dict[str, Any] = {"index": position, "function": function}
    return {**piece, "id": id, "type": "function"} if id is not None else piece


def event(data: object) -> bytes:
    """One server-sent event."""
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _expected_delta(exchange: Exchange, served: str, named: str) -> Decimal:
    decision = exchange.decision
    return decision.candidate(served).cost - decision.candidate(named).cost


def _latin(text: str) -> bytes:
    return (text if text.isascii() and text.isprintable() else quote(text)).encode()
