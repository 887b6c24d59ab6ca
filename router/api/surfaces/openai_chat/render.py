"""Renders answers in OpenAI's shapes, straight into bytes.

Invariant: `model` in an answer is the model that served, or, where the operator is silent about that, a name that is no
model's; `fungible` is the same object in a plain answer and in the last event of a stream.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson

from router.api.surfaces.azure_controls import selection_details
from router.decision.receipt import Exchange, reason_for, reason_served, substituted
from router.money import ZERO, usd
from router.types import Chunk, Decision, Receipt, ToolCallPiece, Usage
from router.types.chat import ANTHROPIC

# What an answer names in silence where a model was asked for: never a model that did not serve.
ALIAS = "model-router"
_EARLY = frozenset(
    {b"x-request-id", b"x-fungible-receipt", b"x-fungible-asked", b"x-fungible-policy", b"x-fungible-rules"}
)
# Of more names than have room in a header line, the number of those that are left out is said.
MOST_NAMES = 1024
DONE = b"data: [DONE]\n\n"
_CACHE_WRITTEN = "cache_written:"
_TEXT = b'%b,"choices":[{"index":%d,"delta":{"content":%b},"logprobs":null,"finish_reason":null}]}\n\n'


def headers(exchange: Exchange, served: str, cached_from: str = "") -> list[tuple[bytes, bytes]]:
    """The headers of every answer. The cost delta is the one expected when deciding, in USD.

    `cached_from` is the id of the receipt whose answer is given again, where one is.
    """
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
        (b"x-fungible-reason", reason_for(decision, served, cached_from).encode()),
        *([(b"x-fungible-cached-from", cached_from.encode())] if cached_from else ()),
        (b"x-fungible-policy", _latin(decision.policy)),
        *([(b"x-fungible-rules", _names(decision.rules))] if decision.rules else ()),
        (b"x-fungible-substituted", b"true" if served != named else b"false"),
        (b"x-fungible-cost-delta", usd(_expected_delta(exchange, served, named, cached=bool(cached_from))).encode()),
    ]


def early_headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """Those of them that are known before a model has begun to answer."""
    return [line for line in headers(exchange, exchange.decision.chosen) if line[0] in _EARLY]


def shown_model(exchange: Exchange, served: str) -> str:
    """The model that an answer names: the one that served, or silently the policy that was asked for."""
    if exchange.decision.disclosure != "silent":
        return served
    return exchange.ask.asked if exchange.ask.model is None else ALIAS


def disclosed(receipt: Receipt, exchange: Exchange | None = None) -> dict[str, Any]:
    """What the body says beside OpenAI's words: the `fungible` object, or nothing.

    With the `exchange` also what Azure's clients asked to be told of the routing.
    """
    details = selection_details(exchange, receipt) if exchange is not None and exchange.controls is not None else {}
    return {"fungible": receipt_summary(receipt), **details} if receipt.decision.disclosure == "receipt" else details


def receipt_summary(receipt: Receipt) -> dict[str, Any]:
    """The `fungible` object: what served, why, and what it cost in USD."""
    decision = receipt.decision
    return {
        "receipt": receipt.id,
        "asked": receipt.asked,
        "chosen": receipt.chosen,
        "served": receipt.served,
        "reason": reason_served(receipt) if receipt.served else "fallback",
        **({"cached_from": receipt.cached_from} if receipt.cached_from else {}),
        "policy": decision.policy,
        "rules": decision.rules,
        "baseline": decision.baseline,
        "substituted": substituted(receipt),
        "cost_usd": usd(receipt.cost),
        "cost_delta_usd": usd(receipt.cost - receipt.baseline_cost),
        "revision": decision.revision,
        "notes": receipt.notes,
        **set_parameters(decision),
    }


def set_parameters(decision: Decision) -> dict[str, Any]:
    """What the policy sent in the place of what the client asked for, if anything."""
    said = {"effort": decision.effort, "max_output": decision.max_output}
    changed = {name: value for name, value in said.items() if value}
    return {"set": changed} if changed else {}


def completion(
    exchange: Exchange,
    receipt: Receipt,
    chunks: Iterable[Chunk],
    shaped: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> bytes:
    """A `chat.completion`; `shaped` makes of each of its choices what its client reads."""
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        _collect(choices, chunk)
    answer = {
        "id": f"chatcmpl-{exchange.id}",
        "object": "chat.completion",
        "created": int(exchange.time.timestamp()),
        "model": shown_model(exchange, receipt.served or ""),
        "choices": [shaped(choices[index]) for index in sorted(choices)],
        "usage": usage(receipt.usage),
        **disclosed(receipt, exchange),
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
        kind, words = ("custom", "input") if piece.plain else ("function", "arguments")
        calls.append({"id": piece.id, "type": kind, kind: {"name": piece.name, words: ""}})
    call = calls[piece.position]
    kind, words = ("custom", "input") if call["type"] == "custom" else ("function", "arguments")
    call[kind][words] += piece.arguments
    if piece.extra:
        calls[piece.position] = _with_more(call, piece.extra)


def _with_more(call: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """A call with what else its backend said of it, but for what is only for clients of Anthropic's API."""
    more = {name: value for name, value in extra.items() if name not in (ANTHROPIC, "function")}
    if "function" not in call:
        return more | call
    return more | call | {"function": {**extra.get("function", {}), **call["function"]}}


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
    written = {"cache_write_tokens": used.cache_write_tokens} if used.cache_write_tokens else {}
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_input_tokens, **written, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning_tokens, "audio_tokens": 0},
    }


