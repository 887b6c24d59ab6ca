"""Which models may answer at all, and what keeps each of the others out.

Invariant: every model of the catalog comes out exactly once, in the catalog's order; the first exclusion that
applies is the one that is named.
"""

from math import ceil, exp

from router.money import ZERO, cost, price_on
from router.types import Ask, Candidate, Config, Consent, Exclusion, Features, Model, Policy, Price, Situation

Verdict = tuple[Exclusion, str] | None


def consents(consent: Consent, named: Model, other: Model) -> bool:
    """Whether a client that named one model accepts another in its place."""
    if consent == "any" or other.id == named.id:
        return True
    if consent == "owner":
        return other.owner == named.owner
    return consent == "family" and other.family == named.family and other.owner == named.owner


def shortlist(
    features: Features, ask: Ask, policy: Policy, config: Config, situation: Situation
) -> tuple[Candidate, ...]:
    """Every model with its predicted quality, cost and latency; the code is `chosen` while it is still eligible."""
    named = next((model for model in config.models if model.id == ask.model), None)
    return tuple(_candidate(model, named, features, ask, policy, config, situation) for model in config.models)


def _candidate(
    model: Model,
    named: Model | None,
    features: Features,
    ask: Ask,
    policy: Policy,
    config: Config,
    situation: Situation,
) -> Candidate:
    price = price_on(config.prices.get(model.id, ()), situation.day)
    ability = model.abilities.values.get(features.task)
    quality = sigmoid(ability - features.difficulty) if ability is not None else 0.0
    tokens = input_tokens(model, features, config)
    output = output_tokens(model, features)
    exclusion = (
        _barred(model, named, ask, policy)
        or _incapable(model, features, tokens, output)
        or _unusable(model, ability, price, situation)
        or _poor(quality, policy.floors.get(features.task, 0.0))
    )
    code, detail = exclusion or ("chosen", "")
    return Candidate(
        model.id,
        model.owner,
        model.family,
        code,
        quality,
        cost(price, tokens, output * features.choices) if price else ZERO,
        model.speed.first_token_ms + 1000 * output / model.speed.tokens_per_second,
        policy.prefer is not None and model.id in policy.prefer,
        detail,
    )


def _barred(model: Model, named: Model | None, ask: Ask, policy: Policy) -> Verdict:
    if policy.models is not None and model.id not in policy.models:
        return "not_allowed", ""
    if named is not None and not consents(ask.consent, named, model):
        return "no_consent", ""
    return None


def _incapable(model: Model, features: Features, tokens: int, output: int) -> Verdict:
    if features.needs and (missing := set(features.needs) - set(model.capabilities)):
        return "capability", ", ".join(sorted(missing))
    room = tokens + (min(features.output_limit, model.max_output) or output)
    if room > model.context:
        return "context", f"{room:,} of {model.context:,} tokens"
    return None


def _unusable(model: Model, ability: float | None, price: Price | None, situation: Situation) -> Verdict:
    if model.id in situation.unhealthy:
        return "unhealthy", ""
    if ability is None:
        return "no_ability", ""
    return ("no_price", "") if price is None else None


def _poor(quality: float, floor: float) -> Verdict:
    return ("below_floor", f"floor {floor:g}") if quality < floor else None


def sigmoid(x: float) -> float:
    """The logistic function, 1/(1 + e^-x): the one-parameter model of item-response theory (Rasch, 1960)."""
    return 1 / (1 + exp(-x)) if x >= 0 else (e := exp(x)) / (1 + e)


def input_tokens(model: Model, features: Features, config: Config) -> int:
    """The request's tokens as this model's tokenizer is expected to count them, rounded up."""
    relative = config.tokenizers[model.tokenizer].relative
    factor = relative.get(features.language, relative.get("other", 1.0))
    return features.input_tokens if factor == 1.0 else ceil(features.input_tokens * factor)


def output_tokens(model: Model, features: Features) -> int:
    """The tokens that one answer of this model is expected to take."""
    return min(ceil(features.output_tokens * model.verbosity), features.output_limit or model.max_output)
