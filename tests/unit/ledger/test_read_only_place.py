"""A ledger where nothing can be written: a copy on a medium that is read-only, or another user's folder."""

import os
import shutil
from pathlib import Path

import pytest

from router.errors import Unreachable
from router.ledger.db.sqlite import looking
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from unit.ledger_samples import receipt


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "data")
    ledger = place.ledger()
    ledger.append(receipt("req_1"))
    ledger.flush()
    ledger.close()
    return place


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)


@pytest.mark.usefixtures("read_only")
def test_it_is_verified_and_no_file_is_made_beside_it(place: Place) -> None:
    before = sorted(path.name for path in place.log.parent.iterdir())
    with looking(place.log) as database:
        assert database.execute("SELECT COUNT(*) FROM receipts").fetchone() == (1,)
        assert sorted(path.name for path in place.log.parent.iterdir()) == before
    assert verify_ledger(place.log).findings == ()


@pytest.mark.usefixtures("read_only")
def test_commits_beside_the_file_are_told_instead_of_left_out(place: Place, tmp_path: Path) -> None:
    writing = place.ledger()
    writing.append(receipt("req_2"))
    writing.flush()
    copied = tmp_path / "copy"
    shutil.copytree(place.log.parent, copied)
    writing.close()
    with (
        pytest.raises(Unreachable, match=r"sqlite3-wal holds commits .* copy .* to a place of yours"),
        looking(copied / place.log.name),
    ):
        pass


@pytest.mark.usefixtures("read_only")
def test_a_file_that_is_not_there_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="unable to open"), looking(tmp_path / "ledger.sqlite3"):
        pass
