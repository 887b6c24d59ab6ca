"""What an answer owes to the ledger: it waits for the disk, or only while a receipt has waited too long."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from router.errors import Overloaded
from router.serving.limits import Durability, Limits
from router.serving.server_state import MOST_WAITING, STALLED_S, ServerState

WINDOW_S = 0.5


@dataclass
class Disk:
    """A ledger that lags as it is told."""

    failure: str | None = None
    damage: str | None = None
    waiting: int = 0
    oldest_s: float = 0.0
    waited: list[str] = field(default_factory=list)

    async def written(self, id: str) -> None:  # noqa: A002
        self.waited.append(id)


@dataclass
class Named:
    id: str


def state(disk: Disk, durability: Durability) -> ServerState:
    parts: dict[str, Any] = dict.fromkeys(("accounts", "pool", "affinity"))
    return ServerState(ledger=disk, limits=Limits(window_s=WINDOW_S), durability=durability, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("durability", "oldest_s", "waits"),
    [("refuse", 0.0, True), ("degrade", 0.0, False), ("degrade", WINDOW_S, False), ("degrade", WINDOW_S + 0.01, True)],
)
def test_an_answer_waits_for_its_receipt(durability: Durability, oldest_s: float, waits: bool) -> None:
    disk = Disk(waiting=3, oldest_s=oldest_s)
    asyncio.run(state(disk, durability).acknowledge(Named("one")))  # type: ignore[arg-type]
    assert bool(disk.waited) == waits


@pytest.mark.parametrize(
    ("durability", "disk", "begins", "wrong"),
    [
        ("refuse", Disk(), True, None),
        ("refuse", Disk("full"), False, "full"),
        ("refuse", Disk(oldest_s=STALLED_S - 1, waiting=2), True, None),
        ("refuse", Disk(oldest_s=STALLED_S + 1, waiting=2), False, "2 receipt(s) wait to be on disk, the oldest for"),
        ("degrade", Disk(), True, None),
        ("degrade", Disk("full"), True, "full"),
        ("degrade", Disk("full", oldest_s=WINDOW_S + 1), False, "full"),
        ("degrade", Disk(oldest_s=WINDOW_S + 1, waiting=9), True, "9 receipt(s) wait to be on disk, the oldest for 1"),
        ("degrade", Disk(oldest_s=STALLED_S + 1), False, "0.5 s are allowed"),
        ("degrade", Disk(waiting=MOST_WAITING), False, None),
        ("refuse", Disk(damage="malformed"), True, "malformed"),
    ],
)
def test_who_may_begin_and_what_an_operator_reads(
    durability: Durability, disk: Disk, begins: bool, wrong: str | None
) -> None:
    sharing = state(disk, durability)
    if begins:
        sharing.refuse_more()
    else:
        with pytest.raises(Overloaded) as caught:
            sharing.refuse_more()
        assert caught.value.retry_after == 1
    words = sharing.describe_ledger()
    assert (words is None) == (wrong is None)
    assert (wrong or "") in (words or "")
