"""The scripts of Valkey, on a real server: held to the store in memory, and what happens as it restarts or is gone."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from limits_server import MISSING, PASSWORD, LimitsServer, running

from router.decision.budgets import Account, Carried, Draw
from router.errors import Unreachable
from router.ledger.budget_store import Accounts, Held, Refused, Statement
from router.ledger.leases import valkey_server
from router.ledger.leases.account_lease import SHARE, Report, Wanted
from router.ledger.leases.leased_accounts import LeasedAccounts
from router.ledger.leases.shared_limits import open_limits
from router.ledger.leases.valkey_server import ValkeyServer
from router.ledger.leases.valkey_shares import SCRIPTS, ValkeyShares
from router.ledger.leases.valkey_windows import ValkeyWindows
from router.ledger.location import Place
from router.ledger.rate_window import Window, lease
from router.ledger.rate_window_store import Owed, Windows
from unit.ledger.leases.memory_shares import MemoryShares, Store

ACCOUNT, EARLIER = Account("*/team", "support ü", "2026-11-29"), Account("*/team", "support ü", "2026-11-28")
HOLD_S = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LimitsServer]:
    with running(tmp_path) as started:
        if started is None:
            pytest.skip(MISSING)
        yield started


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was not there is asked again at once."""
    monkeypatch.setattr(valkey_server, "AGAIN_S", 0.0)
    monkeypatch.setattr(valkey_server, "OTHERS_AGAIN_S", 0.0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "data")


Opened = Callable[[], tuple[LeasedAccounts, ValkeyWindows]]


@pytest.fixture
def opened(server: LimitsServer, place: Place) -> Iterator[Opened]:
    """Servers on one database and one Valkey; they tick when they are told to."""
    made: list[tuple[LeasedAccounts, ValkeyWindows]] = []

    def open_() -> tuple[LeasedAccounts, ValkeyWindows]:
        accounts, windows = open_limits(place, server.url, b"one ledger")
        assert isinstance(accounts, LeasedAccounts)
        assert isinstance(windows, ValkeyWindows)
        accounts._stopping.set()
        made.append((accounts, windows))
        return made[-1]

    yield open_
    for accounts, windows in made:
        windows.close()
        accounts.close()


def draw(worst: int, limit: int = 100) -> Draw:
    return Draw(ACCOUNT, Decimal(limit), Decimal(worst))


def test_the_script_is_the_rule(server: LimitsServer) -> None:
    """Random questions and reports of three servers: the answers are those of the store in memory."""
    chance = Random(7)
    totals = {ACCOUNT: Decimal("12.3456"), EARLIER: Decimal("4.5")}
    store = Store(lambda: 0.0)

    def truth(asked: object) -> dict[Account, Decimal]:
        return dict(totals)

    real = [ValkeyShares(ValkeyServer(server.url, "x", SCRIPTS), truth) for _ in range(3)]
    model = [MemoryShares(store, truth) for _ in range(3)]
    for _ in range(300):
        number = chance.randrange(3)
        if chance.random() < 0.6:
            earlier = (EARLIER,) if chance.random() < 0.5 else ()
            amounts = (Decimal(chance.randint(0, 90_000)) / 1000 for _ in range(2))
            at, had = Decimal(chance.choice(("1", "0.8", "1.1"))), Decimal(chance.randint(1, 60))
            over = None if earlier or chance.random() < 0.5 else Carried(EARLIER, had, had / 2, at)
            wanted = [Wanted(ACCOUNT, earlier, Decimal(chance.randint(1, 400)), *amounts, carried=over)]
            assert real[number].lease(wanted) == model[number].lease(wanted)
        else:
            totals[ACCOUNT] += Decimal(chance.randint(0, 1000)) / 1000
            total = chance.choice((None, totals[ACCOUNT]))
            reports = [Report(chance.choice((ACCOUNT, EARLIER)), Decimal(chance.randint(0, 9000)) / 1000, total)]
            if reports[0].account == EARLIER:
                reports = [reports[0]._replace(total=None)]
            assert real[number].report(reports) == model[number].report(reports)
        assert real[0].spent([ACCOUNT, EARLIER]) == model[0].spent([ACCOUNT, EARLIER])
    for each in real:
        each.close()


