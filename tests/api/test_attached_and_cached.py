"""Files and caches over HTTP: what is attached is held for, and what was cached or written is charged as such."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import Asked, Script, Upstream, answer, completion

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
DATA = "JVBERi0xLjQK" + "A" * 240_000
SMALL = "JVBERi0xLjQK" * 20
PRICE = {"since": "2026-01-01", "source": "a test", "status": "assumed", "input": 3, "output": 15, "cached_input": 0.3}
CONTEXT = 128_000


def house(folder: Path, url: str, adapter: str = "openai", budget: str = "", **price: Any) -> Path:
    place = house_in(folder, {"first": url}, timeouts={"connect": 1, "first_token": 5, "between_tokens": 5, "whole": 9})
    for name, change in (
        ("catalog.yaml", lambda data: data["models"][0].update(context=CONTEXT, capabilities=["files"])),
        ("prices.yaml", lambda data: data["prices"].update(first=[PRICE | price])),
        ("providers.yaml", lambda data: data["providers"]["first"].update(adapter=adapter)),
    ):
        data = json.loads((place / name).read_text())
        change(data)
        (place / name).write_text(json.dumps(data))
    if budget:
        budgets = [{"name": "day", "limit": budget, "per": "day"}]
        plain = {"because": "a test", "band": 0.02, "budgets": budgets}
        (place / "policies.yaml").write_text(json.dumps({"default": "plain", "policies": {"plain": plain}}))
    return place


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def usage_costs(start: Starter, tmp_path: Path) -> Iterator[Ask]:
    """Sends a request whose backend states a usage, and gives its receipt."""
    said: list[dict[str, Any]] = []

    def script(asked: Asked) -> Script:
        if asked.path.endswith("/messages"):
            block = {"type": "text", "text": "ok"}
            message = {"type": "message", "role": "assistant", "model": "first", "stop_reason": "end_turn"}
            return [answer(message | {"content": [block], "usage": said[-1]})]
        return [answer(completion(usage=said[-1]))]

    with Upstream(script) as upstream:

        def ask(usage: dict[str, Any], adapter: str = "openai", **price: Any) -> dict[str, Any]:
            said.append(usage)
            running = start(folder=house(tmp_path / str(len(said)), upstream.url, adapter, **price))
            with running.http() as http:
                http.post(CHAT, json={"model": "auto", "messages": [{"role": "user", "content": "hi"}]})
            return last_receipt(running)

        yield ask


def last_receipt(running: Running) -> dict[str, Any]:
    running.ledger.flush()
    receipt: dict[str, Any] = json.loads(list(running.ledger.receipts())[-1])
    return receipt


@pytest.mark.parametrize(
    "cached",
    [
        {"prompt_tokens_details": {"cached_tokens": 9_000}},
        {"prompt_cache_hit_tokens": 9_000, "prompt_cache_miss_tokens": 1_000},
        {"cached_tokens": 9_000},
    ],
)
def test_cached_tokens_are_charged_as_such_however_they_are_spelled(usage_costs: Ask, cached: dict[str, Any]) -> None:
    receipt = usage_costs({"prompt_tokens": 10_000, "completion_tokens": 2, "total_tokens": 10_002, **cached})
    assert Decimal(receipt["charged"]) == 1_000 * 3 + 9_000 * Decimal("0.3") + 2 * 15 == 5_730


WRITTEN = {
    "input_tokens": 10,
    "output_tokens": 4,
    "cache_creation_input_tokens": 10_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10_000},
}


def test_tokens_written_for_an_hour_cost_what_their_maker_publishes(usage_costs: Ask) -> None:
    receipt = usage_costs(WRITTEN, "anthropic")
    assert Decimal(receipt["charged"]) == 10 * 3 + 10_000 * 6 + 4 * 15
    assert receipt["usage"]["cache_write_1h_tokens"] == 10_000


def test_a_stated_price_of_writing_goes_before(usage_costs: Ask) -> None:
    receipt = usage_costs(WRITTEN, "anthropic", cache_write_1h=4)
    assert Decimal(receipt["charged"]) == 10 * 3 + 10_000 * 4 + 4 * 15


def test_where_nobody_publishes_one_it_is_input(usage_costs: Ask) -> None:
    said = {"prompt_tokens": 10_000, "completion_tokens": 2, "prompt_tokens_details": {"cache_write_tokens": 9_000}}
    receipt = usage_costs(said)
    assert Decimal(receipt["charged"]) == 10_000 * 3 + 2 * 15
    assert receipt["usage"]["cache_write_5m_tokens"] == 9_000


def file_in(path: str, data: str, **more: Any) -> dict[str, Any]:
    """The same file in the words of each surface."""
    url = f"data:application/pdf;base64,{data}"
    if path == RESPONSES:
        parts: list[dict[str, Any]] = [{"type": "input_file", "filename": "a.pdf", "file_data": url}]
        return {"model": "auto", "max_output_tokens": 20, "input": [{"role": "user", "content": parts}], **more}
    if path == MESSAGES:
        source = {"type": "base64", "media_type": "application/pdf", "data": data}
        parts = [{"type": "document", "source": source}]
    else:
        parts = [{"type": "file", "file": {"filename": "a.pdf", "file_data": url}}]
    return {"model": "auto", "max_tokens": 20, "messages": [{"role": "user", "content": parts}], **more}


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
@pytest.mark.parametrize("data", [DATA, SMALL], ids=["240 KB", "small"])
def test_twenty_files_at_once_stay_within_the_budget(start: Starter, tmp_path: Path, path: str, data: str) -> None:
    used = {"prompt_tokens": 100_000, "completion_tokens": 2, "total_tokens": 100_002}

    def slow(asked: Asked) -> Script:
        sleep(0.2)
        return [answer(completion(usage=used))]

    with Upstream(slow) as upstream:
        running = start(folder=house(tmp_path / "config", upstream.url, budget="0.50 USD"))
        with running.http() as http, ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: http.post(path, json=file_in(path, data)).status_code, range(20)))
    # A budget acts once it is used up, so that the last request may pass its limit.
    assert answers.count(200) <= 2
    running.ledger.flush()
    charged = sum(Decimal(json.loads(body)["charged"]) for body in running.ledger.receipts())
    assert charged < 500_000 + 100_000 * 3 + 2 * 15


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
def test_a_file_that_no_context_holds_is_refused_before_any_call(start: Starter, tmp_path: Path, path: str) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        running = start(folder=house(tmp_path / "config", upstream.url))
        huge = file_in(path, "A" * 1_900_000)
        if path == MESSAGES:
            huge["messages"][0]["content"][0]["source"]["media_type"] = "text/plain"
        with running.http() as http:
            small = http.post(path, json=file_in(path, DATA))
            assert small.status_code == 200
            body = json.dumps(huge).replace("application/pdf", "text/plain").encode()
            refused = http.post(path, content=body, headers={"content-type": "application/json"})
        assert refused.status_code in (400, 422)
        assert len(upstream.asked) == 1
    assert last_receipt(running)["features"]["attached_tokens"] == 180_009 // 8 + 1
