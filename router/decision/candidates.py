"""Which models may answer at all, and what keeps each of the others out.

Invariant: every model that answers in the kind that is asked for, in words, vectors or speech, comes out exactly once,
in the catalog's order, and one that is named in any case; the first exclusion that applies is the one that is told,
and guards come first of all.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, exp, floor
from typing import NamedTuple

from router.decision.conditions import Facts, holds
from router.money import Rates, rates
from router.types import (
    KINDS,
    MINUTES_A_DAY,
    Ask,
    Capability,
    Config,
    Consent,
    Exclusion,
    Features,
    Model,
    Permit,
    Policy,
    Price,
    Situation,
    Task,
    VersionAlias,
)
from router.types.config import WorkedOut

Bars = Mapping[str, tuple[Exclusion, str]]
Verdict = tuple[Exclusion, str] | None
NO_BARS: Bars = {}
# The traits of a text lengthen an answer by no more than this, as a logarithm.
MOST_LONGER = 3.0


Scored = tuple[Model, str, str, str, bool, float | None, Price | None, Rates | None, float, float]
"""What a model is scored by, for a kind of work and what it needs, in the order of `_scored`."""
Prepared = tuple[Model, float, float, int, int, bool, bool, Scored]
"""What no request of a kind of work, its needs and its language changes of a model, in the order of `_prepared`.

Plain tuples, which loops take apart in half the time of named ones.
"""
Rows = tuple[Prepared, ...]
Contender = tuple[Scored, int, int, Exclusion | None, str]
"""A model on the list: the tokens it is expected to take and to give, and the exclusion that keeps it out, if any."""
# Fewer than all tasks in all languages: rows of hundreds of models take memory.
_PREPARED: WorkedOut[tuple[tuple[Capability, ...], Task, str], tuple[Rows, Rows]] = WorkedOut(256)


def consents(consent: Consent, named: Model, other: Model) -> bool:
    """Whether a client that named one model accepts another in its place."""
    if consent == "any" or other.id == named.id:
        return True
    if consent == "owner":
        return other.owner == named.owner
    return consent == "family" and other.family == named.family and other.owner == named.owner


def permits(permit: Permit | None, model: str) -> bool:
    """Whether the caller's key may use a model."""
    return permit is None or permit.models is None or model in permit.models


def withheld(ask: Ask, models: Sequence[Model], alias: VersionAlias | None = None) -> Bars:
    """The models that the caller's key may not use, that the request itself leaves out, or that its alias keeps out."""
    own = f"key {ask.caller.key}" if ask.caller.key else "routing_config"
    barred: tuple[Exclusion, str] = ("not_allowed", f"alias {alias.name}" if alias else own)
    return {model.id: barred for model in models if not permits(ask.permit, model.id)}


def in_words(model: Model) -> bool:
    """Whether a model answers in words, as most do, and not in vectors or in sound."""
    return KINDS.isdisjoint(model.capabilities)


@lru_cache(maxsize=4096)
def of_the_kind(needs: tuple[Capability, ...], capabilities: tuple[Capability, ...]) -> bool:
    """Whether a model with these capabilities answers such requests at all: in words, in vectors or in speech."""
    return KINDS.intersection(needs) == KINDS.intersection(capabilities)


@lru_cache(maxsize=4096)
def unable(needs: tuple[Capability, ...], capabilities: tuple[Capability, ...]) -> str:
    """What a model with these capabilities lacks for such a request, or does instead of it; empty if it is able."""
    missing = set(needs).difference(capabilities)
    instead = KINDS.intersection(capabilities).difference(needs)
    return ", ".join([*sorted(missing), *(f"{kind} only" for kind in sorted(instead))])


def prepared(config: Config, needs: tuple[Capability, ...], task: Task, language: str) -> tuple[Rows, Rows]:
    """Every model as it stands for such requests, and those of the kind, worked out once for each configuration."""
    known, kind = _PREPARED.of(config), (needs, task, language)
    if (rows := known.get(kind)) is None:
        every = tuple([_prepared(model, config, needs, task, language) for model in config.models])
        kin = tuple([row for row in every if of_the_kind(needs, row[0].capabilities)])
        rows = known[kind] = every, kin
    return rows


def _prepared(model: Model, config: Config, needs: tuple[Capability, ...], task: Task, language: str) -> Prepared:
    able = task in model.abilities.values and model.retires is None and not unable(needs, model.capabilities)
    return (
        model,
        # So many tokens its tokenizer makes of one of the reference.
        _factor(model, config, language),
        verbosity(model, ()),
        model.max_output,
        model.context,
        # Whether it answers in the kind that is asked for; and does what is needed, is rated, and never retires.
        of_the_kind(needs, model.capabilities),
        able,
        _scored(model, config, needs, task),
    )


def _scored(model: Model, config: Config, needs: tuple[Capability, ...], task: Task) -> Scored:
    dated = config.prices.get(model.id, ())
    return (
        model,
        model.id,
        model.owner,
        model.family,
        of_the_kind(needs, model.capabilities),
        model.abilities.values.get(task),
        # The last price, and as whole numbers; None where it has none, or one of too many digits.
        dated[-1] if dated else None,
        rates(dated[-1]) if dated else None,
        model.speed.first_token_ms,
        model.speed.tokens_per_second,
    )


