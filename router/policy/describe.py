"""Describes the parts of a policy as a person would write them.

Invariant: two values are described alike exactly when they mean the same, and a described comparison can be written
in a file and means the same there.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import singledispatch
from typing import Any

from router.config.scalars import DAYS
from router.money import usd
from router.policy.written_values import amount, clock, dates, isoday, percent, raised, rolls_over
from router.types import (
    FACT,
    WORDED,
    Between,
    Budget,
    Caps,
    Change,
    Condition,
    CostCap,
    Deployment,
    During,
    EffortRule,
    Fallback,
    Fits,
    Given,
    Guard,
    Guardrails,
    Judging,
    LatencyCap,
    Model,
    OneOf,
    Policy,
    Price,
    PriceCap,
    Ramp,
    RampPlan,
    Relief,
    Resilience,
    Rule,
    Schedule,
    Shadowing,
    Standard,
    Step,
    Target,
    Tokenizer,
    TokenRates,
    VersionAlias,
)

_TIMES = frozenset(fact.name for fact in FACT.values() if fact.kind == "time")
_DATES = frozenset(fact.name for fact in FACT.values() if fact.kind == "date")
_PLAIN = re.compile(r"[^\s,;:'\"()]+")


@singledispatch
def describe(value: Any) -> str:
    """Any part of a configuration in a few words."""
    return str(value)


@describe.register
def _(value: bool) -> str:
    return "true" if value else "false"


@describe.register
def _(value: float | Decimal) -> str:
    # Never an exponent, which no file may hold, and every digit that makes a difference.
    text = f"{Decimal(repr(value + 0.0)) if isinstance(value, float) else value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@describe.register
def _(value: int) -> str:
    return f"{value:,}"


@describe.register
def _(value: date) -> str:
    return value.isoformat()


@describe.register(tuple)
def _(value: tuple[Any, ...]) -> str:
    if all(isinstance(item, str) for item in value):
        return listed(value, ", ")
    if all(isinstance(item, tuple) for item in value):
        return ", then ".join(map(describe, value))
    return "; ".join(map(describe, value))


@describe.register(Mapping)
def _(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {describe(value[key])}" for key in sorted(value))


@describe.register
def _(value: OneOf) -> str:
    return f"{FACT[value.subject].verb or f'{value.subject} is'} {listed(value.words)}"


@describe.register
def _(value: Fits) -> str:
    verb = FACT[value.subject].verb or f"{value.subject} is"
    parts = [
        f"{verb} {listed(value.some)}" if value.some else "",
        f"{verb} {listed(value.every, ' and ')}" if value.every else "",
        f"{verb} not {listed(value.no)}" if value.no else "",
    ]
    return " and ".join(filter(None, parts))


@describe.register
def _(value: Between) -> str:
    if value.subject == "date":
        return f"date is {' '.join(f'{key} {moment}' for key, moment in dates(value).items())}"
    ends = [_end(">", value.least, -math.inf), _end("<", value.most, math.inf)]
    return f"{value.subject} {' and '.join(filter(None, ends)) or 'is any number'}"


@describe.register
def _(value: During) -> str:
    return f"{value.subject} is {' or '.join(f'{clock(start)}-{clock(end)}' for start, end in value.stretches)}"


@describe.register
def _(value: Condition) -> str:
    return " and ".join(map(describe, value.tests)) or "always"


@describe.register
def _(value: Guard) -> str:
    regions = f" from {listed(value.regions)}" if value.regions else ""
    return f"never {listed(value.never)}{regions}{_when(value.when)}{_because(value.because)}"


@describe.register
def _(value: Change) -> str:
    parts: list[tuple[str, Any]] = [
        ("band", value.band),
        ("optimize", value.optimize),
        ("models", value.models),
        ("prefer", value.prefer),
        ("floors", value.floors or None),
        ("max_price", value.max_price),
        ("max_cost", value.max_cost),
        ("effort", value.effort),
        ("max_output", value.max_output),
        ("max_latency", value.max_latency),
        ("healthy_for", value.healthy_for),
    ]
    return "; ".join(f"{key} {describe(said)}" for key, said in parts if said is not None)


@describe.register
def _(value: PriceCap) -> str:
    parts = (("in", value.input), ("out", value.output))
    return ", ".join(f"{describe(cap)} USD {way}" for way, cap in parts if cap is not None)


@describe.register
def _(value: CostCap) -> str:
    return f"{usd(value.most)} USD"


@describe.register
def _(value: LatencyCap) -> str:
    return ", ".join(f"{name} {describe(most)} ms" for name, most in value.limits)


@describe.register
def _(value: EffortRule) -> str:
    return f"at least {value.effort}" if value.raises else value.effort


@describe.register
def _(value: Fallback) -> str:
    order = describe(value.order) if value.order is not None else "the order of choice"
    return order + (f", no {value.apart} twice" if value.apart else "")


@describe.register
def _(value: Rule) -> str:
    return f"{describe(value.set)}{_when(value.when)}{_because(value.because)}"


@describe.register
def _(value: Target) -> str:
    parts = [(key, getattr(value, key)) for key in ("key", "team", "tags", "policy", "model")]
    return "".join(f" of {key} {listed(words)}" for key, words in parts if words is not None)


@describe.register
def _(value: Relief) -> str:
    if value.denies or value.warns:
        return "deny" if value.denies else "warn"
    parts = (("band", value.band), ("models", value.models), ("otherwise", value.otherwise))
    return "; ".join(f"{key} {describe(said)}" for key, said in parts if said is not None)


@describe.register
def _(value: Budget) -> str:
    each = f" for each {value.each}" if value.each else ""
    # Of a step the whole is told: a part of it need not be a number that may be written.
    step = f"{percent(value.at)} of " if value.shared else ""
    over = f", rolls over up to {most}" if (most := rolls_over(value)) else ""
    limit = f"{step}{amount(value)} per {value.per}{describe(value.of)}{each}{raised(value)}{over}"
    return f"{limit}, then {describe(value.then)}{_because(value.because)}"


@describe.register
def _(value: Given) -> str:
    ordinary = Given()
    said = {field.name: getattr(value, field.name) for field in fields(value)}
    parts = [f"{key} {_fact(key, fact)}" for key, fact in said.items() if fact != getattr(ordinary, key)]
    return ", ".join(parts)


@describe.register
def _(value: Ramp) -> str:
    return f"{describe(value.share)} of {_way(value)}"


def _way(ramp: Ramp) -> str:
    unit = "" if ramp.unit == "conversation" else f" by {ramp.unit}"
    held = f"{ramp.original} to {ramp.substitute}, holdback {describe(ramp.holdback)}{unit}"
    return f"{held}{_when(ramp.when)}{_because(ramp.because)}"


@describe.register
def _(value: RampPlan) -> str:
    parts = [
        _way(value.ramp),
        f"steps {', '.join(map(describe, value.steps))}",
        describe(value.standard),
        *(f"{task} {describe(value.tasks[task])}" for task in sorted(value.tasks)),
        describe(value.shadow),
        describe(value.guardrails),
        describe(value.caps),
        describe(value.schedule) if value.schedule else "",
        f"ends after {describe(value.most_pairs)} pairs" if value.most_pairs else "",
        f"{value.approvals} to approve, watch over {describe(value.watch_pairs)} pairs",
    ]
    return "; ".join(filter(None, parts))


@describe.register
def _(value: VersionAlias) -> str:
    on = "" if value.tasks == WORDED else f" on {', '.join(value.tasks)}"
    promise = (
        f"{' to '.join(value.versions)}{on}, never worse by {describe(value.margin)}, alpha {describe(value.alpha)}"
    )
    plan = (
        f"; {describe(replace(value.upgrade, ramp=replace(value.upgrade.ramp, because='')))}" if value.upgrade else ""
    )
    return f"{promise}{_because(value.because)}{plan}"


@describe.register
def _(value: Step) -> str:
    return f"{describe(value.share)} after {describe(value.after_s)} s and {describe(value.pairs)} pairs"


@describe.register
def _(value: Standard) -> str:
    return f"margin {describe(value.margin)} alpha {describe(value.alpha)}"


@describe.register
def _(value: Shadowing) -> str:
    return f"{describe(value.sample)} in pairs, {describe(value.judge)}, for {usd(value.budget)} USD a day"


@describe.register
def _(value: Judging) -> str:
    settings = f" with {dict(sorted(value.settings.items()))}" if value.settings else ""
    own = " of the own family" if value.own_family else ""
    return f"judged by {' '.join(filter(None, (value.kind, value.name)))}{settings}{own}"


@describe.register
def _(value: Guardrails) -> str:
    slow = "" if value.slow_ms is None else f", later than {describe(value.slow_ms)} ms by {describe(value.slow)}"
    return f"errors by {describe(value.errors)}{slow}"


@describe.register
def _(value: Caps) -> str:
    parts = [f"{owner} at most {describe(value.owner_share[owner])}" for owner in sorted(value.owner_share)]
    if value.shifted_a_day is not None:
        parts.append(f"at most {usd(value.shifted_a_day)} USD a day moved")
    if (promised := value.commitment) is not None:
        parts.append(f"{promised.owner} at least {usd(promised.spend)} USD per {promised.per}")
    return ", ".join(parts)


@describe.register
def _(value: Schedule) -> str:
    days = ", ".join(DAYS[day] for day in value.days)
    return f"steps on {days} {clock(value.start)}-{clock(value.end)} {value.timezone}"


@describe.register
def _(value: Deployment) -> str:
    where = ", ".join(filter(None, (value.region, value.cloud, value.gpu)))
    room = value.capacity
    limits = (("requests", room.requests_per_minute), ("tokens", room.tokens_per_minute))
    parts = [f"{describe(most)} {what} a minute" for what, most in limits if most is not None]
    parts += [f"{describe(room.in_flight)} in flight"] if room.in_flight is not None else []
    parts += [f"weight {describe(value.weight)}"] if value.weight is not None else []
    return f"{value.model} at {value.provider}" + (f" ({where})" if where else "") + "".join(f", {p}" for p in parts)


@describe.register
def _(value: Resilience) -> str:
    breaking, retrying = value.breaking, value.retrying
    hedged = (
        "" if value.hedge_s is None else f"; hedged after {describe(value.hedge_s)} s, at most {describe(value.hedged)}"
    )
    return (
        f"ejected after {breaking.failures} failures or half of {breaking.fewest} in {describe(breaking.window_s)} s, "
        f"for {describe(breaking.cool_s)} to {describe(breaking.longest_s)} s; "
        f"retried for {describe(retrying.budget)} after "
        f"{describe(retrying.pause_s)} to {describe(retrying.longest_pause_s)} s{hedged}"
    )


@describe.register
def _(value: Price) -> str:
    return f"{described_rates(value)} since {describe(value.since)}"


def described_rates(value: Price | TokenRates) -> str:
    """What tokens cost; a price of what is written to a cache is there where it is stated."""
    rates = f"{describe(value.input)} in, {describe(value.output)} out, {describe(value.cached_input)} cached"
    short = "" if value.cache_write_5m is None else f", {describe(value.cache_write_5m)} written for 5 minutes"
    return rates + short + ("" if value.cache_write_1h is None else f", {describe(value.cache_write_1h)} for an hour")


@describe.register
def _(value: Tokenizer) -> str:
    return f"{value.encoding}{'' if value.exact else ' (estimated)'}: {describe(value.relative)}"


@describe.register
def _(value: Model) -> str:
    return f"{value.name} of {value.owner}"


@describe.register
def _(value: Policy) -> str:
    counts = [(len(value.guards), "guard"), (len(value.rules), "rule"), (len(value.budgets), "budget")]
    parts = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count]
    return ", ".join([f"band {describe(value.band)}", *parts]) + _because(value.because)


def _fact(key: str, value: Any) -> str:
    if key in _DATES:
        return isoday(value)
    return clock(value) if key in _TIMES else repr(value) if key == "text" else describe(value)


def listed(words: Iterable[str], joint: str = " or ") -> str:
    """Words in the order of the alphabet, for their order means nothing; quoted where they are more than a word."""
    return joint.join(sorted(word if _PLAIN.fullmatch(word) else repr(word) for word in words))


def _end(sign: str, value: float, nothing: float) -> str:
    """One end of an interval; of `>= 1.5000000000000002` and `> 1.5`, which mean the same, the shorter."""
    if value == nothing:
        return ""
    outside = math.nextafter(value, nothing)
    if len(repr(outside)) < len(repr(value)):
        return f"{sign} {describe(outside)}"
    return f"{sign}= {describe(float(value))}"


def _when(when: Condition) -> str:
    return f" when {describe(when)}" if when.tests else ""


def _because(because: str) -> str:
    return f" ({because})" if because else ""
