"""The state of ramps in the ledger: shared, recorded, and never moved twice."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from router.errors import Conflict
from router.ledger import DatabaseLedger
from router.ledger import ramp_store as ramps_module
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.ledger.ramp_store import Judged, Observed, RampStore, Seen
from router.ramps import Answered, Order, Paired, Rated, Served
from router.ramps.commands import Word
from router.types import Author, Schedule
from unit.ramp_samples import NOW, plan

PLAN = plan()
KIM = Author("kim", "command", "a test")


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        yield ledger


def store_of(ledger: DatabaseLedger) -> RampStore:
    return RampStore(ledger.log, 1e9)


def ordered(store: RampStore, *words: Word) -> None:
    for word in words:
        store.obey(PLAN, Order(word, KIM), NOW)


def judged(number: int, substitute: float = 1.0) -> Judged:
    return Judged(Paired("chat", 1.0, substitute, Decimal("0.5")), f"receipt-{number}", "a", "b", "truth")


def observed(count: int, first: int = 0) -> Observed:
    seen = [Seen(Answered("chat", "not_yet", False, 5.0), f"unit-{number % 7}") for number in range(count)]
    return Observed(seen, [judged(first + number) for number in range(count)])


def test_a_ramp_that_nobody_knows_is_a_draft(ledger: DatabaseLedger) -> None:
    store = store_of(ledger)
    assert store.states() == {}
    assert store.settle([PLAN], {}, {}, NOW) == []
    # Of what stands still nothing is written, tick after tick.
    assert store.states() == {}


def test_orders_and_steps_are_in_the_log_with_their_authors(ledger: DatabaseLedger, place: Place) -> None:
    store = store_of(ledger)
    ordered(store, "approve", "start")
    store.settle([PLAN], {}, {}, NOW)
    moves = store.settle([PLAN], {"to-b": observed(40)}, {"Owner": Served(40, Decimal(4))}, NOW + timedelta(hours=1))
    assert [move.kind for move in moves] == ["advanced"]
    logged = store.moves("to-b")
    assert [move.move["kind"] for move in logged] == ["approved", "started", "advanced"]
    assert logged[0].move["author"] == {"by": "kim", "via": "command", "because": "a test"}
    assert logged[2].move["verdicts"]["chat"]["pairs"] == 40
    assert (logged[2].time, store.moves("another")) == ("2026-11-02T13:00:00.000Z", [])
    assert len(store.pairs("to-b")) == 40
    assert store.pairs("to-b")[0]["substitute"] == {"model": "b", "outcome": 1.0}
    assert store.totals().requests == {"Owner": 40}
    ledger.log.head()
    verified = verify_ledger(place.log)
    assert (verified.findings, verified.size) == ((), 1 + 3 + 40)


def test_what_was_recorded_of_a_ramp_can_t_be_changed_unseen(ledger: DatabaseLedger, place: Place) -> None:
    ordered(store_of(ledger), "approve", "start")
    with ledger.log.writing() as database:
        database.execute("UPDATE records SET body = REPLACE(body, 'kim', 'lee') WHERE seq = 1")
    assert [finding.wrong for finding in verify_ledger(place.log).findings] == ["changed"]
    with ledger.log.writing() as database:
        database.execute("DELETE FROM records WHERE seq = 1")
    assert [finding.wrong for finding in verify_ledger(place.log).findings] == ["removed"]


def test_a_record_that_another_hand_put_in_is_told(ledger: DatabaseLedger, place: Place) -> None:
    ordered(store_of(ledger), "approve", "start")
    with ledger.log.writing() as database:
        database.execute("INSERT INTO records (seq, kind, name, body) VALUES (9, 'pair', 'mine', ?)", (b"{}",))
    (finding,) = verify_ledger(place.log).findings
    assert (finding.wrong, finding.sentence) == ("inserted", "The pair 9 was inserted: no entry speaks of it.")


def test_a_unit_counts_once_under_each_plan_of_the_split(
    ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(ledger)
    ordered(store, "approve", "start")
    store.settle([PLAN], {"to-b": Observed(observed(20).seen)}, {}, NOW)
    store.settle([PLAN], {"to-b": Observed(observed(20).seen)}, {}, NOW)
    split = store.states()["to-b"].split
    assert split is not None
    assert sum(split.counts) == 7
    monkeypatch.setattr(ramps_module, "MOST_UNITS", 7)
    more = [Seen(Answered("chat", "not_yet", False, 5.0), "unit-new")]
    store.settle([PLAN], {"to-b": Observed(more)}, {}, NOW)
    after = store.states()["to-b"].split
    assert after is not None
    assert sum(after.counts) == 7


def test_a_pair_counts_once_whoever_tells_it(ledger: DatabaseLedger) -> None:
    store = store_of(ledger)
    ordered(store, "approve", "start")
    for _ in range(2):
        store.settle([PLAN], {"to-b": Observed(judged=[judged(1)], unjudged_cost=Decimal(2))}, {}, NOW)
    state = store.states()["to-b"]
    assert (state.tasks["chat"].evidence.pairs, state.today.pairs_cost) == (1, Decimal("4.5"))


def test_ratings_come_back_out_of_the_file_too(ledger: DatabaseLedger) -> None:
    store = store_of(ledger)
    ordered(store, "approve", "start")
    store.settle([PLAN], {"to-b": Observed(ratings=[Rated("chat", "moved", 0.5)])}, {}, NOW)
    store.settle([PLAN], {"to-b": Observed(ratings=[Rated("chat", "holdback", 0.5)])}, {}, NOW)
    assert store.states()["to-b"].tasks["chat"].evidence.pairs == 1


def test_what_comes_before_the_start_counts_nowhere(ledger: DatabaseLedger) -> None:
    store = store_of(ledger)
    ordered(store, "approve")
    store.settle([PLAN], {"to-b": observed(5)}, {}, NOW)
    assert store.states()["to-b"].tasks == {}
    assert store.pairs("to-b") == []


def test_an_order_that_does_not_fit_leaves_no_trace(ledger: DatabaseLedger) -> None:
    store = store_of(ledger)
    with pytest.raises(Conflict):
        ordered(store, "start")
    assert (store.states(), store.moves()) == ({}, [])


def test_a_restart_goes_on_where_it_was(place: Place) -> None:
    with closing(place.ledger()) as first:
        ordered(store_of(first), "approve", "start")
        store_of(first).settle([PLAN], {"to-b": observed(30)}, {}, NOW)
        before = store_of(first).states()
    with closing(place.ledger()) as second:
        assert store_of(second).states() == before


def test_two_servers_take_no_step_twice(place: Place) -> None:
    with closing(place.ledger()) as first, closing(place.ledger()) as other:
        ordered(store_of(first), "approve", "start")
        store_of(first).settle([PLAN], {}, {}, NOW)

        def serve(ledger: DatabaseLedger, number: int) -> None:
            store = store_of(ledger)
            for tick in range(1, 13):
                now = NOW + timedelta(seconds=25 * tick)
                store.settle([PLAN], {"to-b": observed(5, 1000 * number + 10 * tick)}, {}, now)

        servers = [
            threading.Thread(target=serve, args=(ledger, number)) for number, ledger in enumerate((first, other))
        ]
        for server in servers:
            server.start()
        for server in servers:
            server.join()
        shares = [move.move["share"] for move in store_of(first).moves() if move.move["kind"] == "advanced"]
        assert shares == [0.1, 0.5, 1.0]
        assert store_of(first).states()["to-b"].tasks["chat"].evidence.pairs == 120
        assert len(store_of(other).pairs("to-b")) == 120
    assert verify_ledger(place.log).findings == ()


def test_a_schedule_is_told_in_its_own_time() -> None:
    seoul = replace(PLAN, schedule=Schedule(timezone="Asia/Seoul"))
    assert ramps_module.moment(seoul, NOW).local.hour == 21
    assert ramps_module.moment(PLAN, NOW).local.hour == 12