def shortlist(
    features: Features, ask: Ask, policy: Policy, config: Config, situation: Situation, bars: Bars = NO_BARS
) -> list[Contender]:
    """Every model of the kind, eligible or excluded with a code; `bars` are those of guards, key and budgets."""
    named = next((model for model in config.models if model.id == ask.model), None) if ask.model else None
    # This runs for every model of every decision: most have nothing against them, and need no call of their own.
    limit, expected, traits = features.output_limit, features.output_tokens, features.traits
    free = not bars and named is None and policy.models is None and not situation.unhealthy
    tokens = features.input_tokens
    contenders: list[Contender] = []
    every, kin = prepared(config, features.needs, features.task, features.language)
    for model, factor, longer, largest, context, is_kin, able, scored in kin if named is None else every:
        if not is_kin and model is not named:
            continue
        # As `expected_input` does.
        taken = tokens if factor == 1.0 else ceil(tokens * factor)
        most = limit if 0 < limit < largest else largest
        # As `expected_output` does, which a text with traits needs.
        if traits and model.lengths is not None:
            given = expected_output(model, features)
        elif (given := ceil(expected * longer)) > most:
            given = most
        if free and able and taken + (most if limit else given) <= context:
            contenders.append((scored, taken, given, None, ""))
            continue
        verdict = _verdict(model, named, ask, policy, situation, bars) or _unfit(
            model, features, taken, given, situation
        )
        contenders.append((scored, taken, given, *(verdict or (None, ""))))
    return contenders


class Guarded(NamedTuple):
    """The guards that apply, by name; the models that they bar; and the regions that they leave out for others."""

    names: tuple[str, ...]
    bars: Bars
    away_from: Mapping[str, tuple[str, ...]]


UNGUARDED = Guarded((), NO_BARS, {})


def guarded(policy: Policy, facts: Facts, models: Sequence[Model]) -> Guarded:
    """What the guards do; what is unknown makes a guard apply, and several guards together may leave no region."""
    applied = [guard for guard in policy.guards if holds(guard.when, facts, unknown=True)]
    bars: dict[str, tuple[Exclusion, str]] = {}
    away: dict[str, tuple[str, ...]] = {}
    for guard in applied:
        if not guard.regions:
            for model in guard.never:
                bars.setdefault(model, ("guard", guard.name))
            continue
        for row in models:
            if row.id in guard.never:
                away[row.id] = left = tuple(dict.fromkeys((*away.get(row.id, ()), *guard.regions)))
                if not set(row.regions).difference(left):
                    bars.setdefault(row.id, ("guard", guard.name))
    return Guarded(tuple([guard.name for guard in applied]), bars, away)


def expected_input(model: Model, features: Features, config: Config) -> int:
    """The tokens that a model's own tokenizer will make of the request."""
    factor = _factor(model, config, features.language)
    return features.input_tokens if factor == 1.0 else ceil(features.input_tokens * factor)


def expected_cached(model: Model, tokens: int, taken: int, features: Features, config: Config) -> int:
    """Of the input, what a model has cached, where that is `tokens` in the reference encoding."""
    return min(taken, floor(tokens * _factor(model, config, features.language)))


def _factor(model: Model, config: Config, language: str) -> float:
    """How many tokens a model's tokenizer makes of one of the reference encoding."""
    relative = config.tokenizers[model.tokenizer].relative
    return relative.get(language) or relative.get("other", 1.0)


def verbosity(model: Model, traits: Sequence[float]) -> float:
    """How much longer than usual a model answers a text of these traits."""
    lengths = model.lengths
    if lengths is None:
        return model.verbosity
    if not lengths.loadings or not traits:
        return lengths.verbosity
    longer = 0.0
    for loading, trait in zip(lengths.loadings, traits, strict=False):
        # Not sum(), which rounds differently from one version of Python to the next.
        longer += loading * trait
    return lengths.verbosity * exp(max(-MOST_LONGER, min(MOST_LONGER, longer)))


def expected_output(model: Model, features: Features) -> int:
    """The tokens of each answer that is asked for, as many as the client and the model allow."""
    most = min(features.output_limit or model.max_output, model.max_output)
    given = ceil(features.output_tokens * verbosity(model, features.traits))
    return min(given, most)


def _verdict(model: Model, named: Model | None, ask: Ask, policy: Policy, situation: Situation, bars: Bars) -> Verdict:
    """What keeps a model out, whatever it can do."""
    verdict: Verdict = bars.get(model.id) if bars else None
    if model.retires is not None and verdict is None and model.is_retired(situation.moment // MINUTES_A_DAY):
        verdict = "retired", f"since {model.retires.isoformat()}"
    if verdict is None and (policy.models is not None or named is not None):
        verdict = _barred(model, named, ask, policy)
    return verdict


def _barred(model: Model, named: Model | None, ask: Ask, policy: Policy) -> Verdict:
    """What the policy or the client's consent forbids."""
    if policy.models is not None and model.id not in policy.models:
        return "not_allowed", ""
    if named is not None and not consents(ask.consent, named, model):
        return "no_consent", ""
    return None


def _unfit(model: Model, features: Features, taken: int, given: int, situation: Situation) -> Verdict:
    """What the model cannot do, or not now."""
    if lack := unable(features.needs, model.capabilities):
        return "capability", lack
    room = taken + (min(features.output_limit, model.max_output) or given)
    if room > model.context:
        return "context", f"{room:,} of {model.context:,} tokens"
    if model.id in situation.unhealthy:
        return "unhealthy", ""
    return None if features.task in model.abilities.values else ("no_ability", "")
