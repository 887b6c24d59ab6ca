"""The decision: one pure function that the server, the command line, replays, benchmarks and tests all call.

Invariant: the same arguments give the same decision; the chosen model is always eligible; consent is never broken.
"""

from dataclasses import replace

from router.decision.budgets import NOTHING, Acting, acting
from router.decision.candidates import (
    UNGUARDED,
    Bars,
    Contender,
    Guarded,
    consents,
    expected_input,
    expected_output,
    guarded,
    of_the_kind,
    shortlist,
    withheld,
)
from router.decision.conditions import Facts, effective, facts_of
from router.decision.counts.measured import spared
from router.decision.embedding_model import elsewhere
from router.decision.fallback import chain
from router.decision.names.successors import succeeded
from router.decision.names.version_names import alias_of, tried_last
from router.decision.parameters.set_parameters import effort_for, limited
from router.decision.ramp_split import arm, matching, unit_of
from router.decision.scoring import predict, rank
from router.errors import BudgetExceeded, ContextExceeded, NoCandidate, Overflow, RouterError
from router.types import (
    EXCLUSIONS,
    KINDS,
    Ask,
    Candidate,
    Config,
    Decision,
    Disclosure,
    Fallback,
    Features,
    Model,
    Moved,
    Policy,
    Reason,
    Situation,
)


def decide(features: Features, ask: Ask, situation: Situation, config: Config) -> Decision:
    """Choose a model for a request.

    Raises NoCandidate, with every exclusion, where none is left, and BudgetExceeded where it was a budget that left
    none.
    """
    asked = ask
    ask = succeeded(ask, features.needs, situation, config)
    facts = facts_of(features, ask, situation)
    base = config.policies[ask.policy]
    policy, rules = effective(base, facts)
    guards = guarded(policy, facts, config.models) if policy.guards else UNGUARDED
    spent = _spent(policy, ask, situation, config)
    policy = policy if spent.band is None else replace(policy, band=max(policy.band, spent.band))
    policy = spent.substituted(policy, base)
    asked_effort, asked_limit, features = features.effort, features.output_limit, limited(features, policy)
    contenders, ranked = _choose(features, ask, policy, config, situation, spent, guards)
    if not _answered(ranked):
        raise _nothing_left(ask, ranked, features, config)
    ranked, reason = _honour(ask, ranked)
    reason = "successor" if ask is not asked and reason == "asked" else reason
    baseline = ranked[0].model
    ranked, moved = _move(ranked, ask, facts, config)
    if ranked[0].model != baseline:
        reason = "ramp"
    elif situation.warm and moved is None and reason not in ("asked", "successor"):
        warm = predict(contenders, features, policy, config, situation, situation.cached, ask.model)
        warm = spared(warm, policy, situation, config)
        ranked, reason = _stay(ranked, _ranked(warm, policy, guards), reason, ask, config)
    return Decision(
        asked=ask.asked,
        policy=ask.policy,
        consent=ask.consent,
        baseline=baseline,
        chosen=ranked[0].model,
        reason=reason,
        ramp=moved,
        band=policy.band,
        optimize=policy.optimize,
        rules=rules,
        candidates=ranked,
        fallbacks=_fallbacks(ranked, ask, baseline, policy.fallback, features.task, config),
        revision=config.revision,
        guards=guards.names,
        budgets=spent.names,
        disclosure=_disclosure(ask, policy),
        charge=policy.charge,
        effort=effort_for(asked_effort, policy.effort) if KINDS.isdisjoint(features.needs) else None,
        max_output=features.output_limit if features.output_limit != asked_limit else 0,
    )


def _choose(
    features: Features, ask: Ask, policy: Policy, config: Config, situation: Situation, spent: Acting, guards: Guarded
) -> tuple[list[Contender], tuple[Candidate, ...]]:
    """The models, best first; where the budgets leave nobody, once more without those that give way."""

    def choose(budgeted: Bars) -> tuple[list[Contender], tuple[Candidate, ...]]:
        bars = _bars(features, ask, config, budgeted, guards.bars)
        contenders = shortlist(features, ask, policy, config, situation, bars)
        predicted = predict(contenders, features, policy, config, situation, named=ask.model)
        return contenders, _ranked(spared(predicted, policy, situation, config), policy, guards)

    chosen = choose(spent.bars)
    return chosen if spent.lasting == spent.bars or _answered(chosen[1]) else choose(spent.lasting)


def _answered(ranked: tuple[Candidate, ...]) -> bool:
    return bool(ranked) and not ranked[0].excluded


def _ranked(candidates: list[Candidate], policy: Policy, guards: Guarded) -> tuple[Candidate, ...]:
    if guards.away_from:
        candidates = [c._replace(away_from=guards.away_from.get(c.model, ())) for c in candidates]
    return rank(candidates, policy)


def _spent(policy: Policy, ask: Ask, situation: Situation, config: Config) -> Acting:
    if not situation.spent or not policy.budgets:
        return NOTHING
    return acting(policy, ask, situation, config.models)


def _bars(features: Features, ask: Ask, config: Config, spent: Bars, guards: Bars) -> Bars:
    """What keeps models out, whatever they can do: of several the guard is named, then the key, then the budget."""
    bars = guards
    if ask.permit is not None or spent:
        bars = {**spent, **withheld(ask, config.models, alias_of(ask.asked, config)), **guards}
    return {**elsewhere(features, ask, config), **bars} if "embeddings" in features.needs else bars


def _disclosure(ask: Ask, policy: Policy) -> Disclosure:
    """The key's, else the policy's; who consents to one model alone is told which one it was."""
    disclosure = (ask.permit.disclosure if ask.permit else None) or policy.disclosure
    return "receipt" if disclosure == "silent" and ask.consent == "exact" else disclosure


