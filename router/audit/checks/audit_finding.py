"""One thing that was looked at for nothing: how much it weighs, and a sentence on it."""

from dataclasses import dataclass
from typing import Literal

Weight = Literal["declared", "differs", "hint", "fine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how much it weighs, and a sentence."""

    check: str
    weight: Weight
    sentence: str
