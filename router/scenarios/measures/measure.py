"""A measure: its unit, what it is called, and how it is worked out of a step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from router.scenarios.sample_intervals import Figure
from router.scenarios.scenario import Both
from router.scenarios.seen import Step

Unit = Literal["share", "usd", "count", "number"]
Of = Literal["", "model", "owner", "cloud", "code", "ramp", "askers", "task", "disclosure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """`of` says what its argument is, if it has one; `decided` ones need no answers."""

    title: Both
    unit: Unit
    work: Callable[[Step, str], Figure | None]
    of: Of = ""
    decided: bool = False
