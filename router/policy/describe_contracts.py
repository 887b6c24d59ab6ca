"""Describes the parts of contracts that can differ.

Invariant: where a number comes from makes no difference, but on what grounds it stands does: reports say so.
"""

from collections.abc import Iterable
from typing import Any

from router.policy.describe import describe, described_rates, listed
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
        for term in listing:
            yield (section, term.name), term
    if contracts.platform_cost:
        yield ("platform_cost",), contracts.platform_cost


@describe.register
def _(value: Partner) -> str:
    parts = (
        ("", value.roles),
        ("share ", value.shares),
        ("royalty-free for ", value.royalty_free),
        ("commitment ", value.commitments),
    )
    return "; ".join(f"{noun}{describe(term)}" for noun, terms in parts for term in terms) or "no terms"


@describe.register
def _(value: Role) -> str:
    fee = f" for a fee of {describe(value.fee)}" if value.fee is not None else ""
    return f"{value.role}{fee}{_while(value)}"


@describe.register
def _(value: PartnerShare) -> str:
    cap = f", at most {describe(value.cap)} USD a {value.per}" if value.cap is not None else ""
    return f"{value.name}: {describe(value.rate)} of {value.of}{cap}{_while(value)}"


@describe.register
def _(value: RoyaltyFree) -> str:
    return f"{describe(value.of)}{_while(value)}"


@describe.register
def _(value: Commitment) -> str:
    return f"{value.name}: {describe(value.amount)} USD a {value.per}{_while(value)}"


@describe.register
def _(value: Buyers) -> str:
    parts = (("key", value.key), ("team", value.team), ("tags", value.tags))
    return " or ".join(f"{key} {listed(words)}" for key, words in parts if words) or "everybody"


@describe.register
def _(value: Discount) -> str:
    models = f" on {listed(value.models)}" if value.models else ""
    return f"{describe(value.rate)} for {describe(value.of)}{models}{_while(value)}"


@describe.register
def _(value: TokenRates) -> str:
    return described_rates(value)


@describe.register
def _(value: GpuTime) -> str:
    hours = f"{describe(value.input)} in, {describe(value.output)} out, {describe(value.cached_input)} cached"
    return f"GPU-hours {hours} at {describe(value.rate)} USD, used {describe(value.utilisation)}"


@describe.register
def _(value: GpuGeneration) -> str:
    return f"{describe(value.rate)} USD an hour, {describe(value.speed)} times the tokens{_while(value)}"


@describe.register
def _(value: InferenceCost) -> str:
    parts = (("", value.gpu), ("invoice ", value.invoice))
    return f"{', '.join(f'{noun}{describe(part)}' for noun, part in parts if part is not None)}{_while(value)}"


@describe.register
def _(value: PlatformCost) -> str:
    requests, tokens = describe(value.per_million_requests), describe(value.per_million_tokens)
    return f"{requests} USD a million requests, {tokens} a million tokens{_while(value)}"


@describe.register
def _(value: Limit) -> str:
    return f"at most {describe(value.most)} of {value.of} for {value.owner} ({value.because})"


def _while(value: Any) -> str:
    """From when until when a term holds, and why it is believed."""
    until = getattr(value, "until", None)
    return f" since {describe(value.since)}{f' until {describe(until)}' if until else ''} ({value.status})"
