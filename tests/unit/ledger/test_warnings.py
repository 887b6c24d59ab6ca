"""What is no fault and good to know: steps of the clock that somebody answers for, old heads, missing witnesses."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.errors import BadRequest, Conflict
from router.ledger.location import Place
from router.ledger.log.acknowledge import acknowledge
from router.ledger.log.verify import verify_ledger
from router.ledger.log.witness import attest
from router.transparency.acknowledgement import Acknowledgement, parse_acknowledgement
from unit.ledger_samples import START, begin, fill, put, tables, ticking

TOLD = Acknowledgement(22, "ann", "the clock was an hour ahead")
LATE = START + timedelta(days=30)


def test_a_step_of_the_clock_that_somebody_answers_for_is_a_warning(place: Place) -> None:
    begin(place.ledger(), 20)
    with closing(place.ledger()) as ledger:
        ledger.log.clock = ticking(start=datetime(2025, 12, 31, 23, tzinfo=UTC))
        fill(ledger, 20, 25)
        for wrong in (TOLD._replace(entry=23), TOLD._replace(entry=99)):
            with pytest.raises(BadRequest):
                acknowledge(ledger.log, wrong)
        assert 3500 < acknowledge(ledger.log, TOLD) < 3700
        with pytest.raises(Conflict):
            acknowledge(ledger.log, TOLD)
    found = verify_ledger(place.log)
    assert found.findings == ()
    assert any("acknowledged by ann in entry 27: the clock was an hour ahead" in warning for warning in found.warnings)


def test_a_record_that_is_no_acknowledgement_acknowledges_nothing() -> None:
    assert parse_acknowledgement(TOLD.body()) == TOLD
    for body in (b"nothing", b"[1]", b"{}", b'{"clock": "x", "by": "", "because": ""}'):
        assert parse_acknowledgement(body) is None


def test_old_heads_and_missing_witnesses_are_told(place: Place, tmp_path: Path) -> None:
    begin(place.ledger(), 19)
    assert [warning[:36] for warning in verify_ledger(place.log, now=LATE).warnings] == [
        "No witness has signed a head: who ho"
    ]
    with closing(place.ledger()) as ledger:
        attest(ledger.log, tmp_path / "witness", "witness", 1_700_000_000)
        ledger.log.clock = ticking(start=START + timedelta(hours=1))
        fill(ledger, 19, 22)
        ledger._grew = False
    warnings = " ".join(verify_ledger(place.log, now=LATE).warnings)
    assert "The newest signed head covers 21 of 24 entries, and the next is 719.0 h old" in warnings
    assert "The newest head that a witness signed covers 21 of 24 entries" in warnings
    assert verify_ledger(place.log, now=START + timedelta(hours=1, minutes=5)).warnings == ()


def test_an_entry_whose_time_cannot_be_read_has_no_age(place: Place) -> None:
    begin(place.ledger(), 5)
    with tables(place) as database:
        database.execute("DELETE FROM heads")
        database.execute('UPDATE entries SET leaf = replace(leaf, \'"time":"2\', \'"time":"x\') WHERE seq = 0')
    assert len(verify_ledger(place.log, now=LATE).warnings) == 1


def test_a_head_of_a_changed_configuration_is_signed_anew(place: Place) -> None:
    from router.config import load

    with closing(place.ledger()) as ledger:
        fill(ledger, 0, 2)
        first = ledger.log.head()
        assert ledger.log.head() == first
        ledger.keep(load())
        second = ledger.log.head()
        assert second.text != first.text
        assert put(ledger, "SELECT COUNT(*) FROM heads") == [(2,)]
    assert verify_ledger(place.log).findings == ()
