"""What the evidence says: of one task, and of all tasks of a ramp together.

Invariant: harm outweighs promotion; a ramp advances only where every task with traffic is promoted. Alpha holds for
each task. Advancing wrongly while any one task is worse by its margin has at most that task's alpha, however many tasks
there are, since all must be promoted (Berger, 1982). Rolling back is decided task by task, so with many tasks some
sound one is rolled back wrongly with at most the sum of their alphas: divide alpha by the tasks where that is dear.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from router.evidence.interval import Interval
from router.evidence.pairs import Evidence

State = Literal["no_data", "not_yet", "promote", "harm"]
# Where so many pairs were to be expected, none at all has a chance of e^-10: it is no accident.
EXPECTED_PAIRS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One task: the state, the mean of D over its pairs, both wealths now, the wealth that decides, the interval.

    A decision is kept once reached, though its wealth may have fallen since. `low` and `high` are -1 and 1 where no
    interval is kept.
    """

    state: State
    pairs: int
    mean: float
    promote_wealth: float
    harm_wealth: float
    threshold: float
    low: float = -1.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """The latest stretch of time of one task: requests that matched, the share of them sampled, and pairs that came."""

    requests: int
    sampled: float
    pairs: int

    @property
    def silent(self) -> bool:
        """Whether pairs should have come and none did."""
        return self.pairs == 0 and self.requests * self.sampled >= EXPECTED_PAIRS


@dataclass(frozen=True, slots=True)
class Standing:
    """All tasks of a ramp: whether it may advance, and the names of the tasks that are harmed, waiting, or silent."""

    advance: bool
    harmed: tuple[str, ...]
    waiting: tuple[str, ...]
    silent: tuple[str, ...]


def judge(evidence: Evidence, interval: Interval | None = None) -> Verdict:
    """The verdict on one task, with its interval where one is kept."""
    return Verdict(
        state=_state(evidence),
        pairs=evidence.pairs,
        mean=evidence.total / max(1, evidence.pairs),
        promote_wealth=evidence.promote.value,
        harm_wealth=evidence.harm.value,
        threshold=1 / evidence.question.alpha,
        low=interval.low if interval else -1.0,
        high=interval.high if interval else 1.0,
    )


def _state(evidence: Evidence) -> State:
    if evidence.harmed:
        return "harm"
    if evidence.promoted:
        return "promote"
    return "not_yet" if evidence.pairs else "no_data"


def combine(verdicts: Mapping[str, Verdict], windows: Mapping[str, Window]) -> Standing:
    """What a ramp may do. `windows` names the tasks; one without a verdict has no data, one without requests no say.

    A harmed task is named whether it has traffic or not, and stops the advance of the others only while it has.
    """
    busy = sorted(task for task, window in windows.items() if window.requests)
    states = {task: verdicts[task].state if task in verdicts else "no_data" for task in busy}
    silent = tuple(task for task in busy if windows[task].silent)
    return Standing(
        advance=bool(busy) and not silent and all(state == "promote" for state in states.values()),
        harmed=tuple(sorted(task for task, verdict in verdicts.items() if verdict.state == "harm")),
        waiting=tuple(task for task in busy if states[task] in ("no_data", "not_yet")),
        silent=silent,
    )
