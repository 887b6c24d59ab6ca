"""The evidence on which a ramp moves: bets on paired outcomes, intervals, and guardrails, valid at any moment.

Invariant: pure; every bet is chosen before the outcome that it is settled by, so that looking after each pair is free.
"""

from router.evidence.guardrail import Guardrail, beyond, capped, record
from router.evidence.interval import Interval, narrow
from router.evidence.pairs import Evidence, Question, difference, observe
from router.evidence.ratio import Split, assigned, replanned
from router.evidence.verdicts import Standing, Verdict, Window, combine, judge
from router.evidence.watch import Watch, watch

__all__ = [
    "Evidence",
    "Guardrail",
    "Interval",
    "Question",
    "Split",
    "Standing",
    "Verdict",
    "Watch",
    "Window",
    "assigned",
    "beyond",
    "capped",
    "combine",
    "difference",
    "judge",
    "narrow",
    "observe",
    "record",
    "replanned",
    "watch",
]
