"""The evidence on which a ramp moves: bets on paired outcomes, intervals, and guardrails, valid at any moment.

Invariant: pure; every bet is chosen before the outcome that it is settled by, so that looking after each pair is free.
"""

from router.evidence.guardrail import Guardrail, beyond, capped, record
from router.evidence.interval import Interval, narrow
from router.evidence.pairs import Evidence, Question, difference, observe
from router.evidence.post_ramp_watch import Watch, watch
from router.evidence.sample_ratio import Split, assigned, replanned
from router.evidence.verdicts import Standing, Verdict, Window, combine, judge

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
