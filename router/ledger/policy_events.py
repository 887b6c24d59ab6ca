"""Policy events: each change of policy, by whom and with what text.

Invariant: events are only added; their numbers rise by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from router.types import Via

Kind = Literal["found", "applied", "edited", "rolled_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A configuration that came into force. `text` is policies.yaml as it was written.

    `found` is what a server began with, `edited` a file that a person changed; `replay` sums up what the change
    was expected to do, where there was something to replay. `aside` is the file in which a policies.yaml is kept
    that was not sound and gave way.
    """

    kind: Kind
    time: str
    revision: str
    previous: str
    by: str
    via: Via
    because: str
    text: str
    differences: tuple[str, ...] = ()
    tests: int = 0
    replay: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    aside: str | None = None
