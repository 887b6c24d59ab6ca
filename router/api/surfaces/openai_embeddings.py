"""OpenAI's embeddings: texts in, one vector for each out.

Invariant: vectors stand in the order of their texts, and all of an answer are of one model.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

import orjson
from annotated_types import Ge, Len, MaxLen, MinLen
from pydantic import ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError

from router import tokens
from router.api.http.asgi import JSON
from router.api.http.error_responses import Wording, invalid
from router.api.surfaces.json_body import read
from router.api.surfaces.openai_chat.render import disclosed, shown_model
from router.api.surfaces.surface import AnswerStream, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest
from router.types import Chunk, EmbeddingRequest, Message, Options, Receipt, packed
from router.types.chat import Name, Tokens

MOST_INPUTS = 2_048
# OpenAI's own limit of a request; and room for the lists that they stand in.
MOST_IDS = 300_000
MOST_VALUES = MOST_IDS + 2 * MOST_INPUTS
# What OpenAI's embedding models speak, and so what clients send that cut texts into tokens themselves.
VOCABULARY = "cl100k_base"
_INPUT = (
    f"input: give a text, a list of at most {MOST_INPUTS:,} texts, or the same as at most {MOST_IDS:,} token ids of "
    f"{VOCABULARY}; none of them empty."
)
_CUT = "approximated:token ids cut a character in two"
_Text = Annotated[str, MinLen(1)]
_Texts = Annotated[tuple[_Text, ...], Len(1, MOST_INPUTS)]
# The first fault is enough: there may be hundreds of thousands.
_AT_ONCE = Field(fail_fast=True)
_Ids = Annotated[list[Annotated[int, Ge(0)]], MinLen(1), _AT_ONCE]
_Lists = Annotated[list[_Ids], Len(1, MOST_INPUTS), _AT_ONCE]


def _shape(value: Any) -> str:
    """Which of the four it is, by its first item: to try them all would take four times as long."""
    if isinstance(value, str):
        return "as text"
    first = value[0] if isinstance(value, list | tuple) and value else None
    return "as lists" if isinstance(first, list) else "as ids" if isinstance(first, int) else "as texts"


_Input = Annotated[
    Annotated[_Text, Tag("as text")]
    | Annotated[_Texts, Tag("as texts")]
    | Annotated[_Ids, Tag("as ids")]
    | Annotated[_Lists, Tag("as lists")],
    Discriminator(_shape),
]


@dataclass(frozen=True, slots=True)
class EmbeddingBody:
    """What a client sends; what is not named here is for the adapter to allow."""

    # Built when the first of them comes: most servers are asked in one shape or two.
    __pydantic_config__ = ConfigDict(defer_build=True)

    model: Name
    input: _Input
    dimensions: Tokens | None = None
    encoding_format: Literal["float", "base64"] | None = None
    user: Annotated[str, MaxLen(512)] | None = None
    fungible: Options | None = None


BODY: TypeAdapter[EmbeddingBody] = TypeAdapter(EmbeddingBody)
_NAMED = frozenset(field.name for field in fields(EmbeddingBody))


class Embeddings(Surface):
    """`/v1/embeddings`, and Azure's deployments."""

    paths = (
        SurfacePath(
            path="/v1/embeddings",
            tag="embeddings",
            summary="OpenAI's embeddings, routed",
            request=BODY,
            answer="A list of embeddings",
        ),
    )
    operation = "embeddings"
    wording = Wording({"messages": "input"})
    most_values = MOST_VALUES
    azure_deployments = True

    def parse(self, body: bytes, named: str | None) -> "ParsedTexts":
        """Read a body; raises BadRequest with the parameter that is wrong."""
        parsed, raw = read(BODY, body, named, _wrong)
        texts, notes = _texts(parsed.input)
        request = EmbeddingRequest(
            parsed.model,
            tuple([Message("user", text) for text in texts]),
            user=parsed.user,
            fungible=parsed.fungible,
            extra={key: value for key, value in raw.items() if key not in _NAMED} or None,
            dimensions=parsed.dimensions,
        )
        return ParsedTexts(request, notes, parsed.encoding_format == "base64")


@dataclass(frozen=True, slots=True)
class ParsedTexts:
    """A parsed request: texts, and whether their vectors are wanted as bytes in base64."""

    request: EmbeddingRequest
    notes: tuple[str, ...]
    as_bytes: bool
    kind = JSON
    streams = False

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> Sequence[bytes]:
        """A list of embeddings."""
        made = {chunk.index: chunk.beside["embedding"] for chunk in chunks if chunk.beside}
        taken = receipt.usage.input_tokens if receipt.usage else 0
        answer = {
            "model": shown_model(exchange, receipt.served or ""),
            "usage": {"prompt_tokens": taken, "total_tokens": taken},
            **disclosed(receipt),
        }
        # Row by row: millions of numbers at once would hold up everybody.
        rows = [
            orjson.dumps({"object": "embedding", "index": index, "embedding": self._written(made[index])})
            for index in sorted(made)
        ]
        separators = [b'{"object":"list","data":[', *[b","] * (len(rows) - 1)]
        body = [piece for pair in zip(separators, rows, strict=True) for piece in pair]
        return [*body, b"],", orjson.dumps(answer)[1:]]

    def stream(self, exchange: Exchange, served: str) -> AnswerStream:
        """Raises NotImplementedError: vectors are never streamed."""
        raise NotImplementedError

    def _written(self, vector: Sequence[float]) -> Any:
        """As numbers, or as little-endian floats of 32 bits."""
        if not self.as_bytes:
            return list(vector)
        return base64.b64encode(packed(vector)).decode()


def _texts(given: Any) -> tuple[Sequence[str], tuple[str, ...]]:
    """The texts, and a note where token ids are no whole text."""
    if isinstance(given, str):
        return (given,), ()
    if isinstance(given[0], str):
        return given, ()
    lists = given if isinstance(given[0], list) else (given,)
    if (count := sum(map(len, lists))) > MOST_IDS:
        raise BadRequest(f"input: there are {count:,} token ids; the most is {MOST_IDS:,}.", param="input")
    decoded = [_decoded(ids) for ids in lists]
    return [text for text, _ in decoded], () if all(whole for _, whole in decoded) else (_CUT,)


def _decoded(ids: Sequence[int]) -> tuple[str, bool]:
    try:
        return tokens.decode(ids, VOCABULARY)
    except ValueError as error:
        raise BadRequest(f"input: {error}; token ids are read as {VOCABULARY}.", param="input") from None


def _wrong(error: ValidationError) -> BadRequest:
    """The first fault; of an input that is none of what it may be, all that it may be."""
    first = error.errors(include_url=False, include_context=False)[0]
    return BadRequest(_INPUT, param="input") if first["loc"][:1] == ("input",) else invalid(error)
