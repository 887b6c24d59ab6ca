"""The decision: one pure function that the server, the command line, replays, benchmarks and tests all call.

Invariant: the same arguments give the same decision; the chosen model is always eligible; consent is never broken.
"""

from router.candidates import consents, shortlist
from router.conditions import effective
from router.errors import NoCandidate
from router.ramps import arm, matching
from router.scoring import predict, rank
from router.types import Ask, Candidate, Config, Decision, Features, Model, Moved, Reason, Situation


def decide(features: Features, ask: Ask, situation: Situation, config: Config) -> Decision:
    """Choose a model for a request; raises NoCandidate, with every exclusion, where none is left."""
    policy, rules = effective(config.policies[ask.policy], features)
    contenders = shortlist(features, ask, policy, config, situation)
    ranked = rank(predict(contenders, features, policy, config, situation), policy)
    if not ranked or ranked[0].excluded:
        raise NoCandidate(_nothing_left(ask, ranked), ranked)
    ranked, reason = _honour(ask, ranked)
    baseline = ranked[0].model
    ranked, moved = _move(ranked, ask, features, config)
    if ranked[0].model != baseline:
        reason = "ramp"
    return Decision(
        ask.asked,
        ask.policy,
        ask.consent,
        baseline,
        ranked[0].model,
        reason,
        moved,
        policy.band,
        policy.optimize,
        rules,
        ranked,
        _fallbacks(ranked, ask, baseline, config),
        config.revision,
    )


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
    ranked: tuple[Candidate, ...], ask: Ask, features: Features, config: Config
) -> tuple[tuple[Candidate, ...], Moved | None]:
    """Let the first matching ramp move this unit, if its substitute is eligible and consented to."""
    baseline = ranked[0]
    ramp = matching(config.ramps, baseline.model, features)
    if ramp is None:
        return ranked, None
    substitute = next((c for c in ranked if c.model == ramp.substitute and not c.excluded), None)
    if substitute is None or not _consented(ask, baseline.model, substitute.model, config):
        return ranked, None
    moved = arm(ramp, ask.unit)
    if moved.arm != "moved":
        return ranked, moved
    others = (c for c in ranked[1:] if c is not substitute)
    return (substitute.coded("chosen"), baseline.coded("moved_away"), *others), moved


def _fallbacks(ranked: tuple[Candidate, ...], ask: Ask, baseline: str, config: Config) -> tuple[str, ...]:
    return tuple(c.model for c in ranked[1:] if not c.excluded and _consented(ask, baseline, c.model, config))


def _consented(ask: Ask, baseline: str, other: str, config: Config) -> bool:
    """Consent is about the model that was named, or, where a policy was named, about the policy's own choice."""
    if ask.consent == "any":
        return True
    return consents(ask.consent, _model(config, ask.model or baseline), _model(config, other))


def _model(config: Config, model: str) -> Model:
    return next(row for row in config.models if row.id == model)


def _nothing_left(ask: Ask, ranked: tuple[Candidate, ...]) -> str:
    why = "; ".join(f"{c.model}: {c.code}" + (f" ({c.detail})" if c.detail else "") for c in ranked)
    return f"No model may answer {ask.asked!r} under policy {ask.policy!r} with consent {ask.consent!r}. {why}"
