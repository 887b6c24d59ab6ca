"""A hold on a budget stays for as long as the tokens of its call come."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal

import pytest

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ledger.budget_store import Accounts, Held
from router.serving.limits import Limits
from router.serving.work.patience import Patience
from unit.api.virtual_time import run

ACCOUNT = Account("*/team", "support", "2026-11")
WORST = Draw(ACCOUNT, Decimal(100), Decimal(100))


def test_a_hold_that_is_renewed_lapses_later() -> None:
    now = [0.0]
    with closing(Accounts(None, lambda: now[0])) as accounts:
        held = accounts.hold([WORST], 60.0)
        assert isinstance(held, Held)
        now[0] = 50.0
        accounts.renew(held, 60.0)
        now[0] = 100.0
        assert not isinstance(accounts.hold([WORST], 60.0), Held)
        now[0] = 111.0
        assert isinstance(accounts.hold([WORST], 60.0), Held)


def test_a_hold_that_cannot_be_renewed_is_said_and_hurts_no_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Accounts(None)) as accounts:
        held = accounts.hold([WORST], 60.0)
        assert isinstance(held, Held)
        with monkeypatch.context() as broken:
            broken.setattr(accounts._database, "writing", unreachable)
            accounts.renew(held, 60.0)
        assert "can't be renewed" in caplog.text
        accounts.settle(held, {ACCOUNT: Decimal(1)})


@contextmanager
def unreachable() -> Iterator[None]:
    raise Unreachable("nobody is there")
    yield


def test_it_is_renewed_within_every_deadline_while_tokens_come() -> None:
    async def moments() -> list[float]:
        loop, seen = asyncio.get_running_loop(), list[float]()
        begun = loop.time()
        limits = Limits(deadline_s=120)
        async with Patience(limits, streams=True, renew=lambda: seen.append(loop.time() - begun)) as patience:
            for _ in range(100):
                await asyncio.sleep(10)
                patience.token()
        return seen

    seen = run(moments())
    assert len(seen) >= 7
    assert all(later - sooner <= 120 for sooner, later in zip([0.0, *seen], [*seen, 1000.0], strict=True))
