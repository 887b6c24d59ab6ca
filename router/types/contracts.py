"""What is agreed about money: whose house it is, its partners' terms, discounts, and what inference costs.

Invariant: every number stands in a block that names its source and on what grounds it stands; a block holds from
`since` on, and up to (and without) `until` where it has one. Rates are shares of 1; sums are in USD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

from router.types.catalog import Dollars, Text

Grounds = Literal["signed", "measured", "published", "reported", "assumed"]
"""Why a term is believed: one's own contract or meter, the other side's list, somebody's report, or nobody's."""

SellerRole = Literal["principal", "agent"]
ShareBase = Literal["sales", "partner_revenue"]
Period = Literal["month", "quarter", "year", "term"]
Concentrated = Literal["requests", "tokens", "revenue", "margin"]

Rate = Annotated[Decimal, Ge(0), Le(1)]
SignedRate = Annotated[Decimal, Ge(-1), Le(1)]
Sum = Annotated[Decimal, Gt(0), Le(Decimal(10) ** 12)]
GpuHours = Annotated[Decimal, Ge(0), Le(10_000)]
SpeedUp = Annotated[Decimal, Gt(0), Le(1000)]
_FORBID = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Buyers:
    """Whose requests: those with one of these keys, teams or tags; everybody's where nothing is named."""

    __pydantic_config__ = _FORBID

    key: tuple[Text, ...] = ()
    team: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()


EVERYBODY = Buyers()


@dataclass(frozen=True, slots=True)
class Role:
    """Who sells a partner's models: the platform as `principal`, or the partner, whose `agent` keeps only a `fee`."""

    __pydantic_config__ = _FORBID

    since: date
    role: SellerRole
    source: Text
    status: Grounds
    fee: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerShare:
    """A share of revenue: above 0 the platform pays the partner, below 0 the partner pays the platform.

    `of` is what customers pay for the partner's models here (`sales`), or what the partner itself earns by them
    (`partner_revenue`). `cap` is the most that is paid in each period; `term` is the whole time.
    """

    __pydantic_config__ = _FORBID

    name: Text
    rate: SignedRate
    since: date
    source: Text
    status: Grounds
    of: ShareBase = "sales"
    until: date | None = None
    cap: Sum | None = None
    per: Period = "term"


@dataclass(frozen=True, slots=True)
class RoyaltyFree:
    """Use by the platform's own products, for which no share is paid either way."""

    __pydantic_config__ = _FORBID

    since: date
    of: Buyers
    source: Text
    status: Grounds
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """Take or pay: in each period the partner is paid `amount` at least, whatever was used."""

    __pydantic_config__ = _FORBID

    name: Text
    amount: Sum
    per: Period
    since: date
    source: Text
    status: Grounds
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """All that is agreed with one owner; `roles` stand oldest first, and before the first the platform is principal."""

    __pydantic_config__ = _FORBID

    roles: tuple[Role, ...] = ()
    shares: tuple[PartnerShare, ...] = ()
    royalty_free: tuple[RoyaltyFree, ...] = ()
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What some buyers pay less than the list, on some models or all; of several the largest holds."""

    __pydantic_config__ = _FORBID

    name: Text
    rate: Rate
    since: date
    source: Text
    status: Grounds
    of: Buyers = EVERYBODY
    models: tuple[Text, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TokenRates:
    """USD per million tokens, which is micro-dollars per token."""

    __pydantic_config__ = _FORBID

    input: Dollars
    output: Dollars
    cached_input: Dollars
    cache_write_5m: Dollars | None = None
    cache_write_1h: Dollars | None = None


@dataclass(frozen=True, slots=True)
class GpuTime:
    """GPU-hours per million tokens on GPUs that are fully used, what an hour costs, and how far they are used."""

    __pydantic_config__ = _FORBID

    input: GpuHours
    output: GpuHours
    cached_input: GpuHours
    rate: Dollars
    utilisation: Annotated[Decimal, Gt(0), Le(1)]


@dataclass(frozen=True, slots=True)
class GpuGeneration:
    """One generation of GPUs: USD for an hour of it, and how many times the tokens of the GPUs that `costs` state."""

    __pydantic_config__ = _FORBID

    since: date
    source: Text
    status: Grounds
    rate: Dollars
    speed: SpeedUp


@dataclass(frozen=True, slots=True)
class InferenceCost:
    """What a model's inference costs: the platform's own GPUs, or, with an `invoice`, what a partner bills for its.

    With both, the GPUs are the partner's; with an invoice alone that is taken for their cost.
    """

    __pydantic_config__ = _FORBID

    since: date
    source: Text
    status: Grounds
    gpu: GpuTime | None = None
    invoice: TokenRates | None = None


@dataclass(frozen=True, slots=True)
class PlatformCost:
    """What else a request costs the platform: USD per million requests, and per million tokens in and out."""

    __pydantic_config__ = _FORBID

    since: date
    source: Text
    status: Grounds
    per_million_requests: Dollars
    per_million_tokens: Dollars


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of the whole that one owner's models should have, before an alert says so."""

    __pydantic_config__ = _FORBID

    name: Text
    because: Text
    owner: Text
    most: Rate
    of: Concentrated


@dataclass(frozen=True, slots=True)
class Contracts:
    """contracts.yaml. `platform` is the owner in the catalog whose house this is; `costs` are by model.

    `gpus` are by generation, as deployments name them.
    """

    __pydantic_config__ = _FORBID

    platform: Annotated[str, MinLen(1)] | None = None
    partners: Mapping[str, Partner] = field(default_factory=dict)
    discounts: tuple[Discount, ...] = ()
    costs: Mapping[str, tuple[InferenceCost, ...]] = field(default_factory=dict)
    platform_cost: tuple[PlatformCost, ...] = ()
    limits: tuple[Limit, ...] = ()
    gpus: Mapping[str, tuple[GpuGeneration, ...]] = field(default_factory=dict)


NO_CONTRACTS = Contracts()
