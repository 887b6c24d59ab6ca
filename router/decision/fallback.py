"""What to try next: the rule of fallback, in one place.

Invariant: a deployment is tried once, and once again only where nothing else is left; after the first byte there is
no fallback; a model outside `fallbacks` is never tried, so consent holds in failures too.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from router.decision.placement import Placement
from router.decision.scoring import places
from router.types import Attempt, Config, Decision, Deployment, Fallback, Offer, Outcome
from router.types.records.quick_records import quick

# What the next model may well survive. A request that one backend rejects or filters is not shopped around.
# A model that a budget doesn't let be called was never tried, but the next may be cheaper or on another account.
RETRYABLE: frozenset[Outcome] = frozenset({"timeout", "rate_limited", "unavailable", "budget"})
# What the same deployment may do better a moment later.
PASSING: frozenset[Outcome] = frozenset({"rate_limited", "unavailable"})
MOST_ATTEMPTS = 4
Place = Callable[[str, Collection[str]], Placement]
"""Offers a request to the deployments of a model, but for those that were tried."""


@quick
@dataclass(frozen=True, slots=True)
class Try:
    """Call this model at this deployment; `again` says that it failed a moment ago. `offers` led here, in order."""

    model: str
    deployment: str
    again: bool = False
    offers: tuple[Offer, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Stop:
    """Give up, for this outcome."""

    outcome: Outcome
    offers: tuple[Offer, ...] = ()


def chain(chosen: str, models: Sequence[str], fallback: Fallback, config: Config) -> tuple[str, ...]:
    """Of the models that may be tried after `chosen`, those of a policy's chain, in its order."""
    rows = {model.id: model for model in config.models}
    if fallback.order is not None:
        place = places(fallback.order)
        models = sorted([model for model in models if model in place], key=place.__getitem__)
    if fallback.apart is None:
        return tuple(models)
    kept: dict[str, str] = {getattr(rows[chosen], fallback.apart): chosen}
    for model in models:
        kept.setdefault(getattr(rows[model], fallback.apart), model)
    return tuple(kept.values())[1:]


def one_place(model: str, tried: Collection[str]) -> Placement:
    """Where every model is at one place, which has its name."""
    return Placement(None if tried else Deployment(model, model, ""), ())


def next_step(
    decision: Decision, attempts: Sequence[Attempt], place: Place = one_place, *, may_repeat: bool = False
) -> Try | Stop:
    """What to call next, or the end.

    The same model elsewhere goes before the next model; what is ejected comes after all others, so that ejection never
    empties the pool; the deployment that failed last, once more, comes at the very end.
    """
    last = attempts[-1] if attempts else None
    if last is not None and (last.outcome not in RETRYABLE or len(attempts) >= MOST_ATTEMPTS):
        return Stop(last.outcome)
    offers: list[Offer] = []
    last_resort: Try | None = None
    for model in (decision.chosen, *decision.fallbacks):
        before = [attempt for attempt in attempts if attempt.model == model]
        # Wherever it is, it costs the same.
        if any(attempt.outcome == "budget" for attempt in before):
            continue
        placed = place(model, {attempt.deployment for attempt in before})
        offers.extend(placed.offers)
        if placed.deployment is not None:
            return Try(model, placed.deployment.name, offers=tuple(offers))
        if placed.last_resort is not None and last_resort is None:
            last_resort = Try(model, placed.last_resort.name)
    if last_resort is not None:
        return replace(last_resort, offers=(*offers, Offer(last_resort.deployment, "taken")))
    return _at_the_end(attempts, tuple(offers), may_repeat=may_repeat)


def _at_the_end(attempts: Sequence[Attempt], offers: tuple[Offer, ...], *, may_repeat: bool) -> Try | Stop:
    """Nothing else is left to call."""
    if not attempts:
        return Stop("rate_limited" if any(offer.answer == "full" for offer in offers) else "unavailable", offers)
    last = attempts[-1]
    repeated = len({attempt.deployment for attempt in attempts}) < len(attempts)
    if may_repeat and last.outcome in PASSING and not repeated:
        return Try(last.model, last.deployment, again=True, offers=offers)
    return Stop(last.outcome, offers)
