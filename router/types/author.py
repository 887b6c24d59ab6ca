"""Who changes something, how, and why."""

from dataclasses import dataclass
from typing import Literal

Via = Literal["command", "http", "file", "policy"]


@dataclass(frozen=True, slots=True)
class Author:
    """Who orders a change, by which way, and why; nobody, where what changes does so by itself."""

    by: str = ""
    via: Via = "policy"
    because: str = ""
