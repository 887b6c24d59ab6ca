"""The sentences for codes: prose is made here, at the edge, and nowhere else."""

from decimal import Decimal

from router.decision.conditions import complexity
from router.decision.flips import Flip
from router.money import usd
from router.types import Candidate, Decision, Features

_CODES: dict[str, str] = {
    "chosen": "chosen",
    "outside_band": "outside band",
    "dearer": "dearer",
    "slower": "slower",
    "not_preferred": "not preferred",
    "tie": "tie, later name",
    "not_asked": "not asked for",
    "moved_away": "moved by ramp",
    "guard": "guarded",
    "budget": "budget used up",
    "not_allowed": "not in the policy",
    "no_consent": "no consent",
    "capability": "cannot",
    "context": "too small",
    "unhealthy": "down",
    "no_ability": "ability unknown",
    "no_price": "price unknown",
    "below_floor": "below the floor",
    "too_dear": "too dear",
    "retired": "retired",
    "too_slow": "too slow just now",
}
_LIFTS: dict[str, str] = {
    "guard": "without the guard",
    "budget": "a larger budget",
    "not_allowed": "allow it in the policy",
    "no_consent": "a wider consent",
    "capability": "the capability",
    "context": "a shorter request",
    "unhealthy": "its recovery",
    "below_floor": "a lower floor",
    "too_dear": "a higher cap",
    "retired": "a later end",
    "too_slow": "quicker answers",
}


def verdict(candidate: Candidate) -> str:
    """A candidate's code in words."""
    if candidate.code == "not_allowed" and candidate.detail:
        return f"not allowed by {candidate.detail}"
    return _CODES[candidate.code] + (f": {candidate.detail}" if candidate.detail else "")


def change(flip: Flip | None, decision: Decision) -> str:
    """A flip in words: what would have to change, and by how much."""
    if flip is None:
        return "no single change"
    first = _lift(flip.first) if flip.first else ""
    return " + ".join(part for part in (first, _change(flip, decision)) if part)


def _lift(exclusion: str) -> str:
    code, _, detail = exclusion.partition(": ")
    return f"allow it for the {detail}" if code == "not_allowed" and detail else _LIFTS.get(code, "")


def _change(flip: Flip, decision: Decision) -> str:
    if flip.kind == "name":
        return "" if decision.reason == "policy" else "ask for it by name"
    if flip.kind == "band":
        return f"band {decision.band:.3g} → {flip.then:.3g}"
    if flip.kind == "ability":
        return f"ability {flip.now:+.2f} → {flip.then:+.2f}"
    return f"{flip.kind} −{flip.size:.0%}" if flip.size >= 0.01 else f"{flip.kind} −{flip.size:.1%}"


def why(decision: Decision) -> str:
    """One sentence on why the winner won."""
    chosen = decision.candidate(decision.chosen)
    if decision.reason == "asked" and decision.ramp and decision.ramp.ramp.startswith(f"{decision.asked}:"):
        return f"{chosen.model} serves because {decision.asked!r} stands for it on this kind of work."
    if decision.reason == "asked":
        return f"{chosen.model} serves because it was asked for by name, with consent {decision.consent!r}."
    if decision.reason == "successor":
        return f"{chosen.model} serves because it is the successor of {decision.asked}, which has retired."
    if decision.reason == "ramp" and decision.ramp and decision.ramp.ramp.startswith(f"{decision.asked}:"):
        return (
            f"{chosen.model} serves because {decision.asked!r} has let it in on this kind of work, in the place of "
            f"{decision.baseline} (ramp {decision.ramp.ramp!r})."
        )
    if decision.reason == "ramp" and decision.ramp:
        return f"{chosen.model} serves because ramp {decision.ramp.ramp!r} moved this unit from {decision.baseline}."
    if decision.reason == "affinity":
        return (
            f"{chosen.model} serves because it has cached what was said before, which is worth more than "
            f"{decision.baseline}, the policy's choice."
        )
    best = max(c.quality for c in decision.candidates if not c.excluded)
    inside = [c for c in decision.candidates if not c.excluded and c.quality >= best - decision.band]
    start = f"{decision.asked} cannot serve; " if decision.reason == "asked_unavailable" else ""
    rules = f" (rules: {', '.join(decision.rules)})" if decision.rules else ""
    if len(inside) == 1:
        return f"{start}{chosen.model} wins: no other model comes within {points(decision.band)} of it{rules}."
    what = "cheapest" if decision.optimize == "cost" else "fastest"
    kind = f"{what} preferred" if chosen.preferred else what
    return (
        f"{start}{chosen.model} wins: of the {len(inside)} models within {points(decision.band)} of the best predicted "
        f"quality ({best:.1%}), it is the {kind}{rules}."
    )


def points(share: float) -> str:
    """A share as points of quality."""
    return f"{100 * share:g} {'point' if share == 0.01 else 'points'}"


def difficulty(features: Features) -> str:
    """Difficulty with its error, and a word for it."""
    word = complexity(features.difficulty)
    return f"{features.difficulty:+.1f} ± {features.difficulty_error:.1f} logits ({word})"


def dollars(micro_dollars: Decimal) -> str:
    """USD with four significant digits, for tables; exact money stands in the JSON."""
    value = float(usd(micro_dollars))
    if value == 0:
        return "$0"
    return f"${value:.2f}" if value >= 100 else f"${value:.4f}" if value >= 0.01 else f"${value:.6f}"


_MOVES = {
    "approved": "was approved",
    "started": "was started",
    "advanced": "took a step",
    "paused": "was paused",
    "resumed": "goes on",
    "task_rolled_back": "gave a task back",
    "rolled_back": "was rolled back",
    "killed": "was killed",
    "begun_anew": "begins anew",
}
_REASONS = {
    "asked": "",
    "harm": "shown to be worse",
    "watch": "has become worse",
    "errors": "the canary fails more often",
    "slow": "the canary answers later",
    "sample_ratio": "units land on the sides in other shares than planned",
    "undecided": "neither was shown in as many pairs as it had",
    "no_data": "pairs that should have come did not",
    "owner_share": "an owner's share is at its cap",
    "shifted_a_day": "the day's spend has moved",
    "commitment": "a partner's minimum is behind its pace",
    "plan_changed": "its plan asks something else",
}


def moved(kind: str, reason: str | None, task: str | None) -> str:
    """A move of a ramp in words."""
    why = _REASONS[reason] if reason else ""
    what = f"{_MOVES[kind]}: {task}" if task else _MOVES[kind]
    return f"{what}, {why}" if why else what


def dollars_of(usd_text: str) -> str:
    """Decimal text in USD, as tables show it."""
    return dollars(Decimal(usd_text) * 1_000_000)


def seconds(value: float) -> str:
    """A stretch of time in the two largest units that it has."""
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    left = int(value)
    parts: list[str] = []
    for size, unit in units:
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