def _honour(ask: Ask, ranked: tuple[Candidate, ...]) -> tuple[tuple[Candidate, ...], Reason]:
    """Put the model that was asked for first, where it is eligible."""
    if ask.model is None:
        return ranked, "policy"
    asked = next((c for c in ranked if c.model == ask.model), None)
    if asked is None or asked.excluded:
        return ranked, "asked_unavailable"
    others = (c if c.excluded else c.coded("not_asked") for c in ranked if c.model != ask.model)
    return (asked.coded("chosen"), *others), "asked"


def _move(
    ranked: tuple[Candidate, ...], ask: Ask, facts: Facts, config: Config
) -> tuple[tuple[Candidate, ...], Moved | None]:
    """Let the first matching ramp move this unit, if its substitute is eligible and consented to."""
    baseline = ranked[0]
    alias = alias_of(ask.asked, config)
    ramp = matching(config.ramps, baseline.model, facts, alias.name if alias else "")
    if ramp is None:
        return ranked, None
    substitute = next((c for c in ranked if c.model == ramp.substitute and not c.excluded), None)
    if substitute is None or not _consented(ask, baseline.model, substitute.model, config):
        return ranked, None
    moved = arm(ramp, unit_of(ramp, ask.unit, ask.caller.key))
    if moved.arm != "moved":
        return ranked, moved
    others = (c for c in ranked[1:] if c is not substitute)
    return (substitute.coded("chosen"), baseline.coded("moved_away"), *others), moved


def _stay(
    ranked: tuple[Candidate, ...], warm: tuple[Candidate, ...], reason: Reason, ask: Ask, config: Config
) -> tuple[tuple[Candidate, ...], Reason]:
    """Keep a conversation where what is cached of it is worth more than the policy's choice, if that is consented to.

    Where a ramp has a say nothing stays: whom it moves, and whom it holds back for comparison, is its own to decide.
    """
    baseline, kept = ranked[0].model, warm[0].model
    if kept == baseline or not _consented(ask, baseline, kept, config):
        return ranked, reason
    return warm, "affinity"


def _fallbacks(
    ranked: tuple[Candidate, ...], ask: Ask, baseline: str, fallback: Fallback | None, task: str, config: Config
) -> tuple[str, ...]:
    models = tuple([c.model for c in ranked[1:] if c.code not in EXCLUSIONS])
    if ask.consent != "any":
        models = tuple([model for model in models if _consented(ask, baseline, model, config)])
    if (alias := alias_of(ask.asked, config)) is not None:
        models = tried_last(models, alias, task, config.ramps)
    return models if fallback is None else chain(ranked[0].model, models, fallback, config)


def _consented(ask: Ask, baseline: str, other: str, config: Config) -> bool:
    """Consent is about the model that was named, or, where a policy was named, about the policy's own choice."""
    if ask.consent == "any":
        return True
    return consents(ask.consent, _model(config, ask.model or baseline), _model(config, other))


def _model(config: Config, model: str) -> Model:
    return next(row for row in config.models if row.id == model)


def _nothing_left(ask: Ask, ranked: tuple[Candidate, ...], features: Features, config: Config) -> RouterError:
    whom = f"No model may answer {ask.asked!r} under policy {ask.policy!r} with consent {ask.consent!r}. "
    full = whom + _listed([(c.model, c.code, c.detail) for c in ranked])
    sentence = whom + _listed([(c.model, c.code, c.public_detail) for c in ranked])
    kin = [model.id for model in config.models if of_the_kind(features.needs, model.capabilities)]
    if any(candidate.code == "budget" and candidate.model in kin for candidate in ranked):
        left = any(candidate.code == "no_consent" for candidate in ranked)
        advice = ". The budgets that are used up leave other models: consent to them to be answered" if left else ""
        return BudgetExceeded(sentence + advice, candidates=ranked, full=full + advice)
    too_long = [model for model in config.models if _is_too_long(model.id, ranked)]
    if too_long and all(candidate.code != "unhealthy" for candidate in ranked):
        largest = max(too_long, key=lambda model: model.context)
        overflow = _overflow(largest, features, config)
        return ContextExceeded(overflow, f"{sentence}. ({ContextExceeded.code})", largest.id, features, ranked)
    other = _of_another_kind(ask, features, kin, ranked)
    return NoCandidate(other or sentence, ranked, other or full)


def _listed(excluded: list[tuple[str, str, str]]) -> str:
    return "; ".join(f"{model}: {code}" + (f" ({detail})" if detail else "") for model, code, detail in excluded)


def _is_too_long(model: str, ranked: tuple[Candidate, ...]) -> bool:
    """Whether a model may answer, but for the length of the request."""
    return any(candidate.model == model and candidate.code == "context" for candidate in ranked)


def _overflow(largest: Model, features: Features, config: Config) -> Overflow:
    """By how much a request is too long for the model that holds most of those that may answer."""
    taken = expected_input(largest, features, config)
    given = min(features.output_limit, largest.max_output) or expected_output(largest, features)
    return Overflow(largest.context, taken, given)


def _of_another_kind(ask: Ask, features: Features, kin: list[str], ranked: tuple[Candidate, ...]) -> str:
    """What to say where none answers in vectors, say, or a model was named that never does; else nothing."""
    wanted = "vectors" if "embeddings" in features.needs else "speech" if "speech" in features.needs else "words"
    if not kin:
        return f"No model here answers in {wanted}."
    if ask.model in kin or all(candidate.model != ask.model for candidate in ranked):
        return ""
    return f"{ask.model!r} does not answer in {wanted}. Those that do: {', '.join(kin)}; or name a policy."
