"""Accounts that several servers draw on out of blocks: no limit is passed, and what may be lost is bounded."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.decision.budgets import Account
from router.ledger.budget_store import Accounts, Held, NotAtHand, Refused, Statement
from router.ledger.leases.account_lease import IDLE_S, LEASE_S, SHARE, Report, Share, Wanted
from router.ledger.leases.leased_accounts import COUNTED_AT_ONCE, LeasedAccounts
from unit.ledger.leases.lease_house import ACCOUNT, HOLD_S, OTHER, House, draw, held
from unit.ledger.leases.memory_shares import UNIT, MemoryShares, Store


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


def test_what_is_counted_during_a_report_is_said_with_the_next() -> None:
    house = House()
    server, shares = house.servers[0], house.shares[0]
    server.settle(None, {ACCOUNT: Decimal(1)})
    report = shares.report

    def meanwhile(reports: Sequence[Report]) -> list[Share]:
        shares.report = report  # type: ignore[method-assign]
        answers = report(reports)
        server.settle(None, {ACCOUNT: Decimal(2)})
        server.statements()
        return answers

    shares.report = meanwhile  # type: ignore[method-assign]
    house.tick()
    house.tick()
    assert house.store.totals[ACCOUNT] == house.total() == 3


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


WORST = 30


@settings(max_examples=30)
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
        assert books.at_hand([draw(5)]) is None
        hold = held(books.hold([draw(5)], HOLD_S))
        assert books.count([hold], {ACCOUNT: Decimal(2), OTHER: Decimal(0)}) == {ACCOUNT: Decimal(2)}
        assert books.statements() == [Statement(ACCOUNT, Decimal(2), Decimal(0))]