def cache_written(used: Usage, notes: Iterable[str]) -> int:
    """The tokens that a backend says it wrote to its cache; some providers say it in a note alone."""
    counts = [note.removeprefix(_CACHE_WRITTEN) for note in notes if note.startswith(_CACHE_WRITTEN)]
    return used.cache_write_tokens or sum(int(count) for count in counts if count.isdigit())


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
        self.exchange = exchange
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
            return event(self._event(chunk) | disclosed(receipt, self.exchange))
        closing = {**self.frame, "choices": [], "usage": usage(receipt.usage), **disclosed(receipt, self.exchange)}
        return event(self._event(chunk)) + event(closing)

    def _event(self, chunk: Chunk) -> dict[str, Any]:
        return {**self.frame, "choices": [self.choice(chunk)]}

    def choice(self, chunk: Chunk) -> dict[str, Any]:
        """The choice that an event tells of."""
        delta: dict[str, Any] = {}
        if chunk.index not in self._opened:
            self._opened.add(chunk.index)
            delta = {"role": "assistant", "content": ""}
        if chunk.text:
            delta["content"] = chunk.text
        if piece := chunk.tool_call:
            call = _piece(piece)
            delta["tool_calls"] = [_with_more(call, piece.extra) if piece.extra else call]
        if chunk.beside:
            delta.update(chunk.beside)
        return {
            "index": chunk.index,
            "delta": delta,
            "logprobs": chunk.logprobs,
            "finish_reason": chunk.finish_reason,
        }


def _piece(piece: ToolCallPiece) -> dict[str, Any]:
    kind, words = ("custom", "input") if piece.plain else ("function", "arguments")
    said = {words: piece.arguments} if piece.name is None else {words: piece.arguments, "name": piece.name}
    call: dict[str, Any] = {"index": piece.position, kind: said}
    return call if piece.id is None else {**call, "id": piece.id, "type": kind}


def event(data: object) -> bytes:
    """One server-sent event."""
    return b"data: " + orjson.dumps(data) + b"\n\n"


def _expected_delta(exchange: Exchange, served: str, named: str, *, cached: bool) -> Decimal:
    decision = exchange.decision
    return (ZERO if cached else decision.candidate(served).cost) - decision.candidate(named).cost


def _names(names: Sequence[str]) -> bytes:
    """Names in a header line, in their order; a comma in one is written as %2C."""
    line = b""
    for place, name in enumerate(names):
        more = _latin(name).replace(b",", b"%2C")
        if len(line) + len(more) > MOST_NAMES:
            return line + b", +%d" % (len(names) - place) if line else b"+%d" % len(names)
        line = line + b", " + more if line else more
    return line


def _latin(text: str) -> bytes:
    return (text if text.isascii() and text.isprintable() else quote(text)).encode()
