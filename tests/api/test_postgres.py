"""Two servers on one PostgreSQL database: one log, one set of budgets, and what they do where it can't be asked."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from limits_server import MISSING as LIMITS_MISSING
from limits_server import running as limits_server

from api.servers import Running, Starter
from api.test_budgets import CHAT, ask, budgeted, charged, hammer, largest
from router.errors import Unreachable
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.types import Config


@pytest.fixture
def place(postgres: str, tmp_path: Path) -> Place:
    return Place(tmp_path / "data", postgres)


def pass_no_limit(servers: list[Running], config: Config) -> None:
    """Servers that are asked for more than the budget of `config` pass it by one request at most, and books balance."""
    codes = asyncio.run(hammer([server.url for server in servers]))
    assert codes.count(200) > 5
    assert codes.count(429) > 5
    assert set(codes) <= {200, 429, 502, 0}
    for server in servers:
        server.ledger.flush()
        # What the other has counted is heard with the next tick, where limits are shared out.
        server.service.state.accounts.statements()
    (statement,) = servers[1].service.state.accounts.statements()
    spent, limit = charged(servers[0]), config.policies["plain"].budgets[0].limit
    assert (statement.held, statement.spent) == (Decimal(0), spent), "the books balance to the micro-dollar"
    assert limit <= spent <= limit + largest(servers[0], money=True)


def test_two_servers_keep_one_log_and_pass_no_limit_by_more_than_one_request(start: Starter, place: Place) -> None:
    """Some calls fail, some clients leave in the middle; the accounts still say what the receipts say."""
    config = budgeted("0.0004 USD")
    faults = {"faults": {"rate": 0.2, "outcomes": ["unavailable", "cut_off"]}}
    servers = [start(config, settings=faults, place=place) for _ in range(2)]
    pass_no_limit(servers, config)
    verified = verify_ledger(place.log)
    # Entry 0 begins the log, 1 is the policy that both servers found.
    assert (verified.findings, verified.size) == ((), 2 + len(list(servers[0].ledger.receipts())))


def test_servers_that_share_limits_out_by_valkey_pass_none_by_more_than_one_request(
    start: Starter, place: Place, tmp_path: Path
) -> None:
    config = budgeted("0.0004 USD")
    faults = {"faults": {"rate": 0.2, "outcomes": ["unavailable", "cut_off"]}}
    with limits_server(tmp_path) as valkey:
        if valkey is None:
            pytest.skip(LIMITS_MISSING)
        servers = [start(config, settings=faults, place=place, limits_at=valkey.url) for _ in range(2)]
        pass_no_limit(servers, config)
        assert ask(servers[1]).status_code == 429
        with servers[0].http() as http:
            assert "fungible_limits_shared_out 1.0" in http.get("/metrics").text


def test_what_one_server_has_answered_another_can_prove(start: Starter, place: Place) -> None:
    first, other = (start(place=place, durability="refuse") for _ in range(2))
    with first.http() as http:
        answer = http.post(CHAT, json={"model": "auto", "messages": [{"role": "user", "content": "hi"}]})
    name = answer.headers["x-fungible-receipt"]
    with other.http() as http:
        assert http.get(f"/v1/receipts/{name}").json()["id"] == name
        assert http.get(f"/v1/receipts/{name}/proof").status_code == 200
        assert len(http.get("/admin/v1/policies/log").json()["data"]) == 1


def test_what_budgets_cannot_count_is_not_served(start: Starter, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(budgeted("9 requests"), place=place)
    accounts: Any = server.service.state.accounts
    database = accounts._database
    with monkeypatch.context() as away:
        away.setattr(database, "reading", nobody)
        refused = ask(server)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["error"]["message"] == "A database of the router can't be used now."
    with monkeypatch.context() as away:
        away.setattr(database, "writing", nobody)
        refused = ask(server)
    assert (refused.status_code, "can't be counted now" in refused.text) == (429, True)
    assert ask(server).status_code == 200
    outcomes = [receipt["outcome"] for receipt in kept(server)]
    assert outcomes == ["budget", "ok"]


def kept(server: Running) -> list[dict[str, Any]]:
    server.ledger.flush()
    return [orjson.loads(body) for body in server.ledger.receipts()]


@contextmanager
def nobody() -> Iterator[None]:
    raise Unreachable("nobody is there")
    yield
