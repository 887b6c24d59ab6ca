"""A row of `model_list` as it was understood: a public name, and the place where a model answers under it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from router.migration.litellm.rows.model_kinds import Kind
from router.migration.source_node import Where


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a backend is reached: what becomes a row of providers.yaml."""

    label: str
    adapter: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The numbers and abilities that the file has for a model; None where it has none.

    Prices are USD per million tokens, or per million characters for a voice.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    context: int | None = None
    max_output: int | None = None
    capabilities: frozenset[str] | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A model somewhere, under a public name."""

    where: Where
    public: str
    prefix: str
    upstream: str
    kind: Kind
    endpoint: Endpoint
    written: Written
    identity: str | None
    name: str = ""
    region: str | None = None
    order: int = 0
    weight: Decimal | None = None
    capacity: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    access_groups: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    own_address: bool = False
