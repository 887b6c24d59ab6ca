"""The parts of contracts that can differ, and how each is told.

Invariant: where a number comes from makes no difference, but on what grounds it stands does: reports say so.
"""

from collections.abc import Iterable
from typing import Any

from router.policy.describe import listed, told
from router.types import (
    Buyers,
    Commitment,
    Contracts,
    Discount,
    GpuGeneration,
    GpuTime,
    InferenceCost,
    Limit,
    Partner,
    PartnerShare,
    PlatformCost,
    Role,
    RoyaltyFree,
    TokenRates,
)

Path_ = tuple[str, ...]


def contract_leaves(contracts: Contracts) -> Iterable[tuple[Path_, Any]]:
    """Every part by its path; what is not set is not there."""
    if contracts.platform is not None:
        yield ("platform",), contracts.platform
    sections = (("partners", contracts.partners), ("costs", contracts.costs), ("gpus", contracts.gpus))
    for section, named in sections:
        for name, value in named.items():
            yield (section, name), value
    for section, listing in (("discounts", contracts.discounts), ("limits", contracts.limits)):
        for one in listing:
            yield (section, one.name), one
    if contracts.platform_cost:
        yield ("platform_cost",), contracts.platform_cost


@told.register
def _(value: Partner) -> str:
    parts = (
        ("", value.roles),
        ("share ", value.shares),
        ("royalty-free for ", value.royalty_free),
        ("commitment ", value.commitments),
    )
    return "; ".join(f"{noun}{told(one)}" for noun, terms in parts for one in terms) or "no terms"


@told.register
def _(value: Role) -> str:
    fee = f" for a fee of {told(value.fee)}" if value.fee is not None else ""
    return f"{value.role}{fee}{_while(value)}"


@told.register
def _(value: PartnerShare) -> str:
    cap = f", at most {told(value.cap)} USD a {value.per}" if value.cap is not None else ""
    return f"{value.name}: {told(value.rate)} of {value.of}{cap}{_while(value)}"


@told.register
def _(value: RoyaltyFree) -> str:
    return f"{told(value.of)}{_while(value)}"


@told.register
def _(value: Commitment) -> str:
    return f"{value.name}: {told(value.amount)} USD a {value.per}{_while(value)}"


@told.register
def _(value: Buyers) -> str:
    parts = (("key", value.key), ("team", value.team), ("tags", value.tags))
    return " or ".join(f"{key} {listed(words)}" for key, words in parts if words) or "everybody"


@told.register
def _(value: Discount) -> str:
    models = f" on {listed(value.models)}" if value.models else ""
    return f"{told(value.rate)} for {told(value.of)}{models}{_while(value)}"


@told.register
def _(value: TokenRates) -> str:
    return f"{told(value.input)} in, {told(value.output)} out, {told(value.cached_input)} cached"


@told.register
def _(value: GpuTime) -> str:
    hours = f"{told(value.input)} in, {told(value.output)} out, {told(value.cached_input)} cached"
    return f"GPU-hours {hours} at {told(value.rate)} USD, used {told(value.utilisation)}"


@told.register
def _(value: GpuGeneration) -> str:
    return f"{told(value.rate)} USD an hour, {told(value.speed)} times the tokens{_while(value)}"


@told.register
def _(value: InferenceCost) -> str:
    parts = (("", value.gpu), ("invoice ", value.invoice))
    return f"{', '.join(f'{noun}{told(one)}' for noun, one in parts if one is not None)}{_while(value)}"


@told.register
def _(value: PlatformCost) -> str:
    requests, tokens = told(value.per_million_requests), told(value.per_million_tokens)
    return f"{requests} USD a million requests, {tokens} a million tokens{_while(value)}"


@told.register
def _(value: Limit) -> str:
    return f"at most {told(value.most)} of {value.of} for {value.owner} ({value.because})"


def _while(value: Any) -> str:
    """From when until when a term holds, and why it is believed."""
    until = getattr(value, "until", None)
    return f" since {told(value.since)}{f' until {told(until)}' if until else ''} ({value.status})"
