"""What budgets count: holds before calls, settled after, shared by all servers of one folder."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from decimal import Decimal
from multiprocessing import get_context
from random import Random

import pytest

from router.decision.budgets import Account, Draw
from router.errors import Unreachable
from router.ledger.budget_store import Accounts, Held, Refused, Statement
from router.ledger.location import Place

ACCOUNT = Account("*/team", "support", "2026-11")
OTHER = Account("*/all", "*", "2026-11")
LEASE = 60.0


def draw(worst: int, limit: int = 100, account: Account = ACCOUNT) -> Draw:
    return Draw(account, Decimal(limit), Decimal(worst))


@pytest.fixture(params=["memory", "postgres"])
def accounts(request: pytest.FixtureRequest) -> Iterator[Accounts]:
    with closing(Accounts(request.getfixturevalue("postgres") if request.param == "postgres" else None)) as made:
        yield made


def spent(accounts: Accounts, account: Account = ACCOUNT) -> Decimal:
    return accounts.spent([account])[account]


def take(accounts: Accounts, amount: int, worst: int | None = None, limit: int = 100) -> Held:
    held = accounts.hold([draw(worst or amount, limit)], LEASE)
    assert isinstance(held, Held)
    accounts.settle(held, {ACCOUNT: Decimal(amount)})
    return held


def test_a_budget_acts_at_exactly_its_limit(accounts: Accounts) -> None:
    take(accounts, 40)
    assert isinstance(accounts.hold([draw(1)], LEASE), Held), "0.40 of a limit is not the limit"
    accounts.settle(None, {ACCOUNT: Decimal("59.999999")})
    held = accounts.hold([draw(0)], LEASE)
    assert held == Refused(ACCOUNT, "held"), "the first call's worst is still held"


def test_the_last_micro_dollar_can_be_spent(accounts: Accounts) -> None:
    accounts.settle(None, {ACCOUNT: Decimal("99.999999")})
    assert isinstance(accounts.hold([draw(5)], LEASE), Held)
    accounts.settle(None, {ACCOUNT: Decimal("0.000001")})
    assert accounts.hold([draw(5)], LEASE) == Refused(ACCOUNT, "spent")


def test_calls_in_flight_count_at_their_worst(accounts: Accounts) -> None:
    first = accounts.hold([draw(60)], LEASE)
    second = accounts.hold([draw(60)], LEASE)
    assert isinstance(first, Held)
    assert isinstance(second, Held), "one call may pass the limit"
    assert accounts.hold([draw(1)], LEASE) == Refused(ACCOUNT, "held")
    accounts.settle(first, {ACCOUNT: Decimal(10)})
    assert isinstance(accounts.hold([draw(1)], LEASE), Held)


def test_what_is_given_back_can_be_used_again(accounts: Accounts) -> None:
    held = accounts.hold([draw(100)], LEASE)
    assert isinstance(held, Held)
    assert accounts.hold([draw(1)], LEASE) == Refused(ACCOUNT, "held")
    accounts.settle(held, {})
    assert spent(accounts) == 0
    assert isinstance(accounts.hold([draw(1)], LEASE), Held)


def test_one_account_that_refuses_holds_nothing_on_the_others(accounts: Accounts) -> None:
    accounts.settle(None, {OTHER: Decimal(5)})
    assert accounts.hold([draw(10), draw(10, limit=5, account=OTHER)], LEASE) == Refused(OTHER, "spent")
    assert accounts.statements() == [Statement(OTHER, Decimal(5), Decimal(0))]


def test_a_limit_of_nothing_lets_nothing_through(accounts: Accounts) -> None:
    assert accounts.hold([draw(0, limit=0)], LEASE) == Refused(ACCOUNT, "spent")


def test_a_hold_whose_server_died_lapses() -> None:
    now = 1000.0
    with closing(Accounts(clock=lambda: now)) as accounts:
        assert isinstance(accounts.hold([draw(100)], LEASE), Held)
        now += LEASE
        assert accounts.hold([draw(1)], LEASE) == Refused(ACCOUNT, "held")
        now += 0.1
        assert isinstance(accounts.hold([draw(1)], LEASE), Held)


def test_two_servers_share_the_accounts_of_a_place(place: Place) -> None:
    with closing(place.accounts()) as first, closing(place.accounts()) as second:
        held = first.hold([draw(100)], LEASE)
        assert isinstance(held, Held)
        assert second.hold([draw(1)], LEASE) == Refused(ACCOUNT, "held")
        second.settle(None, {ACCOUNT: Decimal("0.5")})
        first.settle(held, {ACCOUNT: Decimal("1.25")})
        assert spent(second) == Decimal("1.75")
    with closing(place.accounts()) as later:
        assert later.statements() == [Statement(ACCOUNT, Decimal("1.75"), Decimal(0))]


def test_amounts_are_exact(accounts: Accounts) -> None:
    for _ in range(10):
        accounts.settle(None, {ACCOUNT: Decimal("0.1")})
    assert spent(accounts) == Decimal(1)


def test_two_processes_never_pass_the_limit_by_more_than_one_call(place: Place) -> None:
    limit = 2_000
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        taken = sum(pool.map(spend_all, [place, place], [limit, limit], [1, 2]))
    with closing(place.accounts()) as accounts:
        (statement,) = accounts.statements()
    assert (statement.spent, statement.held) == (taken, 0)
    assert limit <= taken <= limit + WORST


WORST = 30


def spend_all(place: Place, limit: int, seed: int) -> int:
    """Hold and settle as fast as it goes, some calls given back, until the account refuses for good."""
    chance, taken = Random(seed), 0
    with closing(place.accounts()) as accounts:
        while True:
            outcomes = [accounts.hold([draw(WORST, limit)], LEASE) for _ in range(chance.randint(1, 5))]
            for held in (outcome for outcome in outcomes if isinstance(outcome, Held)):
                amount = chance.choice((0, 1, WORST))
                accounts.settle(held, {ACCOUNT: Decimal(amount)})
                taken += amount
            if Refused(ACCOUNT, "spent") in outcomes:
                return taken


def test_nothing_is_half_settled(accounts: Accounts) -> None:
    held = accounts.hold([draw(10)], LEASE)
    assert isinstance(held, Held)
    with pytest.raises(TypeError):
        accounts.settle(held, {ACCOUNT: Decimal(1), OTHER: "much"})  # type: ignore[dict-item]
    assert accounts.statements() == [Statement(ACCOUNT, Decimal(0), Decimal(10))]


def test_a_call_that_took_nothing_leaves_no_account(accounts: Accounts) -> None:
    accounts.settle(None, {ACCOUNT: Decimal(0)})
    assert accounts.statements() == []


def test_a_hold_lapses_by_the_clock_of_the_database(accounts: Accounts) -> None:
    assert isinstance(accounts.hold([draw(100)], -1.0), Held)
    assert isinstance(accounts.hold([draw(1)], LEASE), Held)
    assert accounts.statements() == [Statement(ACCOUNT, Decimal(0), Decimal(1))]


def test_nobody_asked_means_nothing_spent(accounts: Accounts) -> None:
    assert accounts.spent([]) == {}


def test_what_could_not_be_counted_is_counted_later(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held = accounts.hold([draw(100)], LEASE)
    assert isinstance(held, Held)
    with monkeypatch.context() as broken:
        broken.setattr(accounts._database, "writing", unreachable)
        accounts.settle(held, {ACCOUNT: Decimal(7)})
        accounts.settle(None, {OTHER: Decimal(2)})
        with pytest.raises(Unreachable):
            accounts.hold([draw(1)], LEASE)
    assert isinstance(accounts.hold([draw(1)], LEASE), Held)
    assert accounts.spent([ACCOUNT, OTHER]) == {ACCOUNT: Decimal(7), OTHER: Decimal(2)}
    assert caplog.text.count("counted later") == 1


def test_what_is_owed_is_settled_before_the_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(place.accounts()) as accounts, monkeypatch.context() as broken:
        broken.setattr(accounts._database, "writing", unreachable)
        accounts.settle(None, {ACCOUNT: Decimal(7)})
        broken.undo()
    with closing(place.accounts()) as later:
        assert spent(later) == 7


@contextmanager
def unreachable() -> Iterator[None]:
    raise Unreachable("nobody is there")
    yield
