"""Receipts: one for each answer, readable at once and for ever, and enough to decide again."""

import orjson
import pytest
from pydantic import TypeAdapter

from api.servers import Running, Starter
from router.config import from_documents
from router.decision.candidates import in_words
from router.decision.decide import decide
from router.money import usd
from router.types import Receipt

CHAT = "/v1/chat/completions"
ASK = {"model": "auto", "messages": [{"role": "user", "content": "Summarise the minutes in three points."}]}
RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)


def reproduces(server: Running, name: str) -> bool:
    """Whether the decision is made again from what the receipt recorded, and nothing else."""
    body = server.ledger.receipt(name)
    assert body is not None
    receipt = RECEIPT.validate_json(body)
    documents = server.ledger.configuration(receipt.decision.revision)
    assert documents is not None
    config = from_documents(documents)
    return decide(receipt.features, receipt.ask, receipt.situation, config) == receipt.decision


def test_the_headers_the_body_and_the_receipt_tell_the_same(server: Running) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json=ASK)
        fungible = answer.json()["fungible"]
        receipt = http.get(f"/v1/receipts/{answer.headers['x-fungible-receipt']}").json()
    for name in ("asked", "served", "reason", "policy", "receipt"):
        assert answer.headers[f"x-fungible-{name}"] == fungible[name]
    assert answer.headers["x-fungible-substituted"] == "false"
    assert receipt["served"] == fungible["served"] == answer.json()["model"]
    assert receipt["usage"]["input_tokens"] == answer.json()["usage"]["prompt_tokens"]
    assert {c["model"] for c in receipt["decision"]["candidates"]} == {
        model.id for model in server.service.config.models if in_words(model)
    }
    assert reproduces(server, receipt["id"])


def test_the_cost_is_tokens_times_the_price_in_force(server: Running) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json=ASK | {"model": "gpt-5"})
    usage = answer.json()["usage"]
    price = server.service.config.prices["gpt-5"][-1]
    expected = usage["prompt_tokens"] * price.input + usage["completion_tokens"] * price.output
    assert answer.json()["fungible"]["cost_usd"] == usd(expected)


def test_a_receipt_holds_no_word_of_the_prompt(server: Running) -> None:
    with server.http() as http:
        ask = ASK | {"messages": [{"role": "user", "content": "My secret is xyzzyplugh."}]}
        answer = http.post(CHAT, json=ask)
    body = server.ledger.receipt(answer.headers["x-fungible-receipt"])
    assert body and b"xyzzy" not in body


def test_receipts_outlive_the_server(start: Starter) -> None:
    first = start()
    with first.http() as http:
        name = http.post(CHAT, json=ASK).headers["x-fungible-receipt"]
    start.stop()
    from router.ledger import SqliteLedger

    again = SqliteLedger(start.folder / "ledger-0.sqlite3")
    assert orjson.loads(again.receipt(name) or b"{}")["id"] == name
    again.close()


def test_an_unknown_receipt_is_a_clear_404(server: Running) -> None:
    with server.http() as http:
        answer = http.get("/v1/receipts/nothing")
    assert answer.status_code == 404
    assert "nothing" in answer.json()["error"]["message"]


def test_route_decides_without_calling(server: Running) -> None:
    before = len(list(server.ledger.receipts()))
    with server.http() as http:
        decision = http.post("/v1/route", json=ASK | {"model": "cost"}).json()
        served = http.post(CHAT, json=ASK | {"model": "cost"}).json()
    assert decision["chosen"] == served["model"]
    assert decision["policy"] == "cost"
    losers = [c for c in decision["candidates"] if c["code"] != "chosen"]
    assert len(losers) == sum(map(in_words, server.service.config.models)) - 1
    assert any(c["flips"] for c in losers)
    server.ledger.flush()
    assert len(list(server.ledger.receipts())) <= before + 1


@pytest.mark.parametrize("where", ["header", "body"])
def test_consent_comes_by_header_or_body(server: Running, where: str) -> None:
    ask = ASK | {"model": "gpt-5"}
    headers = {"x-fungible-consent": "family"} if where == "header" else {}
    body = ask | ({"fungible": {"consent": "family"}} if where == "body" else {})
    with server.http() as http:
        decision = http.post("/v1/route", json=body, headers=headers).json()
    assert decision["consent"] == "family"
    assert set(decision["fallbacks"]) == {"gpt-5-mini", "gpt-5-nano"}
