"""Accounts that several servers draw on out of blocks: no limit is passed, and what may be lost is bounded."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ledger.budget_store import Accounts, Held, NotAtHand, Refused, Statement
from router.ledger.leases.account_lease import IDLE_S, LEASE_S, SHARE, Share, Wanted
from router.ledger.leases.leased_accounts import COUNTED_AT_ONCE, LeasedAccounts
from unit.ledger.leases.memory_shares import UNIT, MemoryShares, Store

ACCOUNT, OTHER = Account("*/team", "support", "2026-11"), Account("*/all", "*", "2026-11")
HOLD_S = 60.0


class House:
    """Servers on one database and one store, by one clock that stands until it is moved."""

    def __init__(self, servers: int = 2) -> None:
        self.now = 1000.0
        self.books = Accounts(clock=lambda: self.now)
        # One server's end is not the database's.
        self.books.close = lambda: None  # type: ignore[method-assign]
        self.store = Store(lambda: self.now)
        self.shares = [MemoryShares(self.store, self.books.spent) for _ in range(servers)]
        self.servers = [LeasedAccounts(self.books, each, lambda: self.now, tick_s=None) for each in self.shares]

    def total(self, account: Account = ACCOUNT) -> Decimal:
        return self.books.spent([account])[account]

    def tick(self, seconds: float = 0.2) -> None:
        self.now += seconds
        for server in self.servers:
            server.tick()


def draw(worst: object, limit: object = 100, account: Account = ACCOUNT, *earlier: Account) -> Draw:
    return Draw(account, Decimal(str(limit)), Decimal(str(worst)), earlier)


def held(outcome: Held | Refused) -> Held:
    assert isinstance(outcome, Held)
    return outcome


def test_a_block_is_drawn_on_without_asking() -> None:
    house = House()
    server, shares = house.servers[0], house.shares[0]
    for _ in range(30):
        server.settle(held(server.hold([draw(1, 10_000)], HOLD_S)), {ACCOUNT: Decimal("0.5")})
    assert shares.asked == 1
    assert house.total() == 0
    house.tick()
    assert house.total() == 15
    assert server.spent([ACCOUNT]) == {ACCOUNT: Decimal(15)}


def test_what_others_took_is_seen_with_their_tick_and_nothing_is_lost_at_the_end() -> None:
    house = House()
    first, other = house.servers
    first.settle(held(first.hold([draw(1)], HOLD_S)), {ACCOUNT: Decimal("99.9999")})
    other.settle(None, {OTHER: Decimal(3)})
    house.tick()
    house.tick(10)
    assert other.spent([ACCOUNT, OTHER]) == {ACCOUNT: Decimal("99.999"), OTHER: Decimal(3)}
    other.settle(held(other.hold([draw(5)], HOLD_S)), {ACCOUNT: Decimal("0.0001")})
    assert first.hold([draw(5)], HOLD_S) == Refused(ACCOUNT, "held"), "it is not counted yet"
    other.tick()
    assert first.hold([draw(5)], HOLD_S) == Refused(ACCOUNT, "spent")
    first.settle(None, {ACCOUNT: Decimal(1)})
    first.close()
    assert not house.store.set_aside(ACCOUNT)
    assert (house.total(OTHER), house.total()) == (Decimal(3), Decimal(101))


def test_one_account_that_refuses_holds_nothing_on_the_others() -> None:
    house = House()
    server = house.servers[0]
    server.settle(None, {OTHER: Decimal(5)})
    server.tick()
    assert server.hold([draw(10), draw(10, 5, OTHER)], HOLD_S) == Refused(OTHER, "spent")
    assert server.statements() == [Statement(OTHER, Decimal(5), Decimal(0))]
    house.tick(IDLE_S + 0.1)
    assert house.store.set_aside(ACCOUNT) == 0, "what was set aside for it is given back"


def test_only_what_is_lacking_is_asked_for_and_what_was_taken_meanwhile_is_held() -> None:
    house = House()
    server, shares = house.servers[0], house.shares[0]
    two = [draw(1, 1000), draw(1, 100, OTHER)]
    first = held(server.hold([two[0]], HOLD_S))
    second = held(server.hold(two, HOLD_S))
    assert (first.accounts, second.accounts) == ((ACCOUNT,), (ACCOUNT, OTHER))
    assert server.statements() == [Statement(OTHER, Decimal(0), Decimal(1)), Statement(ACCOUNT, Decimal(0), Decimal(2))]
    ask = shares.lease

    def meanwhile(wanted: Sequence[Wanted]) -> list[Share]:
        assert [each.account for each in wanted] == [OTHER]
        while server.at_hand(two[:1]):
            pass
        return ask(wanted)

    shares.lease = meanwhile  # type: ignore[method-assign]
    while server.at_hand(two):
        pass
    assert server.at_hand(two[:1])
    assert server.hold(two, HOLD_S) == Refused(ACCOUNT, "held")


def test_a_block_that_nobody_draws_on_is_given_back() -> None:
    house = House()
    first, other = house.servers
    first.settle(held(first.hold([draw(10)], HOLD_S)), {})
    assert house.store.set_aside(ACCOUNT) >= 10
    first.tick()
    assert house.store.set_aside(ACCOUNT) <= Decimal(100) / SHARE, "a block of what is left at most stays"
    house.tick(IDLE_S + 0.1)
    assert house.store.set_aside(ACCOUNT) == 0
    assert isinstance(other.hold([draw(99)], HOLD_S), Held)


def test_calls_in_flight_are_renewed_while_the_server_lives_and_lapse_with_it() -> None:
    house = House()
    first, other = house.servers
    first.hold([draw(100)], HOLD_S)
    for _ in range(20):
        house.tick(LEASE_S / 4)
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held")
    house.now += LEASE_S + 0.1
    assert isinstance(other.hold([draw(1)], HOLD_S), Held)


def test_a_block_is_not_used_longer_than_it_is_set_aside() -> None:
    house = House()
    server = house.servers[0]
    server.settle(held(server.hold([draw(1)], HOLD_S)), {})
    house.now += LEASE_S
    assert server.at_hand([draw(1)]) is None


def test_what_was_counted_is_neither_set_aside_nor_free() -> None:
    """Between the count and the report nothing may be spent twice."""
    house = House()
    server = house.servers[0]
    for _ in range(3):
        server.settle(held(server.hold([draw(1)], HOLD_S)), {ACCOUNT: Decimal(1)})
    assert server.at_hand([draw(1)]) is None
    server.statements()
    assert server.at_hand([draw(1)]) is None


def test_what_is_counted_while_the_store_is_asked_is_not_free_either() -> None:
    house = House()
    server, shares = house.servers[0], house.shares[0]
    server.settle(held(server.hold([draw(99)], HOLD_S)), {ACCOUNT: Decimal(90)})
    ask = shares.lease

    def meanwhile(wanted: Sequence[Wanted]) -> list[Share]:
        answers = ask(wanted)
        server.statements()
        return answers

    shares.lease = meanwhile  # type: ignore[method-assign]
    server.settle(held(server.hold([draw(9.5)], HOLD_S)), {ACCOUNT: Decimal(0)})
    assert server._leases[ACCOUNT].free == Decimal("9.5")


def test_another_limit_needs_another_question() -> None:
    house = House()
    server = house.servers[0]
    server.settle(held(server.hold([draw(1, 100)], HOLD_S)), {ACCOUNT: Decimal(1)})
    assert server.hold([draw(1, 1)], HOLD_S) == Refused(ACCOUNT, "held")
    server.tick()
    assert server.hold([draw(1, 1)], HOLD_S) == Refused(ACCOUNT, "spent")
    assert isinstance(server.hold([draw(1, 100)], HOLD_S), Held)


def test_what_rolls_counts_what_was_before() -> None:
    house = House()
    first, other = house.servers
    first.settle(None, {OTHER: Decimal(60)})
    first.tick()
    hold = held(first.hold([draw(30, 100, OTHER)], HOLD_S))
    assert isinstance(other.hold([draw(11, 100, ACCOUNT, OTHER)], HOLD_S), Held)
    assert other.hold([draw(1, 100, ACCOUNT, OTHER)], HOLD_S) == Refused(ACCOUNT, "held")
    first.settle(hold, {OTHER: Decimal(40)})
    first.tick()
    assert other.hold([draw(1, 100, ACCOUNT, OTHER)], HOLD_S) == Refused(ACCOUNT, "spent")


def test_who_must_not_wait_is_told_that_somebody_has_to_be_asked() -> None:
    house = House()
    server = house.servers[0]
    assert server.known is not None
    with pytest.raises(NotAtHand):
        server.known.spent([ACCOUNT])
    server.settle(None, {ACCOUNT: Decimal(2)})
    assert server.spent([ACCOUNT]) == {ACCOUNT: Decimal(2)}
    for _ in range(20):
        house.tick()
        assert server.known.spent([ACCOUNT]) == {ACCOUNT: Decimal(2)}, "what is looked at stays fresh"
    house.now += 60
    with pytest.raises(NotAtHand):
        server.known.spent([ACCOUNT])


def test_what_is_not_used_any_more_is_forgotten() -> None:
    house = House()
    server = house.servers[0]
    server.settle(held(server.hold([draw(1)], HOLD_S)), {ACCOUNT: Decimal(1)})
    for _ in range(3):
        house.tick(LEASE_S)
    assert not server._leases
    assert server.spent([ACCOUNT]) == {ACCOUNT: Decimal(1)}


def test_many_accounts_are_counted_in_parts() -> None:
    house = House()
    accounts = [Account("*/user", str(number), "2026-11") for number in range(2 * COUNTED_AT_ONCE + 1)]
    house.servers[0].settle(None, dict.fromkeys(accounts, Decimal(1)))
    house.tick()
    assert house.books.spent(accounts) == dict.fromkeys(accounts, Decimal(1))


def test_without_the_store_the_database_holds(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    first, other = house.servers
    hold = held(first.hold([draw(1)], HOLD_S))
    house.store.up = False
    house.now += LEASE_S
    assert first.is_shared_out
    direct = held(first.hold([draw(100)], HOLD_S))
    assert not first.is_shared_out
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
    assert first.is_shared_out
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
    house.shares[0].truth = _unreachable  # type: ignore[assignment]
    for broken in ("hold", "spent", "count"):
        monkeypatch.setattr(house.books, broken, _unreachable)
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
        broken.setattr(house.books, "count", _unreachable)
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
        broken.setattr(house.books, "count", _unreachable)
        server.settle(hold, {})
        house.tick()
    house.tick()
    assert house.books.statements() == []


def test_what_can_not_be_counted_at_the_end_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    house.servers[0].settle(None, {ACCOUNT: Decimal(1)})
    monkeypatch.setattr(house.books, "count", _unreachable)
    house.servers[0].close()
    assert "is not counted: the database is gone" in caplog.text


def _unreachable(*_: object) -> None:
    raise Unreachable("the database is gone")


WORST = 30


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), servers=st.integers(1, 4), limit=st.integers(0, 3000))
def test_servers_together_pass_a_limit_by_one_call_at_most(seed: int, servers: int, limit: int) -> None:
    house, chance = House(servers), Random(seed)
    in_flight: list[tuple[LeasedAccounts, Held]] = []
    for _ in range(400):
        server, what = chance.choice(house.servers), chance.random()
        if what < 0.5:
            outcome = server.hold([draw(chance.randint(0, WORST), limit)], HOLD_S)
            if isinstance(outcome, Held):
                in_flight.append((server, outcome))
        elif what < 0.9 and in_flight:
            asker, hold = in_flight.pop(chance.randrange(len(in_flight)))
            worst = asker._leases[ACCOUNT].held[hold.id]
            asker.settle(hold, {ACCOUNT: worst * chance.randint(0, 10) / 10})
        elif what < 0.95:
            server.statements()
        else:
            house.now += chance.choice((0.2, 3.0))
            server.tick()
    for asker, hold in in_flight:
        asker.settle(hold, {ACCOUNT: asker._leases[ACCOUNT].held[hold.id]})
    house.tick()
    assert house.total() < max(limit, 1) + WORST
    assert house.store.totals.get(ACCOUNT, 0) == house.total() // UNIT * UNIT
    assert house.store.set_aside(ACCOUNT) <= servers * max(Decimal(0), limit - house.total()) / SHARE + servers


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), servers=st.integers(2, 4))
def test_lost_memory_costs_no_more_than_what_was_set_aside(seed: int, servers: int) -> None:
    """The store restarts empty, any number of times: what was set aside just before is all that may be passed by."""
    house, chance, limit = House(servers), Random(seed), 1000
    lost = Decimal(0)
    in_flight: list[tuple[LeasedAccounts, Held]] = []
    for _ in range(300):
        server, what = chance.choice(house.servers), chance.random()
        if what < 0.45:
            outcome = server.hold([draw(WORST, limit)], HOLD_S)
            if isinstance(outcome, Held):
                in_flight.append((server, outcome))
        elif what < 0.9 and in_flight:
            asker, hold = in_flight.pop()
            asker.settle(hold, {ACCOUNT: Decimal(chance.randint(0, WORST))})
        elif what < 0.92:
            lost += house.store.set_aside(ACCOUNT)
            house.store.lose_memory()
        else:
            house.tick()
    for asker, hold in in_flight:
        asker.settle(hold, {ACCOUNT: Decimal(WORST)})
    house.tick()
    assert house.total() <= limit + WORST + lost
    assert house.store.totals[ACCOUNT] == house.total(), "the database's total is the store's"


@pytest.fixture
def ticking() -> Iterator[Callable[[], LeasedAccounts]]:
    made: list[LeasedAccounts] = []

    def make() -> LeasedAccounts:
        books = Accounts()
        made.append(LeasedAccounts(books, MemoryShares(Store(lambda: 0.0), books.spent), tick_s=0.001))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_ticks_by_itself_whatever_happens(
    ticking: Callable[[], LeasedAccounts], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = ticking()
    with monkeypatch.context() as broken:
        broken.setattr(accounts, "_forget", _fails)
        _wait_for(lambda: "kept up to date" in caplog.text)
    accounts.settle(None, {ACCOUNT: Decimal(4)})
    _wait_for(lambda: accounts._books.spent([ACCOUNT])[ACCOUNT] == 4)


def _fails() -> None:
    raise ZeroDivisionError


def _wait_for(done: Callable[[], bool]) -> None:
    for _ in range(5000):
        if done():
            return
        time.sleep(0.001)
    raise AssertionError("it never came about")


def test_a_database_counts_several_calls_at_once() -> None:
    with closing(Accounts()) as books:
        hold = held(books.hold([draw(5)], HOLD_S))
        assert books.count([hold], {ACCOUNT: Decimal(2), OTHER: Decimal(0)}) == {ACCOUNT: Decimal(2)}
        assert books.statements() == [Statement(ACCOUNT, Decimal(2), Decimal(0))]
