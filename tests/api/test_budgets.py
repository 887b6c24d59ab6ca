"""Budgets over HTTP: they bind every hop, act at exactly their limit, and the books balance."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.servers import Running, Starter
from router.config import load
from router.config.load import with_policies
from router.errors import ProviderError
from router.types import Call, Chunk, Config

CHAT = "/v1/chat/completions"
HEAD = """
default: plain
policies:
  plain:
    because: a test
    band: 1
    models: [{models}]
    consent: any
    budgets:
      - {{name: all, limit: "{limit}", per: month{more}}}
"""


def budgeted(limit: str, more: str = "", models: str = "gpt-5-nano") -> Config:
    return with_policies(load(), HEAD.format(limit=limit, more=more, models=models).encode())


def ask(server: Running, text: str = "hi", **more: Any) -> httpx.Response:
    body = {"model": "plain", "max_tokens": 40, "messages": [{"role": "user", "content": text}], **more}
    with server.http() as http:
        return http.post(CHAT, json=body)


def receipts(server: Running) -> list[dict[str, Any]]:
    server.ledger.flush()
    return [orjson.loads(body) for body in server.ledger.receipts()]


def charged(*servers: Running) -> Decimal:
    return sum((Decimal(r["charged"]) for server in servers for r in receipts(server)), Decimal(0))


def test_requests_are_counted_to_exactly_the_limit(start: Starter) -> None:
    server = start(budgeted("3 requests"))
    assert [ask(server).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = ask(server)
    error = refused.json()["error"]
    assert (error["code"], error["candidates"][0]) == (
        "budget_exceeded",
        {"model": "gpt-5", "code": "budget", "detail": ""},
    )
    assert int(refused.headers["retry-after"]) > 60
    assert len(receipts(server)) == 3


def test_an_unset_limit_never_acts_and_a_limit_of_nothing_always_does(start: Starter) -> None:
    text = HEAD.format(limit="1 requests", more="", models="gpt-5-nano")
    without = start(with_policies(load(), text[: text.index("    budgets:")].encode()))
    assert [ask(without).status_code for _ in range(3)] == [200] * 3
    assert ask(start(budgeted("0 USD"))).status_code == 429


def test_a_budget_may_widen_the_band_once_it_is_used_up(start: Starter) -> None:
    text = HEAD.format(limit="1 requests", more=", then: {band: 1}", models="'*'").replace("band: 1\n", "band: 0\n")
    server = start(with_policies(load(), text.encode()))
    hard = "Prove that there are infinitely many primes congruent to 3 modulo 4, rigorously, with all the steps."
    first, second = (receipts_of(server, ask(server, hard)) for _ in range(2))
    assert (first["decision"]["band"], first["decision"]["budgets"]) == (0.0, [])
    assert (second["decision"]["band"], second["decision"]["budgets"]) == (1.0, ["all"])
    assert Decimal(second["cost"]) < Decimal(first["cost"])


def receipts_of(server: Running, answer: httpx.Response) -> dict[str, Any]:
    with server.http() as http:
        receipt: dict[str, Any] = http.get(f"/v1/receipts/{answer.headers['x-fungible-receipt']}").json()
    return receipt


class Failing:
    """Fails before the first byte, every time."""

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        raise ProviderError("unavailable", "down")
        yield Chunk()


def test_a_failed_call_gives_back_what_it_held(start: Starter) -> None:
    server = start(budgeted("2 requests"), providers={"gpt": Failing()})
    for _ in range(4):
        assert ask(server).status_code == 502
    assert all(statement.held == 0 == statement.spent for statement in server.service.state.accounts.statements())


def test_a_fallback_is_bound_by_its_own_models_budget(start: Starter) -> None:
    """The first model fails; the next one's budget is used up, so the one after serves."""
    text = HEAD.format(limit="1 requests", more=", of: {model: mai-1}", models="gpt-5-nano, mai-1, phi-4")
    text = text.replace("consent: any", "prefer: [gpt-5-nano]")
    server = start(with_policies(load(), text.encode()), providers={"gpt": Failing()})
    served = [ask(server).json() for _ in range(3)]
    by_model = [answer["model"] for answer in served]
    assert by_model.count("mai-1") <= 1
    assert "mai-1" not in by_model[1:]
    assert {answer["fungible"]["policy"] for answer in served} == {"plain"}


