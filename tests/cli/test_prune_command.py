"""`fungible ledger prune` as a person meets it: shown first, agreed to, refused where something needs it."""

import io
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from unit.ledger_samples import receipt

from router.cli.ledger.prune_commands import Wanted, list_pruned, run
from router.errors import BadRequest, Conflict
from router.ids import first_id
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER, Place
from router.ledger.retention import still_needed

TODAY = datetime.now(UTC).date()
BEFORE = (TODAY - timedelta(days=40)).isoformat()


COMMANDS = import_module("router.cli.ledger.prune_commands")


@pytest.fixture(autouse=True)
def nothing_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped contracts commit for a year."""
    monkeypatch.setattr(COMMANDS, "needs", lambda *_: [])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    with closing(SqliteLedger(tmp_path / LEDGER)) as ledger:
        for days in (90, 60, 1):
            moment = datetime.combine(TODAY - timedelta(days=days), datetime.min.time(), UTC)
            ledger.append(replace(receipt(f"{first_id(moment)}{0:020x}"), time=moment))
    return Place(tmp_path)


def left(place: Place) -> int:
    with closing(place.ledger()) as ledger:
        return len(list(ledger.receipts()))


def test_it_is_shown_first_and_asked(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Wanted(BEFORE, "kim", "ninety days are enough")
    run(place, None, replace(wanted, dry_run=True))
    assert left(place) == 3
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    run(place, None, wanted)
    assert left(place) == 3
    list_pruned(place, as_json=False)
    assert "Nothing was pruned." in capsys.readouterr().out
    run(place, None, replace(wanted, yes=True))
    shown = capsys.readouterr().out
    assert f"2 receipts before {BEFORE}, by kim: ninety days are enough" in shown
    assert "pruned: 2 receipts" in shown
    assert left(place) == 1
    list_pruned(place, as_json=False)
    list_pruned(place, as_json=True)
    shown = capsys.readouterr().out
    assert f'"before": "{BEFORE}"' in shown
    run(place, None, replace(wanted, yes=True, json=True))
    assert '"pruned": 0' in capsys.readouterr().out


def test_what_is_needed_or_no_day_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    since = date.fromisoformat(BEFORE) - timedelta(days=1)
    needed = [still_needed.Need(since, "the budget plain/b, per month")]
    monkeypatch.setattr(COMMANDS, "needs", lambda *_: needed)
    with pytest.raises(Conflict, match=f"from {since} on are still needed by the budget plain/b, per month"):
        run(place, None, Wanted(BEFORE, "kim", "why", yes=True))
    with pytest.raises(BadRequest, match="is no day"):
        run(place, None, Wanted("yesterday", "kim", "why"))
    monkeypatch.setattr(COMMANDS, "needs", lambda *_: [])
    with pytest.raises(BadRequest, match="nobody is asked"):
        run(place, None, Wanted(BEFORE, "kim", "why", json=True))
    assert left(place) == 3
