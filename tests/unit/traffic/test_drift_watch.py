"""A server's looks at its own traffic: what was planted is found, a look is bounded, and it is not made too often."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from builders import SITUATION, ask, config, ending, exchange, features, model

from router.decision.decide import decide
from router.decision.receipt import settle
from router.ids import first_id
from router.ledger import SqliteLedger
from router.ledger.log.records import note
from router.traffic.drift_watch import LOOK_S, DriftWatch, look
from router.traffic.drift_windows import Windows
from router.traffic.scored_receipts import ScoredReceipts

END = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = config(model("m"))
WINDOWS = Windows(recent=2, before=2, a_day=1_000)
EACH = 40


def name_of(number: int, time: datetime) -> str:
    return f"{first_id(time)}{number:020x}"


def write(ledger: SqliteLedger, number: int, time: datetime, task: str, rating: float) -> None:
    about, facts = ask(unit=f"unit-{number}"), features(task=task, difficulty=0.1 * (number % 7))
    logged = exchange(decide(facts, about, SITUATION, ROWS), facts, about)
    name = name_of(number, time)
    ledger.append(settle(replace(logged, id=name, time=time), ending("m"), ROWS))
    with ledger.log.writing() as database:
        body = orjson.dumps({"receipt": name, "rating": rating, "served": "m", "time": time.isoformat()})
        note(database, ledger.log, "feedback", "anonymous", name, body)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLedger]:
    """Four days of requests: in the last two the work is another, and answers are worse than was predicted."""
    with closing(SqliteLedger(tmp_path_factory.mktemp("drift") / "ledger.sqlite3")) as ledger:
        for number in range(4 * EACH):
            late = number < 2 * EACH
            time = END - timedelta(days=number // EACH, minutes=1 + number % EACH)
            task = "coding" if late and number % 2 else "chat"
            write(ledger, number, time, task, 0.1 if late else 0.9)
        ledger.flush()
        yield ledger


def test_what_was_planted_is_found_and_nothing_else(ledger: SqliteLedger) -> None:
    finding = look(ledger, ScoredReceipts(ledger), WINDOWS, END)
    assert (finding.recent, finding.before) == (2 * EACH, 2 * EACH)
    assert {change.what for change in finding.changes if change.drifted} == {"task", "calibration"}
    assert {change.what for change in finding.changes} == {"task", "language", "difficulty", "calibration"}
    (task,) = (change for change in finding.changes if change.what == "task")
    assert (task.before["chat"], task.after["coding"], task.distance) == (1.0, 0.5, 0.5)
    (gap,) = (change for change in finding.changes if change.what == "calibration")
    assert gap.before["mean"] - gap.after["mean"] == pytest.approx(0.8, abs=0.01)
    assert finding.plain()["changes"][0]["drifted"]


def test_of_a_day_no_more_are_read_than_so_many(ledger: SqliteLedger) -> None:
    finding = look(ledger, ScoredReceipts(ledger), WINDOWS._replace(a_day=5), END)
    assert (finding.recent, finding.before, finding.changes) == (10, 10, ())


def test_outcomes_are_read_on_and_old_ones_forgotten(ledger: SqliteLedger) -> None:
    scored = ScoredReceipts(ledger)
    assert len(scored.since(END - timedelta(days=9))) == 4 * EACH
    assert len(scored.since(END - timedelta(days=2))) == 2 * EACH
    # What was forgotten is not read again.
    assert len(scored.since(END - timedelta(days=9))) == 2 * EACH


def test_a_pair_scores_two_models(tmp_path: Path) -> None:
    with closing(SqliteLedger(tmp_path / "l.sqlite3")) as ledger:
        name = name_of(1, END)
        sides = {"original": {"model": "m", "outcome": 1}, "substitute": {"model": "other", "outcome": 0}}
        with ledger.log.writing() as database:
            note(database, ledger.log, "pair", "anonymous", name, orjson.dumps({"receipt": name, **sides}))
        scored = ScoredReceipts(ledger)
        assert scored.since(END) == {name: [("m", 1.0), ("other", 0.0)]}
        # Its receipt is not there: nothing is known of what was predicted.
        finding = look(ledger, scored, WINDOWS, END + timedelta(hours=1))
        assert (finding.recent, finding.before, finding.changes) == (0, 0, ())


def test_a_look_is_made_no_sooner_than_it_may(ledger: SqliteLedger) -> None:
    seconds = [0.0]
    watch = DriftWatch(ledger, lambda: END, lambda: seconds[0])
    assert watch.last is None
    first = watch.finding()
    seconds[0] = LOOK_S - 1
    assert watch.finding() is first
    seconds[0] = LOOK_S
    assert watch.finding() is not first
