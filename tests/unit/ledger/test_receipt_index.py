"""The index follows the log: each receipt once, whoever wrote it, whatever was read before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from builders import DAY, SITUATION, ask, config, ending, exchange, features, model, policy, price

from router.decision.decide import decide
from router.decision.receipt import settle, substituted
from router.errors import BadRequest, Unreachable
from router.ids import first_id
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.index import ReceiptIndex
from router.ledger.index.figures import GROUPS, Span, figures, quantile, series, span_of
from router.ledger.index.index_row import STEPS, alternatives, duration_class, duration_of, row_of
from router.ledger.index.receipt_search import MOST_ROWS, Filters, Page, parse_filters, row_json, search
from router.ledger.location import Place
from router.ledger.receipt_json import encode
from router.types import Caller, Moved, Receipt
from unit.ledger_samples import START, fill, receipt

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
MODELS = config(
    model("strong", 3.0),
    model("weak", 2.0, owner="Other"),
    prices={"strong": (price("10", "20"),), "weak": (price("1", "2"),)},
    policies={"plain": policy(0.0), "wide": policy(1.0)},
)
TASKS = ("chat", "coding")


def made(number: int, policy_: str = "plain", **changes: Any) -> Receipt:
    """A receipt of its own minute; every third has a key, and asks in turn about chat and coding."""
    facts = features(task=TASKS[number % 2])
    about = ask(policy=policy_, unit=f"{number}", caller=Caller("k" if number % 3 == 0 else None, team="t"))
    about = replace(about, asked=policy_)
    decided = exchange(decide(facts, about, SITUATION, MODELS), facts, about)
    time = NOW + timedelta(minutes=number)
    id_ = f"{first_id(time)}{number:020x}"
    settled = settle(replace(decided, id=id_, time=time), ending(decided.decision.chosen), MODELS)
    return replace(settled, **changes)


@pytest.fixture
def ledger(place: Place) -> Iterator[DatabaseLedger]:
    opened = place.ledger()
    yield opened
    opened.close()


@pytest.fixture
def index(place: Place, ledger: DatabaseLedger) -> Iterator[ReceiptIndex]:
    made_ = place.index(ledger)
    yield made_
    made_.close()


def keep(ledger: DatabaseLedger, *receipts: Receipt) -> None:
    for each in receipts:
        ledger.append(each)
    ledger.flush()


def found(index: ReceiptIndex, limit: int = 50, cursor: str | None = None, **said: str) -> Page:
    return search(index, parse_filters(said), limit, cursor)


def whole() -> Span:
    return span_of(NOW - timedelta(hours=1), NOW + timedelta(hours=12))


def test_what_the_log_holds_is_found_and_summed_once(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, *(made(number) for number in range(4)))
    assert index.catch_up(10).skipped == 0
    keep(ledger, *(made(number, "wide") for number in range(4, 6)))
    progress = index.catch_up(10)
    assert progress.read == progress.entries
    index.catch_up(10)
    assert [row.asked for row in found(index).rows] == ["wide", "wide", "plain", "plain", "plain", "plain"]
    summed = figures(index, whole())
    assert summed["total"]["requests"] == summed["total"]["answered"] == 6
    by_policy = {row["name"]: row["requests"] for row in summed["by"]["policy"]}
    assert by_policy == {"plain": 4, "wide": 2}
    assert {(row["model"], row["requests"], row["able"]) for row in summed["alternatives"]} == {
        ("strong", 6, 6),
        ("weak", 6, 6),
    }


def test_a_receipt_that_settles_late_is_not_missed(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, made(5))
    index.catch_up(10)
    keep(ledger, made(1))
    index.catch_up(10)
    assert figures(index, whole())["total"]["requests"] == 2


def test_another_index_of_the_same_log_comes_to_the_same(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, *(made(number) for number in range(5)))
    index.catch_up(10)
    other = ReceiptIndex(ledger)
    other.catch_up(10)
    assert figures(other, whole()) == figures(index, whole())
    assert found(other) == found(index)
    other.close()


def test_it_goes_on_where_it_stopped(place: Place, ledger: DatabaseLedger) -> None:
    keep(ledger, *(made(number) for number in range(3)))
    first = place.index(ledger)
    first.catch_up(10)
    first.close()
    keep(ledger, made(3))
    again = place.index(ledger)
    assert again.progress().read < again.progress().entries
    again.catch_up(10)
    assert figures(again, whole())["total"]["requests"] == 4
    again.close()


def test_an_index_of_another_version_is_made_anew(place: Place, ledger: DatabaseLedger) -> None:
    keep(ledger, *(made(number) for number in range(3)))
    old = place.index(ledger)
    old.catch_up(10)
    with old.database.writing() as database:
        database.execute("UPDATE index_shape SET shape = ?", ("another",))
        database.execute("ALTER TABLE sums_possible ADD COLUMN mood TEXT")
    old.close()
    index = place.index(ledger)
    assert index.progress().read == 0
    index.catch_up(10)
    assert figures(index, whole())["total"]["requests"] == 3
    index.close()


def test_what_can_not_be_prepared_is_let_go(ledger: DatabaseLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.ledger.index.receipt_index._TABLES", "CREATE NONSENSE")
    with pytest.raises(Unreachable):
        ReceiptIndex(ledger)


def test_nobody_waits_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.ledger.index.receipt_index.AT_ONCE", 3)
    ledger = SqliteLedger()
    fill(ledger, 0, 10)
    index = ReceiptIndex(ledger)
    assert index.catch_up(0).read == 3
    progress = index.catch_up(10)
    assert progress.read == progress.entries
    index.close()
    ledger.close()


def test_a_model_that_would_answer_in_another_kind_is_no_alternative() -> None:
    receipt_ = orjson.loads(encode(made(0)))
    receipt_["decision"]["candidates"][1]["quality"] = 0.0
    assert [each.model for each in alternatives(receipt_)] == ["strong"]


def test_who_comes_second_leaves_it_to_the_first() -> None:
    ledger = SqliteLedger()
    index = ReceiptIndex(ledger)
    assert index.progress().entries == 0
    fill(ledger, 0, 1)
    with index._turn:
        assert index.catch_up(10).read == 0
    assert index.catch_up(10).read == 2
    index.close()
    ledger.close()


def test_what_cannot_be_read_is_counted_and_passed_over(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, made(0), made(1))
    with ledger.database.writing() as database:
        database.execute("UPDATE receipts SET body = ? WHERE id = ?", (b"no json", made(0).id))
    assert index.catch_up(10).skipped == 1
    assert len(found(index).rows) == 1


def test_nobody_answered_has_neither_owner_nor_quality(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, replace(made(0), served=None, outcome="unavailable", cost=Decimal(0), charged=Decimal(0)))
    index.catch_up(10)
    (row,) = found(index).rows
    shown = row_json(row)
    assert (shown["served"], shown["owner"], shown["outcome"]) == (None, None, "unavailable")
    summed = figures(index, whole())
    assert (summed["total"]["answered"], summed["alternatives"], summed["mix"]) == (0, [], [])
    assert summed["duration_ms"] == {"p50": None, "p90": None, "p99": None}
    assert summed["by"]["owner"][0]["name"] is None


def test_a_row_says_what_the_receipt_says() -> None:
    moved = made(3)
    moved = replace(moved, served="weak", decision=replace(moved.decision, ramp=Moved("r", "moved")))
    row = row_of(orjson.loads(encode(moved)))
    assert (row.ramp, row.arm, row.key_name, row.team, row.owner) == ("r", "moved", "k", "t", "Other")
    assert bool(row.substituted) == substituted(moved)
    shown = row_json(row)
    assert (shown["key"], shown["substituted"]) == ("k", True)
    assert Decimal(shown["cost_usd"]) * 1_000_000 == moved.cost
    assert "second" not in shown


def test_pages_lead_through_everything(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, *(made(number) for number in range(7)))
    index.catch_up(10)
    seen, cursor = [], None
    while True:
        page = found(index, 3, cursor)
        seen += [row.id for row in page.rows]
        if (cursor := page.cursor) is None:
            break
    assert seen == sorted((made(number).id for number in range(7)), reverse=True)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ({"task": "chat"}, [2, 0]),
        ({"key": "k"}, [3, 0]),
        ({"key": "k", "task": "coding"}, [3]),
        ({"team": "t", "policy": "plain"}, [3, 2, 1, 0]),
        ({"owner": "Owner"}, [3, 2, 1, 0]),
        ({"substituted": "true"}, []),
        ({"substituted": "false"}, [3, 2, 1, 0]),
        ({"fallback": "true"}, []),
        ({"fallback": "false"}, [3, 2, 1, 0]),
        ({"min_cost": "1e9"}, []),
        ({"min_ms": "0", "max_quality": "1"}, [3, 2, 1, 0]),
    ],
)
def test_filters_narrow(ledger: DatabaseLedger, index: ReceiptIndex, said: dict[str, str], numbers: list[int]) -> None:
    keep(ledger, *(made(number) for number in range(4)))
    index.catch_up(10)
    assert [row.id for row in found(index, **said).rows] == [made(number).id for number in numbers]


def test_times_bound_a_search(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, *(made(number) for number in range(4)))
    index.catch_up(10)
    nothing = Filters(None, (), ())
    since, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)
    rows = search(index, nothing, 50, None, since, until).rows
    assert [row.id for row in rows] == [made(2).id, made(1).id]


def test_a_search_that_looked_far_enough_says_where_it_stopped(
    ledger: DatabaseLedger, index: ReceiptIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(ledger, *(made(number) for number in range(5)))
    index.catch_up(10)
    monkeypatch.setattr("router.ledger.index.receipt_search.MOST_SCANNED", 3)
    page = found(index, owner="Other")
    assert (page.rows, page.cursor) == ([], made(2).id)
    assert found(index, cursor=page.cursor, owner="Other") == Page([], None)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"polcy": "x"}, "Did you mean 'policy'"),
        ({"min_cost": "much"}, "no number"),
        ({"min_ms": "nan"}, "out of bounds"),
        ({"substituted": "maybe"}, "true or false"),
    ],
)
def test_a_wrong_filter_is_refused(said: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        parse_filters(said)


@pytest.mark.parametrize("limit", [0, MOST_ROWS + 1])
def test_a_page_has_bounds(index: ReceiptIndex, limit: int) -> None:
    with pytest.raises(BadRequest, match="limit"):
        found(index, limit)


def test_a_course_has_the_sums_of_its_steps(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, *(made(number) for number in range(6)))
    index.catch_up(10)
    for by in GROUPS:
        course = series(index, whole(), by)
        counts = [group["requests"] for point in course["points"] for group in point["groups"].values()]
        assert sum(counts) == 6
    assert series(index, span_of(NOW, NOW + timedelta(minutes=10)), "task")["step_s"] == 60
    with pytest.raises(BadRequest, match="by"):
        series(index, whole(), "mood")


@pytest.mark.parametrize(("days", "level"), [(0.1, 60), (1, 900), (7, 21_600), (100, 86_400)])
def test_a_range_is_made_of_steps_that_fit_it(days: float, level: int) -> None:
    span = span_of(NOW - timedelta(days=days), NOW + timedelta(seconds=1))
    assert span.level == level
    assert span.begin % level == span.end % level == 0
    assert span.begin <= (NOW - timedelta(days=days)).timestamp() < NOW.timestamp() < span.end
    assert span.step % level == 0
    assert (span.end - span.begin) / span.step <= 200


def test_a_very_long_range_has_steps_of_its_own() -> None:
    span = span_of(NOW - timedelta(days=365 * 30), NOW)
    assert (span.end - span.begin) / span.step <= 200


def test_a_range_must_end_after_it_begins() -> None:
    with pytest.raises(BadRequest, match="since"):
        span_of(NOW, NOW)


def test_quantiles_are_exact_within_their_class() -> None:
    for duration in (0.2, 1.0, 3.7, 99.0, 12_345.0):
        middle = duration_of(duration_class(duration))
        assert abs(middle - duration) <= max(0.5, duration * (2 ** (1 / STEPS) - 1))
    classes = [(duration_class(10.0), 99), (duration_class(1000.0), 1)]
    assert quantile(classes, 0.5) == duration_of(duration_class(10.0))
    assert quantile(classes, 1.0) == duration_of(duration_class(1000.0))


def test_days_of_old_receipts_are_summed_in_their_own_time(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    old = replace(made(0), time=START)
    keep(ledger, old)
    index.catch_up(10)
    assert figures(index, whole())["total"]["requests"] == 0
    assert figures(index, span_of(START, START + timedelta(days=1)))["total"]["requests"] == 1
    assert DAY


def test_receipts_of_the_samples_are_taken(ledger: DatabaseLedger, index: ReceiptIndex) -> None:
    keep(ledger, receipt("a" * 32, "key_a"))
    index.catch_up(10)
    assert found(index, key="key_a").rows[0].asked
