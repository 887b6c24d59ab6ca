"""A ramp as a picture over its pairs: share, wealth, interval and decision, task by task.

Invariant: it is drawn from the pairs and the moves that the ledger keeps, by the same bets that decided.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from router.bench.ramps.evidence_plot import DECIDED, Story, draw_stories
from router.errors import NotFound
from router.evidence import Evidence, Interval, Question, difference, judge, narrow, observe
from router.ledger.ramp_store import LoggedMove
from router.types import RampPlan

MOST_TASKS = 4


def draw_ramp(plan: RampPlan, pairs: Sequence[dict[str, Any]], moves: Sequence[LoggedMove], path: Path) -> None:
    """Draw the tasks with most pairs; raises NotFound where there are none, and as `draw_stories` does."""
    since = max((logged.time for logged in moves if logged.move["kind"] == "started"), default="")
    by_task: dict[str, list[dict[str, Any]]] = {}
    for pair in pairs:
        if pair["time"] >= since:
            by_task.setdefault(pair["task"], []).append(pair)
    if not by_task:
        raise NotFound(f"The ramp {plan.name!r} has no pairs yet: there is nothing to draw.")
    busiest = sorted(by_task, key=lambda task: (-len(by_task[task]), task))[:MOST_TASKS]
    draw_stories([_story(plan, task, by_task[task], moves) for task in busiest], path)


def _story(plan: RampPlan, task: str, pairs: Sequence[dict[str, Any]], moves: Sequence[LoggedMove]) -> Story:
    standard = plan.standard_of(task)
    question = Question(standard.margin, standard.alpha)
    evidence, interval, verdicts = Evidence(question), Interval(question), []
    for pair in pairs:
        d = difference(pair["original"]["outcome"], pair["substitute"]["outcome"])
        evidence, interval = observe(evidence, d), narrow(interval, d)
        verdicts.append(judge(evidence, interval))
    decided = next((place for place, verdict in enumerate(verdicts) if verdict.state in DECIDED), None)
    levels = (0.0, *(step.share for step in plan.steps))
    steps = tuple(levels.index(_share(task, pair["time"], moves, levels)) for pair in pairs)
    labels = ("none", *(f"{share:.0%}" for share in levels[1:]))
    return Story(task, tuple(verdicts), steps, decided, question, labels)


def _share(task: str, time: str, moves: Sequence[LoggedMove], levels: Sequence[float]) -> float:
    """What was moved of a task at a time: nothing once it was rolled back."""
    share = 0.0
    for logged in moves:
        if logged.time > time:
            break
        share = logged.move["share"]
        if logged.move["kind"] == "task_rolled_back" and logged.move["task"] == task:
            return 0.0
    return min(levels, key=lambda level: abs(level - share))