def test_the_window_is_the_rule(server: LimitsServer) -> None:
    chance, name = Random(7), "tokens/search ü"
    with closing(ValkeyWindows(ValkeyServer(server.url, "x", _window_scripts()), Windows())) as windows:
        model = Window()
        for _ in range(200):
            limit, need = chance.randint(0, 4000), chance.randint(1, 60)
            back = {slot: chance.randint(-9, 9) for slot in list(model.taken)[:2]}
            taken = windows.lease(name, need, limit, Owed(back, chance.randint(0, 1)))
            # What is owed is counted in a slot that only the server's clock knows.
            owed = taken.window.total - taken.amount
            for slot, more in back.items():
                model = model.changed(slot, more)
            model = model.changed(taken.slot, owed - model.at(taken.slot).total)
            model, amount = lease(model, need, limit, taken.slot)
            assert (taken.amount, taken.window.at(taken.slot)) == (amount, model.at(taken.slot))
            assert 0 < taken.left_s <= 1


def _window_scripts() -> dict[str, str]:
    from router.ledger.leases.valkey_windows import SCRIPTS as WINDOW

    return WINDOW


WORST = 30


def test_two_servers_pass_a_limit_by_one_call_at_most(opened: Opened, place: Place) -> None:
    limit, taken = 3_000, [0, 0]

    def spend(number: int, accounts: LeasedAccounts) -> None:
        chance = Random(number)
        while True:
            outcomes = [accounts.hold([draw(WORST, limit)], HOLD_S) for _ in range(chance.randint(1, 5))]
            for held in (outcome for outcome in outcomes if isinstance(outcome, Held)):
                amount = chance.choice((0, 1, WORST))
                accounts.settle(held, {ACCOUNT: Decimal(amount)})
                taken[number] += amount
            if chance.random() < 0.2 or Refused(ACCOUNT, "held") in outcomes:
                accounts.tick()
            if Refused(ACCOUNT, "spent") in outcomes:
                return

    threads = [Thread(target=spend, args=(number, opened()[0])) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(place.accounts()) as books:
        (statement,) = books.statements()
    assert statement == Statement(ACCOUNT, Decimal(sum(taken)), Decimal(0))
    assert limit <= sum(taken) < limit + WORST


def test_a_restart_that_loses_all_memory_is_made_good_from_the_database(
    opened: Opened, server: LimitsServer, caplog: pytest.LogCaptureFixture
) -> None:
    (first, _), (other, _) = opened(), opened()
    held = first.hold([draw(40)], HOLD_S)
    assert isinstance(held, Held)
    first.settle(None, {ACCOUNT: Decimal(50)})
    first.tick()
    server.restart()
    first.tick()
    assert other.spent([ACCOUNT]) == {ACCOUNT: Decimal(50)}, "from the database"
    assert isinstance(other.hold([draw(20)], HOLD_S), Held), "one call may pass the limit"
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held"), "the first server's call is set aside again"
    first.settle(held, {ACCOUNT: Decimal(40)})
    first.tick()
    assert other.spent([ACCOUNT]) == {ACCOUNT: Decimal(50)}, "heard a moment ago"
    assert not caplog.text, "nobody met it"


def test_what_may_be_passed_after_a_restart_is_what_was_set_aside(opened: Opened, server: LimitsServer) -> None:
    """Nobody ticks between the restart and the next question: the other server's block is not known, and no more."""
    (first, _), (other, _) = opened(), opened()
    block = Decimal(1000) / SHARE
    assert isinstance(first.hold([draw(1, 1000)], HOLD_S), Held)
    other.settle(None, {ACCOUNT: Decimal(900)})
    other.tick()
    server.restart()
    taken = Decimal(900)
    for accounts in (other, first):
        while isinstance(held := accounts.hold([draw(1, 1000)], HOLD_S), Held):
            accounts.settle(held, {ACCOUNT: Decimal(1)})
            taken += 1
    for accounts in (first, other):
        accounts.tick()
    assert first.hold([draw(1, 1000)], HOLD_S) == Refused(ACCOUNT, "spent")
    assert 1000 <= taken <= 1000 + block + 1


@pytest.mark.usefixtures("at_once")
def test_a_server_that_can_not_reach_it_holds_in_the_database_and_goes_back(
    opened: Opened, server: LimitsServer, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    (first, windows), (other, _) = opened(), opened()
    server.stop()
    held = first.hold([draw(100)], HOLD_S)
    assert isinstance(held, Held)
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held"), "both hold in one database"
    first.settle(held, {ACCOUNT: Decimal(70)})
    first.tick()
    assert other.spent([ACCOUNT]) == {ACCOUNT: Decimal(70)}
    assert windows.lease("requests/search", 1, 600, Owed()).amount == 10
    windows.settle({"requests/search": Owed({}, 5)})
    with closing(place.windows()) as behind:
        assert behind.lease("requests/search", 586, 600, Owed()).amount == 0
    assert "budgets are held in the database" in caplog.text
    assert "limits per minute are counted in the database" in caplog.text
    assert PASSWORD not in caplog.text
    with caplog.at_level(logging.WARNING, "fungible"):
        server.start()
        assert isinstance(first.hold([draw(29)], HOLD_S), Held)
        windows.lease("requests/search", 1, 600, Owed())
    assert caplog.text.count(" again") == 2
    assert isinstance(other.hold([draw(1)], HOLD_S), Held)
    first.tick()
    assert other.hold([draw(1)], HOLD_S) == Refused(ACCOUNT, "held")


def test_nobody_waits_for_a_server_that_was_gone_a_moment_ago(server: LimitsServer) -> None:
    with closing(ValkeyServer(server.url, "x", SCRIPTS)) as asked:
        asked.look()
        server.stop()
        with pytest.raises(Unreachable) as first:
            asked.look()
        server.start()
        with pytest.raises(Unreachable) as again:
            asked.look()
    assert first.value.why == again.value.why
    assert PASSWORD not in first.value.why
    assert f"valkey://127.0.0.1:{server.port}/0" in first.value.why


def test_one_that_does_not_answer_is_given_up_by_all_who_ask_and_none_of_them_asks_before_a_look_has_succeeded(
    server: LimitsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey_server, "ANSWER_S", 0.3)
    monkeypatch.setattr(valkey_server, "AGAIN_S", 0.0)
    with closing(ValkeyServer(server.url, "x", SCRIPTS)) as asked:
        shares = ValkeyShares(asked, lambda accounts: dict.fromkeys(accounts, Decimal(1)))
        assert shares.spent([ACCOUNT]) == {ACCOUNT: Decimal(1)}
        server.freeze()
        outcomes: list[object] = []

        def ask() -> None:
            try:
                outcomes.append(shares.spent([ACCOUNT]))
            except Unreachable:
                outcomes.append("unreachable")

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.thaw()
        ask()
        assert outcomes == ["unreachable"] * 5
        asked.look()
        ask()
        assert outcomes[5:] == [{ACCOUNT: Decimal(1)}]


def test_a_wrong_password_is_said_and_not_shown(server: LimitsServer) -> None:
    wrong = server.url.replace(PASSWORD, "also-secret")
    with closing(ValkeyServer(wrong, "x", SCRIPTS)) as asked, pytest.raises(Unreachable) as error:
        asked.look()
    assert "password" in error.value.why
    assert "also-secret" not in error.value.why


def test_a_window_that_was_forgotten_is_put_back(opened: Opened, server: LimitsServer) -> None:
    (_, first), (_, other) = opened(), opened()
    assert first.lease("requests/search", 590, 600, Owed()).amount == 590
    server.restart()
    assert first.lease("requests/search", 11, 600, Owed()).amount == 0
    assert other.lease("requests/search", 10, 600, Owed()).amount == 10


def test_two_ledgers_on_one_server_do_not_meet(server: LimitsServer, place: Place, tmp_path: Path) -> None:
    first, other = (
        open_limits(each, server.url, salt) for each, salt in ((place, b"1"), (Place(tmp_path / "b"), b"2"))
    )
    assert isinstance(first.accounts.hold([draw(100)], HOLD_S), Held)
    assert isinstance(other.accounts.hold([draw(100)], HOLD_S), Held)
    assert first.windows.lease("requests/a", 5, 5, Owed()).amount == 5
    assert other.windows.lease("requests/a", 5, 5, Owed()).amount == 5
    for each in (*first, *other):
        each.close()


def test_a_server_that_died_gives_back_by_lapsing(server: LimitsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Accounts()) as books:
        dead, alive = (ValkeyShares(ValkeyServer(server.url, "x", SCRIPTS), books.spent) for _ in range(2))
        wanted = [Wanted(ACCOUNT, (), Decimal(100), Decimal(100), Decimal(0))]
        assert dead.lease(wanted)[0].outcome == "granted"
        assert alive.lease(wanted)[0].outcome == "held"
        # Its last word: what it has lapses soon.
        monkeypatch.setattr("router.ledger.leases.valkey_shares.LEASE_S", 0.02)
        dead.lease([Wanted(ACCOUNT, (), Decimal(0), Decimal(100), Decimal(0))])
        while alive.lease(wanted)[0].outcome == "held":
            pass
        dead.close()
        alive.close()
