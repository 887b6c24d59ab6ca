"""A pruned ledger still proves what is left, and says who took what; nothing is taken that something needs."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model, policy

from router.api.http.authentication import ACCESS, own_receipt
from router.api.routes.reading.found_receipts import decided_again
from router.config import load
from router.decision.decide import decide
from router.decision.receipt import settle
from router.errors import BadRequest, ConfigError, NotFound, ProofError
from router.ids import first_id
from router.ledger import DatabaseLedger
from router.ledger.kept_requests import kept_requests
from router.ledger.location import Place
from router.ledger.log.export import export, verify_export
from router.ledger.log.verify import Verified, verify_ledger
from router.ledger.retention import prune as pruning
from router.ledger.retention.prune import Reason, plan, prune, stated, unfinished
from router.ledger.retention.still_needed import Need, needs
from router.ledger.schema_version import PRUNED, version_of
from router.ramps import RampState
from router.transparency.commitments import seal
from router.transparency.pruning import Pruning, parse_pruning
from router.types import Access, Budget, Receipt, Target
from unit.ledger_samples import ANSWER, PROMPT, ROWS, SALTS, put, ticking

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, WHY = date(2026, 1, 3), Reason("kim", "kept for two days")


def receipt(number: int, *, answered: bool = True) -> Receipt:
    """Six a day."""
    moment = START + timedelta(hours=4 * number)
    about, facts = ask(), features()
    logged = exchange(decide(facts, about, SITUATION, ROWS), facts, about)
    logged = replace(logged, id=f"{first_id(moment)}{number:020x}", time=moment)
    return settle(logged, ending("m" if answered else None), ROWS)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    with closing(place.ledger()) as ledger:
        ledger.log.clock = ticking(start=START + timedelta(days=5))
        for number in range(24):
            ledger.append(receipt(number, answered=number != 3), seal(PROMPT, ANSWER, SALTS))
        ledger.flush()
        ledger.log.head()
        yield ledger


def verified(place: Place) -> Verified:
    return verify_ledger(place.log, now=START + timedelta(days=5))


def done(ledger: DatabaseLedger) -> Pruning:
    planned = plan(ledger, DAY, WHY)
    assert prune(ledger, planned) == 12
    return planned


def test_what_is_left_is_proved_and_the_rest_is_told(ledger: DatabaseLedger, place: Place, tmp_path: Path) -> None:
    before = verified(place)
    done(ledger)
    after = verified(place)
    assert (before.findings, after.findings) == ((), ())
    assert after.size == before.size + 1
    assert any("12 receipts before 2026-01-03 were pruned by kim: kept for two days" in each for each in after.warnings)
    assert ledger.prove(receipt(12).id).index == 13
    export(ledger.log, tmp_path / "log.jsonl")
    exported = verify_export(tmp_path / "log.jsonl")
    assert (exported.findings, exported.size, exported.pruned, after.pruned) == ((), after.size, 12, 12)


def test_an_export_whose_pruning_was_changed_is_refused(ledger: DatabaseLedger, tmp_path: Path) -> None:
    done(ledger)
    file = tmp_path / "log.jsonl"
    export(ledger.log, file)
    file.write_text(file.read_text(encoding="utf-8").replace("because", "becuase"), encoding="utf-8")
    with pytest.raises(ProofError, match="a record of a pruning can't be read"):
        verify_export(file)


def test_bodies_salts_and_packed_requests_are_gone(ledger: DatabaseLedger) -> None:
    done(ledger)
    assert len(list(ledger.receipts())) == len(ledger.requests()[0]) == 12
    assert sum(len(page.rows) for page in kept_requests(ledger)) == 12
    assert len(list(ledger.receipts(START, START + timedelta(days=3)))) == 6
    assert put(ledger, "SELECT COUNT(*) FROM receipts WHERE salts IS NULL") == [(12,)]
    assert ledger.receipt(receipt(0).id) is None
    assert [ledger.pruned(name) for name in (receipt(12).id, "none")] == [None, None]
    with pytest.raises(NotFound, match="was pruned: entry 1 of the log keeps its SHA-256"):
        ledger.prove(receipt(0).id)


def test_only_whose_receipt_it_was_is_shown_that_it_was_pruned(ledger: DatabaseLedger) -> None:
    done(ledger)
    for scope, words in (({}, "was pruned: entry 1"), ({ACCESS: Access("another")}, "No receipt has the id")):
        with pytest.raises(NotFound, match=words):
            own_receipt(scope, ledger, receipt(0).id)
    with pytest.raises(NotFound, match="was pruned: entry 1"):
        decided_again(ledger, receipt(0).id)


def test_what_it_came_to_stays_by_day_and_model(ledger: DatabaseLedger) -> None:
    planned = done(ledger)
    assert [(row["day"], row["model"], row["requests"], row["answered"]) for row in planned.sums] == [
        ("2026-01-01", "", 1, 0),
        ("2026-01-01", "m", 5, 5),
        ("2026-01-02", "m", 6, 6),
    ]
    assert sum(Decimal(row["charged"]) for row in planned.sums) == 11 * receipt(0).charged
    (said,) = stated(ledger)
    assert said == planned
    assert said.sums[1]["input_tokens"] == 600


def test_a_pruning_that_is_broken_off_is_gone_on_with(
    ledger: DatabaseLedger, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 5)
    planned = plan(ledger, DAY, WHY)

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    assert unfinished(ledger) is None
    with pytest.raises(KeyboardInterrupt):
        prune(ledger, planned, stop)
    assert (len(list(ledger.receipts())), verified(place).findings) == (19, ())
    assert unfinished(ledger) == planned
    assert prune(ledger, planned) == 7
    assert (unfinished(ledger), len(stated(ledger)), verified(place).findings) == (None, 1, ())


def test_nothing_is_stated_where_nothing_goes_and_nothing_to_come_goes(ledger: DatabaseLedger) -> None:
    assert prune(ledger, plan(ledger, date(2026, 1, 1), WHY)) == 0
    assert stated(ledger) == []
    with pytest.raises(BadRequest, match="yet to come"):
        plan(ledger, date(2026, 2, 1), WHY)


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE receipts SET body = zeroblob(0) WHERE entry = 20", "removed"),
        ("DELETE FROM receipts WHERE entry = 20", "removed"),
        ("UPDATE receipts SET body = zeroblob(3) WHERE entry = 2", "changed"),
        ("UPDATE records SET body = replace(body, '2026-01-03', '2026-01-05') WHERE kind = 'prune'", "changed"),
        ("DELETE FROM records WHERE kind = 'prune'", "removed"),
        ("INSERT INTO receipts (id, body, entry) VALUES ('0', zeroblob(0), 2)", "inserted"),
    ],
)
def test_a_pruning_hides_nothing_else(ledger: DatabaseLedger, place: Place, statement: str, wrong: str) -> None:
    done(ledger)
    _do(ledger, statement)
    assert wrong in {finding.wrong for finding in verified(place).findings}


def _do(ledger: DatabaseLedger, statement: str) -> None:
    with ledger.database.writing() as database:
        database.execute(statement)


def test_a_record_that_no_entry_states_hides_nothing(ledger: DatabaseLedger, place: Place) -> None:
    forged = Pruning("2026-01-03", first_id(START + timedelta(days=2)), 25, 12, "nobody", "none")
    with ledger.database.writing() as database:
        database.execute("INSERT INTO records (kind, name, body) VALUES ('prune', 'x', ?)", (forged.body(),))
        database.execute("UPDATE receipts SET body = ? WHERE id < ?", (b"", forged.end))
    sentences = " ".join(finding.sentence for finding in verified(place).findings)
    assert "no entry of the log states that" in sentences


def test_an_earlier_version_refuses_a_pruned_ledger(
    ledger: DatabaseLedger, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.database.reading() as database:
        assert version_of(database) < PRUNED
    done(ledger)
    place.ledger().close()
    monkeypatch.setattr("router.ledger.schema_version.PRUNED", 2)
    with pytest.raises(ConfigError, match="tables are of version 3"):
        place.ledger()


def test_the_index_forgets_rows_and_keeps_sums(ledger: DatabaseLedger, place: Place) -> None:
    with closing(place.index(ledger)) as index:
        index.catch_up(10)
        planned = done(ledger)
        index.forget(planned.end)
        with index.reading() as database:
            assert database.execute("SELECT COUNT(*) FROM found_receipts").fetchone()[0] == 12
            assert database.execute("SELECT SUM(requests) FROM sums_served WHERE level = 86400").fetchone()[0] == 24


def test_what_a_later_version_wrote_is_no_pruning() -> None:
    assert parse_pruning(b'{"before": "x"}') is None
    assert parse_pruning(b"no") is None


NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("per", "since"),
    [
        ("hour", date(2026, 11, 18)),
        ("day", date(2026, 11, 18)),
        ("week", date(2026, 11, 16)),
        ("month", date(2026, 11, 1)),
        ("24 hours", date(2026, 11, 17)),
        ("30 days", date(2026, 10, 19)),
    ],
)
def test_open_periods_of_budgets_are_needed(per, since) -> None:  # type: ignore[no-untyped-def]
    budget = Budget(name="b", home="plain", of=Target(), limit=Decimal(1), unit="USD", per=per)
    spending = config(model("m"), policies={"plain": policy(budgets=(budget,))})
    assert needs(spending, {}, NOW) == [Need(since, f"the budget plain/b, per {per}")]


def test_steps_of_ramps_that_run_are_needed() -> None:
    running = RampState(about="x", stage="moving", elapsed_s=86_400 * 3)
    found = needs(ROWS, {"r": running, "s": replace(running, stage="rolled_back")}, NOW)
    assert found == [Need(date(2026, 11, 15), "the ramp r, whose step began then")]


def test_open_periods_of_contracts_are_needed() -> None:
    found = needs(load(), {}, NOW)
    assert found[0] == Need(date(2026, 4, 1), "the caps and commitments of contracts.yaml")


def test_the_room_of_what_went_is_used_again(tmp_path: Path) -> None:
    """In SQLite: a file whose old receipts are pruned grows no more, though what stays of them lay among the bodies."""
    with closing(Place(tmp_path / "data").ledger()) as ledger:
        ledger.log.clock = ticking(start=START + timedelta(days=60))
        for number in range(300):
            ledger.append(receipt(number), None)
        ledger.flush()
        before = pages(ledger)
        assert prune(ledger, plan(ledger, date(2026, 2, 10), WHY)) == 240
        for number in range(300, 480):
            ledger.append(receipt(number), None)
        ledger.flush()
        assert pages(ledger) <= before + 2


def pages(ledger: DatabaseLedger) -> int:
    with ledger.database.reading() as database:
        return int(database.execute("PRAGMA page_count").fetchone()[0])
