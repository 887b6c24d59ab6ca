"""How much a key may use: limits per minute, requests in flight, budgets; each acts at its amount, on every server."""

import asyncio
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openai
import orjson
import pytest
from openai import OpenAI

from api.servers import Running, Starter
from router.config import load
from router.config.load import with_policies
from router.errors import ProviderError, Unreachable
from router.ledger.location import Place
from router.types import Author, Call, Chunk, Config

CHAT = "/v1/chat/completions"
LIMIT, LEFT, RESET = (f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset"))
PLAIN = "default: plain\npolicies: {plain: {because: a test, band: 1, models: gpt-5-nano, consent: any}}\n"


def body(text: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": "auto", "max_tokens": 40, "messages": [{"role": "user", "content": text}], **more}


def ask(server: Running, secret: str, **more: Any) -> httpx.Response:
    with server.http(secret) as http:
        return http.post(CHAT, json=body(**more))


def plain() -> Config:
    return with_policies(load(), PLAIN.encode())


@pytest.fixture(scope="module")
def server(start_shared: Starter) -> Running:
    return start_shared(keys=True)


def test_requests_per_minute_are_exactly_so_many_and_every_answer_tells(server: Running) -> None:
    secret = server.key("three", requests_per_minute=3)
    answers = [ask(server, secret) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [(answer.headers[LIMIT], answer.headers[LEFT]) for answer in answers] == [
        ("3", "2"),
        ("3", "1"),
        ("3", "0"),
        ("3", "0"),
        ("3", "0"),
    ]
    assert answers[0].headers[RESET] in ("1m0s", "1m1s")
    refused = answers[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 61
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert "'three' may make 3 requests a minute, and has" in error["message"]
    assert "x-ratelimit-limit-tokens" not in refused.headers
    assert ask(server, server.key("other")).status_code == 200, "another key is not concerned"
    with server.http(server.admin("scrapes", "viewer")) as http:
        assert 'fungible_key_refusals_total{key="three",limit="requests"} 2.0' in http.get("/metrics").text


def test_other_answers_tell_too_and_only_what_is_asked_of_models_counts(server: Running) -> None:
    secret = server.key("teller", requests_per_minute=10)
    with server.http(secret) as http:
        assert http.get("/v1/models").headers[LEFT] == "10"
        assert http.post("/v1/route", json=body()).headers[LEFT] == "9"
        assert http.post(CHAT, json=body(model="nobody")).headers[LEFT] == "8"
        assert http.post(CHAT, content=b"{").headers[LEFT] == "8"
        with http.stream("POST", CHAT, json=body(stream=True)) as stream:
            assert stream.headers[LEFT] == "7"
            stream.read()


def test_a_key_without_limits_is_told_none(server: Running) -> None:
    answer = ask(server, server.key("free", in_flight=9))
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


def test_tokens_are_counted_as_receipts_count_them(server: Running) -> None:
    secret = server.key("tokens", tokens_per_minute=5_000)
    first = ask(server, secret)
    used = first.json()["usage"]["total_tokens"]
    with server.http(secret) as http:
        after = http.get("/v1/models").headers
    assert after["x-ratelimit-remaining-tokens"] == str(5_000 - used)
    assert after["x-ratelimit-limit-tokens"] == "5000"
    answers = [ask(server, secret, text="word " * 900) for _ in range(8)]
    codes = [answer.status_code for answer in answers]
    assert codes == sorted(codes)
    assert set(codes) == {200, 429}
    assert "may use 5,000 tokens a minute" in answers[-1].json()["error"]["message"]
    spent = used + sum(answer.json()["usage"]["total_tokens"] for answer in answers if answer.status_code == 200)
    assert spent <= 5_000 + 40, "at most what one answer took beyond what was expected"
    large = ask(server, secret, text="word " * 6_000)
    assert large.status_code == 429
    assert "this request alone is expected to take" in large.json()["error"]["message"]
    assert "retry-after" not in large.headers


class Slow:
    """Answers once it may."""

    def __init__(self) -> None:
        self.may: asyncio.Event | None = None
        self.waiting = 0

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        self.may = self.may or asyncio.Event()
        self.waiting += 1
        await self.may.wait()
        yield Chunk(text="done", finish_reason="stop")


def until_nothing_is_in_flight(server: Running, key: str) -> None:
    """A place is given back a moment after the answer is out."""
    for _ in range(500):
        if not server.service.rate_limiter.in_flight[key]:
            return
        time.sleep(0.01)
    pytest.fail(f"{server.service.rate_limiter.in_flight[key]} of {key} are in flight still")


def test_so_many_may_be_in_flight_at_once(start: Starter) -> None:
    slow = Slow()
    server = start(plain(), providers={"gpt": slow}, keys=True)
    secret = server.key("two-at-once", in_flight=2)

    async def asking() -> list[int]:
        async with httpx.AsyncClient(timeout=20, headers={"authorization": f"Bearer {secret}"}) as http:
            first = [asyncio.create_task(http.post(f"{server.url}{CHAT}", json=body())) for _ in range(2)]
            while slow.waiting < 2:  # noqa: ASYNC110 - the server runs in another thread
                await asyncio.sleep(0.005)
            refused = await http.post(f"{server.url}{CHAT}", json=body())
            assert "2 requests in flight, which is its limit" in refused.json()["error"]["message"]
            assert refused.headers["retry-after"] == "1"
            assert slow.may
            slow.may._loop.call_soon_threadsafe(slow.may.set)  # type: ignore[attr-defined]
            done = [response.status_code for response in await asyncio.gather(*first)]
            return [refused.status_code, *done, (await http.post(f"{server.url}{CHAT}", json=body())).status_code]

    assert asyncio.run(asking()) == [429, 200, 200, 200]
    until_nothing_is_in_flight(server, "two-at-once")


def test_a_client_that_leaves_gives_back_its_place_and_its_tokens(start: Starter) -> None:
    server = start(settings={"latency": True, "latency_scale": 1.0}, keys=True)
    secret = server.key("leaver", in_flight=1, tokens_per_minute=100_000)
    with pytest.raises(httpx.ReadTimeout), server.http(secret) as http:
        http.post(CHAT, json=body(), timeout=0.05)
    until_nothing_is_in_flight(server, "leaver")
    with server.http(secret) as http:
        assert http.get("/v1/models").headers["x-ratelimit-remaining-tokens"] == "100000"


def test_the_official_client_waits_as_long_as_it_is_told(server: Running) -> None:
    client = OpenAI(base_url=f"{server.url}/v1", api_key=server.key("official", requests_per_minute=1), max_retries=0)
    messages: Any = body()["messages"]
    raw = client.chat.completions.with_raw_response.create(model="auto", messages=messages)
    assert (raw.headers[LIMIT], raw.headers[LEFT]) == ("1", "0")
    with pytest.raises(openai.RateLimitError) as limited:
        client.chat.completions.create(model="auto", messages=messages)
    assert int(limited.value.response.headers["retry-after"]) > 1
    client.close()


def test_a_limit_that_cant_be_counted_lets_nothing_through(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """BerriAI/litellm 33923: a reservation that fails open."""
    server = start(plain(), keys=True)
    secret, free = server.key("limited", requests_per_minute=100), server.key("free")

    def broken(*about: Any) -> Any:
        raise Unreachable("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(server.service.rate_limiter._windows, "lease", broken)
        patch.setattr(server.service.rate_limiter._windows, "settle", broken)
        refused = ask(server, secret)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_unreachable")
        assert ask(server, free).status_code == 200
    assert ask(server, secret).status_code == 200


def test_a_budget_that_cant_be_counted_lets_nothing_through(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(plain(), keys=True)
    secret = server.key("limited", budgets="1 USD per day")

    def broken(*about: Any) -> Any:
        raise Unreachable("disk I/O error")

    monkeypatch.setattr(server.service.state.accounts, "hold", broken)
    assert ask(server, secret).status_code == 429
    monkeypatch.setattr(server.service.state.accounts, "spent", broken)
    assert ask(server, secret).status_code == 503


def test_a_budget_acts_at_its_amount_and_says_when_it_begins_anew(start: Starter) -> None:
    """maximhq/bifrost 5770: a rule that fires at $0.40 of $15; and one that is not set never does."""
    server = start(plain(), keys=True)
    secret = server.key("four", budgets=["4 requests per day", "15 USD per month"])
    answers = [ask(server, secret) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    error = answers[-1].json()["error"]
    assert error["code"] == "budget_exceeded"
    assert error["message"] == "The budget of the key 'four' is used up: 4 requests per day."
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 86_400
    with server.http(secret) as http:
        assert http.post("/v1/route", json=body()).status_code == 429
    server.live_config.keyring.change("four", {"budgets": ["6 requests per day", "15 USD per month"]}, AUTHOR)
    raised = [ask(server, secret).status_code for _ in range(3)]
    assert raised == [200, 200, 429], "the account stays when its limit is changed"


AUTHOR = Author("a test", "command")


class Failing:
    """Fails before the first byte, every time."""

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        raise ProviderError("unavailable", "down")
        yield Chunk()


def test_a_fallback_draws_on_the_keys_budget_and_a_failure_gives_back(start: Starter) -> None:
    """BerriAI/litellm 41344: fallbacks around the budget."""
    text = PLAIN.replace("gpt-5-nano", "[gpt-5-nano, phi-4], prefer: gpt-5-nano")
    server = start(with_policies(load(), text.encode()), providers={"gpt": Failing()}, keys=True)
    secret = server.key("two", budgets="2 requests per day")
    answers = [ask(server, secret) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {answer.json()["model"] for answer in answers[:2]} == {"phi-4"}
    failing = server.key("failing", budgets="2 requests per day", models="gpt-5-nano")
    assert [ask(server, failing).status_code for _ in range(4)] == [502] * 4
    statements = {statement.account.budget: statement for statement in server.service.state.accounts.statements()}
    assert statements["key two/requests per day"].spent == 2
    assert all(statement.held == 0 for statement in statements.values())


@pytest.mark.parametrize("budget", ["0.0004 USD", "3000 tokens"])
def test_two_servers_pass_a_keys_budget_by_one_request_at_most(start: Starter, tmp_path: Path, budget: str) -> None:
    """BerriAI/litellm 33325: budgets that race across replicas."""
    place = Place(tmp_path / "shared")
    servers = [start(plain(), place=place, keys=True) for _ in range(2)]
    secret = servers[0].key("raced", budgets=f"{budget} per month")
    codes = asyncio.run(hammer([server.url for server in servers], secret, 160))
    assert set(codes) == {200, 429}
    assert codes.count(200) > 5
    receipts = receipts_of(servers)
    money = budget.endswith("USD")
    costs = [
        Decimal(receipt["charged"]) if money else Decimal(_tokens(receipt)) for receipt in receipts if receipt["usage"]
    ]
    limit = Decimal(400) if money else Decimal(3_000)
    (statement,) = servers[1].service.state.accounts.statements()
    assert (statement.spent, statement.held) == (sum(costs), 0)
    assert limit <= sum(costs) <= limit + max(costs)


def test_two_servers_never_pass_a_keys_requests_per_minute(start: Starter, tmp_path: Path) -> None:
    place = Place(tmp_path / "shared")
    servers = [start(plain(), place=place, keys=True) for _ in range(2)]
    secret = servers[0].key("raced", requests_per_minute=90)
    codes = asyncio.run(hammer([server.url for server in servers], secret, 160))
    assert set(codes) == {200, 429}
    # Two servers may hold, and not use, a lease of a sixtieth each.
    assert 86 <= codes.count(200) <= 90


def _tokens(receipt: dict[str, Any]) -> int:
    return int(receipt["usage"]["input_tokens"] + receipt["usage"]["output_tokens"])


def receipts_of(servers: list[Running]) -> list[dict[str, Any]]:
    for server in servers:
        server.ledger.flush()
    return [orjson.loads(receipt) for receipt in servers[0].ledger.receipts()]


async def hammer(urls: list[str], secret: str, count: int) -> list[int]:
    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(limits=limits, timeout=30, headers={"authorization": f"Bearer {secret}"}) as http:

        async def ask_numbered(number: int) -> int:
            text = f"{number}: what is the capital of France, and why?"
            return (await http.post(f"{urls[number % len(urls)]}{CHAT}", json=body(text, max_tokens=60))).status_code

        return list(await asyncio.gather(*[ask_numbered(number) for number in range(count)]))
