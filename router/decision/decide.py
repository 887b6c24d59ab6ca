"""The decision: one pure function that the server, the command line, replays, benchmarks and tests all call.

Invariant: the same arguments give the same decision; the chosen model is always eligible; consent is never broken.
"""

from dataclasses import replace

from router.decision.budgets import NOTHING, Acting, acting
from router.decision.candidates import UNGUARDED, Bars, Guarded, consents, guarded, of_the_kind, shortlist, withheld
from router.decision.conditions import Facts, effective, facts_of
from router.decision.embedding_model import elsewhere
from router.decision.ramp_split import arm, matching, unit_of
from router.decision.scoring import predict, rank
from router.errors import BudgetExceeded, NoCandidate, RouterError
from router.types import (
    Ask,
    Candidate,
    Config,
    Decision,
    Disclosure,
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
    facts = facts_of(features, ask, situation)
    policy, rules = effective(config.policies[ask.policy], facts)
    guards = guarded(policy, facts, config.models) if policy.guards else UNGUARDED
    spent = _spent(policy, ask, situation, config)
    policy = policy if spent.band is None else replace(policy, band=max(policy.band, spent.band))
    bars = _bars(ask, config, spent.bars, guards.bars)
    if "embeddings" in features.needs:
        bars = {**elsewhere(features, ask, config), **bars}
    contenders = shortlist(features, ask, policy, config, situation, bars)
    ranked = _ranked(predict(contenders, features, policy, config, situation), policy, guards)
    if not ranked or ranked[0].excluded:
        raise _nothing_left(ask, ranked, features, config)
    ranked, reason = _honour(ask, ranked)
    baseline = ranked[0].model
    ranked, moved = _move(ranked, ask, facts, config)
    if ranked[0].model != baseline:
        reason = "ramp"
    elif situation.warm and moved is None and reason != "asked":
        warm = predict(contenders, features, policy, config, situation, situation.cached)
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
        fallbacks=_fallbacks(ranked, ask, baseline, config),
        revision=config.revision,
        guards=guards.names,
        budgets=spent.names,
        disclosure=_disclosure(ask, policy),
        charge=policy.charge,
    )


def _ranked(candidates: list[Candidate], policy: Policy, guards: Guarded) -> tuple[Candidate, ...]:
    if guards.away_from:
        candidates = [c._replace(away_from=guards.away_from.get(c.model, ())) for c in candidates]
    return rank(candidates, policy)


def _spent(policy: Policy, ask: Ask, situation: Situation, config: Config) -> Acting:
    if not situation.spent or not policy.budgets:
        return NOTHING
    return acting(policy, ask, situation, tuple([model.id for model in config.models]))


def _bars(ask: Ask, config: Config, spent: Bars, guards: Bars) -> Bars:
    """What keeps models out, whatever they can do: of several the guard is named, then the key, then the budget."""
    if ask.permit is None and not spent:
        return guards
    return {**spent, **withheld(ask, config.models), **guards}


def _disclosure(ask: Ask, policy: Policy) -> Disclosure:
    """The key's, else the policy's; who consents to one model alone is told which one it was."""
    told = (ask.permit.disclosure if ask.permit else None) or policy.disclosure
    return "receipt" if told == "silent" and ask.consent == "exact" else told


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
    ramp = matching(config.ramps, baseline.model, facts)
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


def _fallbacks(ranked: tuple[Candidate, ...], ask: Ask, baseline: str, config: Config) -> tuple[str, ...]:
    return tuple(c.model for c in ranked[1:] if not c.excluded and _consented(ask, baseline, c.model, config))


def _consented(ask: Ask, baseline: str, other: str, config: Config) -> bool:
    """Consent is about the model that was named, or, where a policy was named, about the policy's own choice."""
    if ask.consent == "any":
        return True
    return consents(ask.consent, _model(config, ask.model or baseline), _model(config, other))


def _model(config: Config, model: str) -> Model:
    return next(row for row in config.models if row.id == model)


def _nothing_left(ask: Ask, ranked: tuple[Candidate, ...], features: Features, config: Config) -> RouterError:
    why = "; ".join(f"{c.model}: {c.code}" + (f" ({c.detail})" if c.detail else "") for c in ranked)
    sentence = f"No model may answer {ask.asked!r} under policy {ask.policy!r} with consent {ask.consent!r}. {why}"
    kin = [model.id for model in config.models if of_the_kind(features.needs, model.capabilities)]
    if any(candidate.code == "budget" and candidate.model in kin for candidate in ranked):
        return BudgetExceeded(sentence, candidates=ranked)
    return NoCandidate(_of_another_kind(ask, features, kin, ranked) or sentence, ranked)


def _of_another_kind(ask: Ask, features: Features, kin: list[str], ranked: tuple[Candidate, ...]) -> str:
    """What to say where none answers in vectors, say, or a model was named that never does; else nothing."""
    wanted = "vectors" if "embeddings" in features.needs else "speech" if "speech" in features.needs else "words"
    if not kin:
        return f"No model here answers in {wanted}."
    if ask.model in kin or all(candidate.model != ask.model for candidate in ranked):
        return ""
    return f"{ask.model!r} does not answer in {wanted}. Those that do: {', '.join(kin)}; or name a policy."
