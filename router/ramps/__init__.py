"""The state machine of a governed ramp: state, observations, orders of people, and transitions.

Invariant: pure; a state is changed only by giving the next one, and every change that moves traffic gives a move.
"""

from router.ramps.commands import Order, obey
from router.ramps.observations import Answered, Batch, Paired, Rated, absorb
from router.ramps.progress import progress
from router.ramps.ramp_limits import Moment
from router.ramps.state import ACTIVE, RampState, Stage, about, in_force
from router.ramps.totals import Served, Totals, counted
from router.ramps.transitions import Move

__all__ = [
    "ACTIVE",
    "Answered",
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
