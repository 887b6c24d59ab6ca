"""What servers do where the store of leases, or the database, can't be asked: nothing is let through for nothing, and
nothing that calls took is lost.
"""

import logging
from decimal import Decimal

import pytest

from router.errors import Unreachable
from router.ledger.budget_store import Held, Refused, Statement
from router.ledger.leases.account_lease import LEASE_S
from unit.ledger.leases.lease_house import ACCOUNT, HOLD_S, House, draw, held, unreachable
from unit.ledger.leases.memory_shares import MemoryShares


def test_without_the_store_the_database_holds(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    first, other = house.servers
    hold = held(first.hold([draw(1)], HOLD_S))
    house.store.up = False
    house.now += LEASE_S
    direct = held(first.hold([draw(100)], HOLD_S))
    assert [server.is_shared_out for server in house.servers] == [False, True]
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held")
    first.renew(direct, HOLD_S)
    first.renew(hold, HOLD_S)
    first.settle(direct, {ACCOUNT: Decimal(3)})
    assert other.spent([ACCOUNT]) == {ACCOUNT: Decimal(0)}
    house.tick()
    assert house.total() == 3
    house.now += 10
    assert other.spent([ACCOUNT]) == {ACCOUNT: Decimal(3)}
    assert isinstance(other.hold([draw(1)], HOLD_S), Held)
    house.store.up = True
    with caplog.at_level(logging.WARNING, "fungible"):
        house.tick()
    assert caplog.text.count("held in the database") == 2, "once for each server"
    assert [server.is_shared_out for server in house.servers] == [True, True]
    assert caplog.text.count("shared out again") == 2


def test_one_server_alone_that_can_not_reach_the_store_may_pass_a_limit_by_what_the_others_set_aside() -> None:
    house = House()
    first, other = house.servers
    house.shares[1].cut_off = True
    theirs = held(first.hold([draw(70)], HOLD_S))
    ours = held(other.hold([draw(100)], HOLD_S))
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held")
    other.settle(ours, {ACCOUNT: Decimal(100)})
    house.tick()
    first.settle(theirs, {ACCOUNT: Decimal(70)})
    house.tick()
    assert house.total() == house.store.totals[ACCOUNT] == 170
    for server in house.servers:
        assert server.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "spent")


def test_where_neither_can_be_asked_nothing_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    server = house.servers[0]
    house.shares[0].truth = unreachable  # type: ignore[assignment]
    for broken in ("hold", "spent", "count"):
        monkeypatch.setattr(house.books, broken, unreachable)
    for house.store.up in (True, False):
        with pytest.raises(Unreachable):
            server.hold([draw(1)], HOLD_S)
        with pytest.raises(Unreachable):
            server.spent([ACCOUNT])


def test_an_answer_that_never_came_is_put_right_with_the_next_report() -> None:
    house = House()
    server, shares = house.servers[0], house.shares[0]

    def lost(wanted: object) -> None:
        MemoryShares.lease(shares, wanted)  # type: ignore[arg-type]
        raise Unreachable("the answer is lost")

    shares.lease = lost  # type: ignore[assignment, method-assign]
    server.settle(held(server.hold([draw(50)], HOLD_S)), {})
    assert house.store.set_aside(ACCOUNT) >= 50
    house.tick()
    assert house.store.set_aside(ACCOUNT) == 0


def test_what_the_database_can_not_count_stays_set_aside_and_is_counted_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    first, other = house.servers
    first.settle(held(first.hold([draw(60)], HOLD_S)), {ACCOUNT: Decimal(60)})
    with monkeypatch.context() as broken:
        broken.setattr(house.books, "count", unreachable)
        house.tick()
        house.tick()
        assert caplog.text.count("counted later") == 1, "once, by the server that has to count"
        assert isinstance(other.hold([draw(40)], HOLD_S), Held)
        assert other.hold([draw(40)], HOLD_S) == Refused(ACCOUNT, "held")
        assert first.statements() == [Statement(ACCOUNT, Decimal(60), Decimal(0))], "as this server knows it"
    house.tick()
    assert house.total() == 60


def test_what_was_held_in_the_database_is_given_back_once_it_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    server = house.servers[0]
    house.store.up = False
    hold = held(server.hold([draw(30)], HOLD_S))
    with monkeypatch.context() as broken:
        broken.setattr(house.books, "count", unreachable)
        server.settle(hold, {})
        house.tick()
    house.tick()
    assert house.books.statements() == []


def test_what_can_not_be_counted_at_the_end_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    house.servers[0].settle(None, {ACCOUNT: Decimal(1)})
    monkeypatch.setattr(house.books, "count", unreachable)
    house.servers[0].close()
    assert "is not counted: the database is gone" in caplog.text
