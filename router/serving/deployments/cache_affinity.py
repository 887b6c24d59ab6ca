"""What backends have cached of conversations, as far as this server's own calls tell.

Invariant: nothing that was said is kept, only salted hashes of whole beginnings; a beginning is known to its caller
alone, so that nobody learns from a price or a choice what another has said.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from router.decision.receipt import Exchange
from router.types import Ask, ChatRequest, Features, Message, Model, Part, Usage, Warm

# A megabyte for about 5,000 beginnings.
MOST_KEPT = 50_000
# Caches grow in steps of so many tokens (OpenAI's documentation of prompt caching); it also keeps what is logged short.
STEP = 128

Mark = bytes


class _Kept(NamedTuple):
    """A beginning at a model: its tokens, in the reference encoding, and until when it is kept, in seconds."""

    tokens: int
    until: float


class CacheAffinity:
    """Which models still hold the beginning of which conversation."""

    def __init__(self, salt: bytes, most: int = MOST_KEPT) -> None:
        self._salt = salt
        self._most = most
        self._kept: OrderedDict[Mark, dict[str, _Kept]] = OrderedDict()

    def warm(self, request: ChatRequest, ask: Ask, features: Features, time: datetime) -> tuple[Warm, ...]:
        """What models have cached of this request: the longest beginning that each has."""
        if not self._kept or features.input_tokens < STEP or type(request) is not ChatRequest:
            return ()
        now, tokens = time.timestamp(), dict[str, int]()
        for mark in self._marks(request, ask):
            for model, kept in self._kept.get(mark, {}).items():
                if kept.until > now:
                    tokens[model] = min(kept.tokens, features.input_tokens)
        return tuple([Warm(model, tokens[model]) for model in sorted(tokens)])

    def learn(
        self,
        request: ChatRequest,
        exchange: Exchange,
        model: Model,
        usage: Usage,
        marks: Sequence[Mark] | None = None,
    ) -> None:
        """A model has taken this request, and keeps it for a while where it keeps any; its own word goes before.

        `marks` are those of the request, where they are known already.
        """
        cache, tokens = model.prompt_cache, exchange.features.input_tokens // STEP * STEP
        if type(request) is not ChatRequest or cache is None or tokens < max(cache.least_tokens, STEP):
            return
        marks = marks or self.marks(request, exchange.ask)
        if usage.counted == "backend" and not usage.cached_input_tokens and model.id in exchange.situation.cached:
            self._forget(marks, model.id)
        else:
            self._keep(marks[-1], model.id, _Kept(tokens, exchange.time.timestamp() + cache.seconds))

    def _keep(self, mark: Mark, model: str, kept: _Kept) -> None:
        # Never changed in place: a request that asks across a network for its budgets looks from a thread.
        self._kept[mark] = {**self._kept.get(mark, {}), model: kept}
        self._kept.move_to_end(mark)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _forget(self, marks: Iterable[Mark], model: str) -> None:
        for mark in marks:
            if model in (known := self._kept.get(mark, {})):
                self._kept[mark] = {name: kept for name, kept in known.items() if name != model}

    def marks(self, request: ChatRequest, ask: Ask) -> Sequence[Mark]:
        """A hash of each beginning of a request that ends with a message."""
        return list(self._marks(request, ask))

    def _marks(self, request: ChatRequest, ask: Ask) -> Iterator[Mark]:
        """The same, one after another; tools stand before all messages."""
        seen = blake2b(repr((ask.caller.key, request.tools)).encode(errors="replace"), key=self._salt, digest_size=16)
        for message in request.messages:
            for said in _said(message):
                seen.update(said.encode(errors="replace"))
            yield seen.digest()


def _said(message: Message) -> Iterator[str]:
    """A message without what says how it may be cached, which clients move on with every turn.

    What frames a text tells its length, so that no two messages are spelt alike; a text is not spelt out.
    """
    content = message.content
    texts: list[str] = [content] if isinstance(content, str) else []
    parts = [_framed(part, texts) for part in content] if isinstance(content, tuple) else None
    lengths = [len(text) for text in texts]
    yield repr((message.role, message.name, lengths, parts, message.tool_calls, message.tool_call_id))
    yield from texts


def _framed(part: Part, texts: list[str]) -> object:
    """A part without its texts, which are added to the others: a picture is one of megabytes."""
    url = part.image_url.get("url") if part.image_url else None
    texts += [part.text or "", url if isinstance(url, str) else ""]
    bare = {**part.image_url, "url": None} if isinstance(url, str) and part.image_url else part.image_url
    return replace(part, text=None, image_url=bare, extra=None)