def test_each_key_has_an_account_of_its_own(start: Starter) -> None:
    server = start(budgeted("1 requests", ", each: key"))
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}]}
    with server.http() as http:
        codes = [
            http.post(CHAT, json=body, headers={"authorization": f"Bearer {key}"}).status_code
            for key in ("one", "two", "one", "two")
        ]
    assert codes == [200, 200, 429, 429]
    holders = {statement.account.holder for statement in server.service.state.accounts.statements()}
    assert all(holder.startswith("key_") and "one" not in holder for holder in holders)


def test_the_team_of_the_caller_counts(start: Starter) -> None:
    server = start(budgeted("1 requests", ", of: {team: support}"))
    callers = [{"team": "support"}, {"team": "support"}, {"team": "sales"}, {}]
    assert [ask(server, fungible=options).status_code for options in callers] == [200, 429, 200, 200]


@pytest.mark.parametrize("limit", ["0.0004 USD", "3000 tokens"])
def test_64_clients_of_two_servers_never_pass_the_limit_by_more_than_one_request(
    start: Starter, tmp_path: Path, limit: str
) -> None:
    """Some calls fail, some clients leave in the middle; the accounts still say what the receipts say."""
    config, shared = budgeted(limit), tmp_path / "accounts.sqlite3"
    faults = {"faults": {"rate": 0.2, "outcomes": ["unavailable", "cut_off"]}}
    servers = [start(config, settings=faults, accounts=shared) for _ in range(2)]
    codes = asyncio.run(hammer([server.url for server in servers]))
    assert codes.count(200) > 5
    assert codes.count(429) > 5
    assert set(codes) <= {200, 429, 502, 0}
    (statement,) = servers[0].service.state.accounts.statements()
    assert statement.held == 0
    spent = charged(*servers) if limit.endswith("USD") else tokens(*servers)
    assert statement.spent == spent, "the books balance to the micro-dollar"
    most, worst = config.policies["plain"].budgets[0].limit, largest(*servers, money=limit.endswith("USD"))
    assert most <= spent <= most + worst


def tokens(*servers: Running) -> Decimal:
    used = [r["usage"] for server in servers for r in receipts(server) if r["usage"]]
    return Decimal(sum(usage["input_tokens"] + usage["output_tokens"] for usage in used))


def largest(*servers: Running, money: bool) -> Decimal:
    records = [r for server in servers for r in receipts(server) if r["usage"]]
    return max(
        Decimal(r["charged"]) if money else Decimal(r["usage"]["input_tokens"] + r["usage"]["output_tokens"])
        for r in records
    )


async def hammer(urls: list[str]) -> list[int]:
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(limits=limits, timeout=30) as http:
        by_client = await asyncio.gather(*[client(http, urls[number % len(urls)], number) for number in range(64)])
    return [status for statuses in by_client for status in statuses]


async def client(http: httpx.AsyncClient, url: str, number: int) -> list[int]:
    """Ask a few times; every fourth client streams, and leaves after the first bytes."""
    statuses = []
    for turn in range(4):
        text = f"client {number}, turn {turn}: what is the capital of France, and why?"
        body = {"model": "plain", "max_tokens": 60, "messages": [{"role": "user", "content": text}]}
        if number % 4:
            statuses.append((await http.post(f"{url}{CHAT}", json=body)).status_code)
            continue
        async with http.stream("POST", f"{url}{CHAT}", json={**body, "stream": True}) as answer:
            statuses.append(answer.status_code)
            async for _ in answer.aiter_bytes():
                break
    return statuses


@pytest.mark.parametrize(
    ("limit", "more", "expected"),
    [
        ("3 requests", "", {"unit": "requests", "limit": "3", "spent": "2", "held": "0"}),
        # Nothing was spent in the month before.
        ("9 USD", ", rollover: 50 %", {"limit": "13.5", "rolled_over": "4.5"}),
    ],
)
def test_an_operator_sees_every_account(start: Starter, limit: str, more: str, expected: dict[str, Any]) -> None:
    server = start(budgeted(limit, more))
    for _ in range(2):
        ask(server)
    with server.http() as http:
        (account,) = http.get("/admin/v1/budgets").json()["data"]
    assert account.items() >= {"budget": "plain/all", "holder": "*", **expected}.items()
    assert 0 < account["used"] < 1
