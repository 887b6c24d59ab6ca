"""What a change did afterwards: the requests of its own time alone, under it and under what was before."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from router.api.assembly import assemble
from router.config import load
from router.config.load import POLICIES, with_policies
from router.errors import ConfigError
from router.ledger import SqliteLedger
from router.policy.lifecycle import note_found
from router.policy.replay.report.afterwards import Outcomes, kept
from router.policy.replay.report.summary import in_words
from router.serving.request_context import RequestContext
from router.types import Author, ChatRequest, Config, Message

FIRST = "default: a\npolicies:\n  a: {because: x, band: 0}\n"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def config(text: str) -> Config:
    return with_policies(load(), text.encode(), POLICIES)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(tmp_path / "ledger.sqlite3")) as made:
        yield made


def serve(ledger: SqliteLedger, version: Config, at: datetime, count: int) -> None:
    """Serve a few requests at a time."""

    async def ask() -> None:
        service = assemble(version, ledger, salt=b"s")
        service.clock = lambda: at
        for number in range(count):
            request = ChatRequest("a", (Message("user", f"{number}: prove that the root of two is irrational"),))
            async with service.answer(request, RequestContext(f"{number}")) as answer:
                async for _ in answer:
                    pass

    asyncio.run(ask())


def applied(ledger: SqliteLedger, version: Config, before: Config | None, at: datetime) -> None:
    """Note a change as of a time."""
    with patch("router.policy.lifecycle.datetime", wraps=datetime) as clock:
        clock.now.return_value = at
        note_found(version, ledger, "applied" if before else "found", Author("kim", "command", ""), before)


def test_each_change_has_the_requests_of_its_own_time(ledger: SqliteLedger) -> None:
    first, second = config(FIRST), config(FIRST.replace("band: 0", "band: 0.3"))
    applied(ledger, first, None, AT)
    serve(ledger, first, AT + timedelta(minutes=1), 2)
    applied(ledger, second, first, AT + timedelta(minutes=2))
    serve(ledger, second, AT + timedelta(minutes=3), 3)
    applied(ledger, first, second, AT + timedelta(minutes=4))
    outcomes, events = Outcomes(ledger), ledger.events()
    actual = outcomes.of(events)
    assert set(actual) == {2, 3}
    assert (actual[2]["requests"], actual[2]["flips"]) == (3, 3)
    assert actual[2]["cost_change"] < 0
    assert actual[3] == {"requests": 0}
    serve(ledger, first, AT + timedelta(minutes=5), 1)
    again = outcomes.of(events)
    assert again[2] is actual[2], "what is over is worked out once"
    assert (again[3]["requests"], again[3]["flips"]) == (1, 1)


def test_nothing_is_said_where_the_version_before_is_not_kept(ledger: SqliteLedger) -> None:
    first = config(FIRST)
    applied(ledger, first, None, AT)
    (event,) = ledger.events()
    assert Outcomes(ledger).of([replace(event, previous="gone")]) == {1: {}}
    with patch("router.policy.replay.report.afterwards.from_documents", side_effect=ConfigError(["older"])):
        assert kept(ledger, first.revision) is None


def test_figures_in_words() -> None:
    assert in_words({}) == ""
    assert in_words({"requests": 0}) == "no request"
    plain = {"requests": 1200, "flips": 3, "cost_change": -0.0312, "quality_change": 0.001}
    assert in_words(plain) == "1,200 requests: 3 flip, cost -3.1 %, quality +0.10 points"
    more = {"cost_interval": [-0.04, -0.02], "quality_interval": [None, None], "newly_refused": 2}
    assert in_words(plain | more) == (
        "1,200 requests: 3 flip, cost -3.1 % (-4.0 to -2.0), quality +0.10 points, 2 refused that were answered"
    )
