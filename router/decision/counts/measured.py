"""What was measured of models in the last minutes, and which of them a policy finds too slow or ill too lately.

Invariant: what is measured is kept in words with the situation, so that a decision can be made again; a limit gives way
where it would leave nobody, since a slow answer is better than none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from router.types import Candidate, Config, LatencyCap, Model, Policy, Situation

PERCENTILES = ("p50", "p90", "p95", "p99")
_FACT = re.compile(r"(p50|p90|p95|p99|ill)=(\d{1,9}(?:\.\d{1,3})?)(ms|s|min)")
_MS = {"ms": 1.0, "s": 1000.0, "min": 60_000.0}


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one model: how late its first tokens were, in ms by percentile, and how long ago it was ill, in minutes."""

    model: str
    first_ms: tuple[tuple[str, float], ...] = ()
    ill_minutes: float | None = None


@lru_cache(maxsize=4096)
def measured(word: str) -> Measured | None:
    """A word such as `gpt-5 p50=0.4s p95=2.1s ill=12min`; None for one that is none."""
    model, *facts = word.split() or [""]
    found = [_FACT.fullmatch(fact) for fact in facts]
    parts = [(match[1], float(match[2]) * _MS[match[3]]) for match in found if match is not None]
    if not parts or len(parts) < len(found):
        return None
    ill = [ms / _MS["min"] for name, ms in parts if name == "ill"]
    return Measured(model, tuple(part for part in parts if part[0] != "ill"), ill[0] if ill else None)


def lack(model: Model, cap: LatencyCap | None, healthy_for: int | None, words: Sequence[str]) -> str:
    """Why a policy would rather have another model, by what was measured of this one; empty where it would not."""
    known = next((each for each in map(measured, words) if each is not None and each.model == model.id), None)
    if cap is not None:
        # What is not measured yet, as the catalog has it.
        said = dict(known.first_ms) if known is not None else {}
        for name, most in cap.limits:
            if said.get(name, model.speed.first_token_ms) > most:
                return f"{name} {said.get(name, model.speed.first_token_ms) / 1000:g} s"
    ill = known.ill_minutes if known is not None else None
    if healthy_for is not None and ill is not None and ill < healthy_for:
        return f"ill {ill:g} min ago"
    return ""


def spared(candidates: list[Candidate], policy: Policy, situation: Situation, config: Config) -> list[Candidate]:
    """The candidates, without those that are too slow or were ill too lately, unless nobody else is left."""
    if policy.max_latency is None and policy.healthy_for is None:
        return candidates
    lacks = {row.id: lack(row, policy.max_latency, policy.healthy_for, situation.measured) for row in config.models}
    if all(lacks.get(each.model) for each in candidates if not each.excluded):
        return candidates
    return [
        each if each.excluded or not lacks.get(each.model) else each._replace(code="too_slow", detail=lacks[each.model])
        for each in candidates
    ]
