"""How a governed ramp moves: its state, what it observes, what people order, and what follows from both.

Invariant: pure; a state is changed only by giving the next one, and every change that moves traffic is told as a move.
"""

from router.ramping.commands import Order, obey
from router.ramping.limits import Moment
from router.ramping.moves import Author, Move
from router.ramping.observing import Answered, Batch, Paired, Rated, absorb
from router.ramping.progress import progress
from router.ramping.state import ACTIVE, RampState, Stage, about, in_force
from router.ramping.totals import Served, Totals, counted

__all__ = [
    "ACTIVE",
    "Answered",
    "Author",
    "Batch",
    "Moment",
    "Move",
    "Order",
    "Paired",
    "RampState",
    "Rated",
    "Served",
    "Stage",
    "Totals",
    "about",
    "absorb",
    "counted",
    "in_force",
    "obey",
    "progress",
]
