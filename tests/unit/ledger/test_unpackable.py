"""A receipt whose request fits in no row is written, verified and proved all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from router.ledger import receipt_ledger
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.types import Receipt
from unit.ledger_samples import receipt, tables


@pytest.fixture(params=[True, False], ids=["unpackable", "words"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place, pack = Place(tmp_path), receipt_ledger.pack

    def odd(id: str, *rest: object) -> bytes:  # noqa: A002
        if id == "two" and request.param:
            raise OverflowError
        return pack(id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(receipt_ledger, "pack", odd)
    ledger = place.ledger()
    for name in ("one", "two", "three"):
        ledger.append(_odd(receipt(name)) if name == "two" else receipt(name))
    ledger.flush()
    assert len(ledger.requests()[0]) == 2
    ledger.prove("two")
    ledger.close()
    return place


def _odd(given: Receipt) -> Receipt:
    return replace(given, features=replace(given.features, language="\ud800"))


def test_the_others_keep_their_places_and_the_log_is_sound(place: Place) -> None:
    assert verify_ledger(place.log).findings == ()


def test_a_row_that_is_put_in_its_place_is_found_out(place: Place) -> None:
    with tables(place) as database:
        seqs = [seq for (seq,) in database.execute("SELECT seq FROM requests ORDER BY seq")]
        (missing,) = set(range(seqs[0], seqs[-1])) - set(seqs)
        database.execute("INSERT INTO requests VALUES (?, ?)", (missing, b"x"))
    assert [finding.sequence for finding in verify_ledger(place.log).findings] == [missing]
