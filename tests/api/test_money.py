"""The report on money over a real socket: the same JSON as the command's, and who may have it."""

from decimal import Decimal
from unittest.mock import patch

import pytest

from api.servers import Running, Starter
from router.errors import Unbalanced


@pytest.fixture
def served(start: Starter) -> Running:
    """A server that has answered two requests."""
    running = start(admin_key="a key that nobody guesses")
    for model in ("gpt-5", "cost"):
        running.openai().chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi!"}])
    running.ledger.flush()
    return running


def get(running: Running, path: str, key: str = "a key that nobody guesses") -> tuple[int, dict]:  # type: ignore[type-arg]
    with running.http() as http:
        response = http.get(f"/admin/v1/money{path}", headers={"authorization": f"Bearer {key}"})
    return response.status_code, response.json()


def test_the_report_is_the_commands(served: Running) -> None:
    status, body = get(served, "?by=owner")
    assert (status, body["object"], body["by"], body["baseline"]) == (200, "fungible.money", "owner", "asked")
    assert body["total"]["requests"] == 2
    assert sum(Decimal(group["served"]["paid_usd"]) for group in body["groups"]) == Decimal(
        body["total"]["served"]["paid_usd"]
    )
    assert get(served, "?since=2999-01-01&baseline=dearest")[1]["total"]["requests"] == 0


def test_self_preference(served: Running) -> None:
    status, body = get(served, "/self-preference")
    assert (status, body["object"]) == (200, "fungible.self_preference")
    assert (body["platform"], body["total"]["requests"], body["total"]["verdict"]) == ("Microsoft", 2, "too_few")


@pytest.mark.parametrize("query", ["?by=colour", "?baseline=worst", "?since=yesterday"])
def test_what_is_no_question_is_told(served: Running, query: str) -> None:
    status, body = get(served, query)
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")


def test_without_the_key_there_is_none(served: Running) -> None:
    assert get(served, "", "another key that is wrong")[0] == get(served, "/self-preference", "wrong")[0] == 401


def test_books_that_do_not_balance_are_refused_in_the_envelope(served: Running) -> None:
    with patch("router.api.routes.money_report.keep_books", side_effect=Unbalanced("Request x does not add up.")):
        status, body = get(served, "")
    assert (status, body["error"]["message"]) == (500, "Request x does not add up.")
