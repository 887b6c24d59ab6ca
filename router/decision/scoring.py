"""Who wins: of the models within the band of the best predicted quality, the cheapest or the fastest.

Invariant: ties break by model id, never by chance; a narrower band never lowers predicted quality, and a wider one
never raises the cost (or the latency, where that is what the policy optimizes).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import exp
from operator import attrgetter

from router.decision.candidates import Contender, expected_cached
from router.money import MOST_TOKENS, ZERO, cost, price_on
from router.types import (
    HIGH_STAKES,
    SOBER_TASKS,
    Candidate,
    Code,
    Config,
    Exclusion,
    Features,
    Model,
    Policy,
    Price,
    PriceCap,
    Ranks,
    Situation,
)

# The ability of a model that has none for a task: no chance, on any difficulty that a reader may give.
UNABLE = -100.0
NOT_PREFERRED: Mapping[str, int] = {}
NOTHING_WARM: Mapping[str, int] = {}
# A named tuple of all its values in their order, without the Python of its own `__new__`.
_made = tuple.__new__
Key = tuple[bool, int, Decimal | float, str]
_COST, _LATENCY = attrgetter("cost"), attrgetter("latency_ms")
_DEARER: Mapping[str, Code] = {"cost": "dearer", "latency": "slower"}


@lru_cache(maxsize=1024)
def places(ranks: Ranks) -> Mapping[str, int]:
    """The rank of each model that is preferred, from 0; the first that it stands in counts."""
    return {model: place for place, models in reversed(list(enumerate(ranks))) for model in models}


def sigmoid(x: float) -> float:
    """The logistic function, 1/(1 + e^-x): the one-parameter model of item-response theory (Rasch, 1960)."""
    return 1 / (1 + exp(-x))


def sober_quality(model: Model) -> float:
    """The chance of a right answer to an ordinary question of law, security or medicine, the least of the three.

    Where stakes are high this is what counts: who writes in despair or haste is often read as small talk.
    """
    return sigmoid(min([model.abilities.values.get(task, UNABLE) for task in SOBER_TASKS]))


def predict(
    contenders: Sequence[Contender],
    features: Features,
    policy: Policy,
    config: Config,
    situation: Situation,
    warm: Mapping[str, int] = NOTHING_WARM,
    named: str | None = None,
) -> list[Candidate]:
    """Each contender with its predicted quality, cost and latency; the code is `chosen` while it may still win.

    Nothing is predicted of a model of another kind. `warm` is what models have cached, in tokens of the reference
    encoding. The floor for high stakes binds a policy, not the model that a client `named`.
    """
    sober = policy.floors.get(HIGH_STAKES, 0.0) if features.stakes == "high" else 0.0
    floor = policy.floors.get(features.task, 0.0)
    preferred = places(policy.prefer) if policy.prefer else NOT_PREFERRED
    bounded = bool(sober) or policy.max_price is not None or policy.max_cost is not None
    candidates: list[Candidate] = []
    difficulty, choices, day, traits = features.difficulty, features.choices, situation.day, features.traits
    # A tuple as it is: with keywords a candidate takes four times as long, and each request builds one for each model.
    for scored, taken, given, exclusion, detail in contenders:
        model, id_, owner, family, kin, ability, price, rates, first_ms, a_second = scored
        if exclusion and not kin:
            candidates.append(Candidate(id_, owner, family, exclusion, 0.0, ZERO, 0.0, False, detail))
            continue
        if price is not None and price.since > day:
            price, rates = price_on(config.prices[id_], day), None
        ability = UNABLE if ability is None else ability
        if traits:
            ability += sumprod(model.abilities.loadings, traits)
        quality, many = 1 / (1 + exp(difficulty - ability)), given * choices
        code: Code = "chosen"
        if exclusion or price is None or quality < floor or bounded:
            least = _missed_floor(model, quality, floor, 0.0 if id_ == named else sober)
            code, detail = _standing(policy, price, exclusion, detail, least, taken, many)
        if rates is not None and id_ not in warm and taken + many < MOST_TOKENS:
            # What `cost` gives, to the last digit.
            spent = (taken * rates[0] + many * rates[1]) * rates[2]
        else:
            cached = expected_cached(model, warm[id_], taken, features, config) if id_ in warm else 0
            spent = ZERO if price is None else cost(price, taken, many, cached)
        place, wanted = (preferred.get(id_, 0), id_ in preferred) if preferred else (0, False)
        late_ms = first_ms + 1000 * given / a_second
        whole = id_, owner, family, code, quality, spent, late_ms, wanted, detail, (), place
        candidates.append(_made(Candidate, whole))
    return candidates


def _standing(
    policy: Policy, price: Price | None, exclusion: Exclusion | None, detail: str, least: str, taken: int, many: int
) -> tuple[Code, str]:
    """Whether a model may win, and why not: by its price, by what excludes it, the floor that it missed, or a cap."""
    if price is None:
        return "no_price", ""
    if exclusion or least:
        return (exclusion, detail) if exclusion else ("below_floor", least)
    if dear := too_dear(policy, price, taken, many):
        return "too_dear", dear
    return "chosen", detail


def _missed_floor(model: Model, quality: float, floor: float, sober: float) -> str:
    """The floor that a model is below, in words; empty where there is none."""
    if quality < floor:
        return f"floor {floor:g}"
    return f"floor {sober:g} for high stakes" if sober and sober_quality(model) < sober else ""


def within(cap: PriceCap, price: Price) -> bool:
    """Whether a list price is within a cap."""
    return (cap.input is None or price.input <= cap.input) and (cap.output is None or price.output <= cap.output)


def too_dear(policy: Policy, price: Price, taken: int, given: int) -> str:
    """Which cap of the policy a model is above for so many tokens, at its list price; empty where it is above none."""
    if policy.max_price is not None and not within(policy.max_price, price):
        return "max_price"
    # What is cached makes no difference: who may answer should not depend on who answered before.
    if policy.max_cost is not None and cost(price, taken, given) > policy.max_cost.most:
        return "max_cost"
    return ""


def best_quality(eligible: Iterable[Candidate]) -> float:
    """The best predicted quality; raises ValueError where nothing is eligible."""
    return max([candidate.quality for candidate in eligible])


def in_band(candidate: Candidate, best: float, band: float) -> bool:
    """Whether the band cannot tell this candidate from the best: then the two are fungible here."""
    return candidate.quality >= best - band


def key(candidate: Candidate, optimize: str) -> Key:
    """What is compared inside the band: preference and its rank first, then cost or latency, then the id."""
    return *_preference(candidate), _measure(optimize)(candidate), candidate.model


def _measure(optimize: str) -> Callable[[Candidate], Decimal | float]:
    """What is compared of two that are preferred alike."""
    return _COST if optimize == "cost" else _LATENCY


def _preference(candidate: Candidate) -> tuple[bool, int]:
    return not candidate.preferred, candidate.rank


def rank(candidates: Sequence[Candidate], policy: Policy) -> tuple[Candidate, ...]:
    """The candidates, best first: those in the band by key, those outside by quality, then the excluded."""
    eligible = [candidate for candidate in candidates if candidate.code == "chosen"]
    if not eligible:
        return tuple(candidates)
    least = best_quality(eligible) - policy.band
    inside = [candidate for candidate in eligible if candidate.quality >= least]
    # As `key` says, what counts least first, since a sort keeps the order of what is equal; no two have one name.
    inside.sort()
    inside.sort(key=_measure(policy.optimize))
    if policy.prefer:
        inside.sort(key=_preference)
    ranked = _lost(inside, policy)
    if len(inside) < len(eligible):
        outside = sorted([(-c.quality, c.model, c) for c in eligible if c.quality < least])
        ranked += [c.coded("outside_band") for _, _, c in outside]
    if len(eligible) < len(candidates):
        ranked += [c for c in candidates if c.code != "chosen"]
    return tuple(ranked)


def sumprod(loadings: Sequence[float], traits: Sequence[float]) -> float:
    """What the traits of a text add to an ability, in logits, kept within 20; nothing for a model without loadings."""
    added = 0.0
    for loading, trait in zip(loadings, traits, strict=False):
        # Not sum(), which rounds differently from one version of Python to the next.
        added += loading * trait
    return max(-20.0, min(20.0, added))


def _lost(inside: Sequence[Candidate], policy: Policy) -> list[Candidate]:
    """Those inside the band, best first: the winner, and why each of the others lost to it."""
    winner, measure, dearer = inside[0], _measure(policy.optimize), _DEARER[policy.optimize]
    best, lost = measure(winner), [winner]
    preference = _preference(winner) if policy.prefer else None
    for candidate in inside[1:]:
        if preference is not None and _preference(candidate) != preference:
            lost.append(candidate.coded("not_preferred"))
        else:
            lost.append(candidate.coded("tie" if measure(candidate) == best else dearer))
    return lost
