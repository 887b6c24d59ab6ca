"""Numbers that nobody wrote: what is published of a model under this name, or an assumption, never 0."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from router.migration.litellm.model_groups import Group, Member
from router.migration.litellm.rows.place import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a list that we know says of a model; USD per million."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    context: int | None = None
    max_output: int | None = None
    capabilities: frozenset[str] | None = None
    source: str


# By the name without vendor and version, and by that which its backend knows.
Lookup = Callable[[str, str], Published | None]
_CHAT = Published(
    input=Decimal(3),
    output=Decimal(15),
    context=128_000,
    max_output=16_384,
    capabilities=frozenset(("tools", "json")),
    source="Assumed at the import: not published under this name",
)
_LOCAL = Published(
    input=Decimal("0.1"),
    output=Decimal("0.4"),
    context=32_768,
    max_output=8_192,
    capabilities=frozenset(("tools", "json")),
    source="Assumed at the import: a backend of one's own costs something, too",
)
_VECTORS = Published(
    input=Decimal("0.1"), output=Decimal(0), context=8_191, max_output=1, source="Assumed at the import"
)
_VOICE = Published(input=Decimal(15), output=Decimal(0), context=4_096, max_output=1, source="Assumed at the import")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """All numbers of a model's rows; `assumed` names those that the file has not, with what is written for them."""

    input: Decimal
    output: Decimal
    cached_input: Decimal
    context: int
    max_output: int
    capabilities: frozenset[str]
    assumed: tuple[str, ...]
    source: str
    priced: bool


def numbers(group: Group, member: Member, lookup: Lookup) -> Numbers:
    """What stands in the file, filled up."""
    written = member.written
    known = _known(group, member, lookup)
    context = written.context or known.context or _CHAT.context or 1
    cap = known.max_output or 16_384
    max_output = written.max_output or (min(cap, context) if group.kind == "chat" else cap)
    price = written.input if written.input is not None else known.input
    output = written.output if written.output is not None else known.output
    if group.kind != "chat":
        output = Decimal(0)
    cached = written.cached_input
    if cached is None:
        cached = price if written.input is not None else known.cached_input or price
    capabilities = written.capabilities
    assumed = _assumed(written, group, price, output, context, max_output)
    if capabilities is None:
        capabilities = known.capabilities or _CHAT.capabilities or frozenset()
        assumed += (f"abilities: {', '.join(sorted(capabilities)) or 'none'}",)
    return Numbers(
        input=price,
        output=output,
        cached_input=cached,
        context=context,
        max_output=min(max_output, context),
        capabilities=capabilities,
        assumed=assumed,
        source=known.source,
        priced=written.input is not None and written.output is not None,
    )


def _known(group: Group, member: Member, lookup: Lookup) -> Published:
    upstream = member.identity if member.places[0].prefix == "azure" else member.places[0].upstream
    published = lookup(member.identity, upstream) if group.kind == "chat" else None
    if published is not None:
        return published
    if group.kind != "chat":
        return _VECTORS if group.kind == "embeddings" else _VOICE
    first = member.places[0]
    return _LOCAL if first.own_address and first.prefix != "azure" else _CHAT


def _assumed(
    written: Written, group: Group, price: Decimal, output: Decimal, context: int, max_output: int
) -> tuple[str, ...]:
    unit = "characters" if group.kind == "speech" else "tokens"
    rows = []
    if written.input is None:
        rows.append(f"input {price:f} USD per million {unit}")
    if written.output is None and group.kind == "chat":
        rows.append(f"output {output:f} USD per million {unit}")
    if written.context is None and group.kind != "speech":
        rows.append(f"context {context}")
    if written.max_output is None and group.kind == "chat":
        rows.append(f"max_output {max_output}")
    return tuple(rows)
