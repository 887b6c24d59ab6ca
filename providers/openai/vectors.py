"""Vectors from an OpenAI-compatible backend: the body that asks for them, and what comes back.

Invariant: there is one vector for each text, in their order, each as long as was asked for or as the catalog says; a
backend that answers anything else may have put another model in the place of ours, and its vectors are not used.
"""

import base64
import math
from array import array
from collections.abc import Sequence
from typing import Any

import orjson

from providers.upstream.adapter import Body
from providers.upstream.allowed import Allowed
from providers.upstream.response_reader import Hide, ResponseReader, strange_shape
from providers.upstream.said import said
from providers.upstream.usage import counted, number
from router.errors import ProviderError
from router.types import Chunk, EmbeddingRequest, Model, unpacked

# 2,048 vectors of 3,072 numbers are 32 MiB in base64.
MOST_VECTORS = 64 * 1024 * 1024
_FORMAT = "encoding_format"


def body(request: EmbeddingRequest, model: Model, name: str, allowed: Allowed) -> Body:
    """The request for a model; `name` is the upstream's."""
    notes: list[str] = []
    data = said(request, model, allowed, notes)
    data |= {"model": name, "input": [message.text for message in request.messages], _FORMAT: "base64"}
    if request.dimensions is not None:
        data["dimensions"] = request.dimensions
    if model.parameters is not None and _FORMAT in model.parameters.drops:
        del data[_FORMAT]
    return Body(orjson.dumps(data), tuple(dict.fromkeys(notes)))


class Vectors(ResponseReader):
    """Reads one answer."""

    def __init__(self, request: EmbeddingRequest, model: Model, name: str, notes: tuple[str, ...], hide: Hide) -> None:
        super().__init__(name, notes, hide)
        self._texts = len(request.messages)
        self._length = request.dimensions or model.dimensions

    def whole(self, answer: bytes) -> list[Chunk]:
        """A chunk for each vector."""
        embeddings = self.json_object(answer, "an answer")
        self.name_of(embeddings)
        try:
            vectors = {
                row.get("index", place): _vector(row["embedding"]) for place, row in enumerate(embeddings["data"])
            }
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            raise strange_shape() from None
        if vectors.keys() != set(range(self._texts)):
            sentence = f"the backend made {len(vectors):,} vectors of {self._texts:,} texts"
            raise ProviderError("unavailable", sentence, code="vectors_missing")
        self._refuse_others(vectors.values())
        self.begun = True
        self._count(embeddings.get("usage"))
        chunks = [
            Chunk(index, finish_reason="stop", beside={"embedding": vectors[index]}, more=True)
            for index in sorted(vectors)
        ]
        return chunks + self.ended()

    def _refuse_others(self, vectors: Any) -> None:
        lengths = {len(vector) for vector in vectors}
        wanted = {self._length} if self._length else set(list(lengths)[:1])
        if lengths != wanted:
            made, expected = " and ".join(f"{length:,}" for length in sorted(lengths)), f"{wanted.pop():,}"
            sentence = f"the backend made vectors of {made} numbers, where {expected} are due"
            raise ProviderError("unavailable", sentence, code="vectors_differ")

    def _count(self, counts: object) -> None:
        if isinstance(counts, dict) and "prompt_tokens" in counts:
            self.used = counted(number(counts, "prompt_tokens"), 0, 0)
        if self.used is None and counts is not None:
            self.note("usage", "what the backend said is no count")


def _vector(given: Any) -> Sequence[float]:
    """A vector out of numbers, or of little-endian floats of 32 bits in base64; raises ValueError for anything else."""
    vector = unpacked(base64.b64decode(given, validate=True)) if isinstance(given, str) else array("d", given)
    if not vector or not math.isfinite(math.fsum(vector)):
        raise ValueError("no vector")
    return vector
