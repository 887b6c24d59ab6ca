"""Requests of a stretch of time, and candidates, from either database."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from builders import SITUATION, ask, config, ending, exchange, features, model

from router.decision.decide import decide
from router.decision.receipt import settle
from router.ids import first_id
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.policy.candidates.candidate_store import agree, candidate_of, end, put_up
from router.policy.replay.request_columns import unpack
from router.types import Author, Receipt

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROWS = config(model("m"))


def receipt(minute: int, letter: str) -> Receipt:
    about, facts = ask(), features()
    logged = exchange(decide(facts, about, SITUATION, ROWS), facts, about)
    name = first_id(AT + timedelta(minutes=minute)) + letter * 20
    return settle(replace(logged, id=name), ending("m"), ROWS)


def test_the_requests_of_a_stretch_of_time(place: Place) -> None:
    with closing(place.ledger()) as ledger:
        for minute, letter in ((0, "f"), (1, "0"), (2, "a"), (3, "f")):
            ledger.append(receipt(minute, letter))

        def between(since: int, until: int | None, most: int = 10) -> list[str]:
            end_ = None if until is None else AT + timedelta(minutes=until)
            rows = unpack(*ledger.requests_between(AT + timedelta(minutes=since), end_, most))
            return [rows.id.at(row)[12] for row in range(len(rows))]

        assert between(0, None) == ["f", "0", "a", "f"]
        assert between(1, 3) == ["0", "a"]
        assert between(0, None, 2) == ["a", "f"]
        assert between(4, None) == []


def test_candidates_are_records_of_the_log(place: Place) -> None:
    with closing(place.ledger()) as ledger:
        made = put_up(ledger.log, "aaa1", "default: a\n", Author("kim", "command", "한 번"), AT)
        agreed = agree(ledger.log, made, Author("lee", "http"))
        assert candidate_of(ledger.log) == agreed
        end(ledger.log, agreed, "dropped", AT)
    assert verify_ledger(place.log).findings == ()
