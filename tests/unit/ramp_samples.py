"""Plans and states of ramps for tests, and what happens to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import builders

from router.ramps import Answered, Batch, Moment, Order, Paired, RampState, Served, Totals, absorb, obey
from router.ramps.commands import Word
from router.ramps.observations import Side
from router.ramps.state import fresh
from router.types import Author, Guardrails, RampPlan, Shadowing, Standard, Step

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
STEPS = (Step(0.1, 60.0, 2), Step(0.5, 60.0, 2), Step(1.0, 60.0, 2))
DAY = NOW.date().toordinal()


def plan(**changes: Any) -> RampPlan:
    """Three steps, a wide margin, every request sampled."""
    ramp = replace(builders.ramp("a", "b", 0.0, holdback=0.1), name="to-b")
    plain = RampPlan(
        ramp=ramp,
        steps=STEPS,
        shadow=Shadowing(1.0),
        standard=Standard(0.2, 0.2),
        guardrails=Guardrails(0.2),
        watch_pairs=100,
    )
    return replace(plain, **changes)


def moment(seconds: float = 0.0) -> Moment:
    now = NOW + timedelta(seconds=seconds)
    return Moment(now.timestamp(), now, 1e9)


def ordered(which: RampPlan, state: RampState, *words: Word, by: str = "kim", **said: Any) -> RampState:
    for word in words:
        state, _ = obey(which, state, Order(word, Author(by, "command"), **said), Totals(), moment())
    return state


def started(which: RampPlan) -> RampState:
    """Approved and in shadow, a first tick seen."""
    return replace(ordered(which, fresh(which), "approve", "start"), seen_s=moment().epoch_s)


def answers(task: str = "chat", count: int = 1, side: Side = "not_yet", **said: Any) -> tuple[Answered, ...]:
    return tuple(Answered(task, side, said.get("failed", False), said.get("ms", 10.0)) for _ in range(count))


def pairs(outcomes: Sequence[tuple[float, float]], task: str = "chat") -> tuple[Paired, ...]:
    return tuple(Paired(task, original, substitute, Decimal(1)) for original, substitute in outcomes)


def seen(which: RampPlan, state: RampState, *, good: int = 0, bad: int = 0, task: str = "chat") -> RampState:
    """So many pairs on which both are right, and on which the substitute alone is wrong, each with its answer."""
    outcomes = [(1.0, 1.0)] * good + [(1.0, 0.0)] * bad
    return absorb(which, state, Batch(answers(task, len(outcomes)), pairs(outcomes, task)), DAY)


def served(**requests: int) -> dict[str, Served]:
    return {owner: Served(count, Decimal(1_000_000) * count) for owner, count in requests.items()}
