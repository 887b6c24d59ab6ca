"""An answer is given again to the same request alone: never across keys, consent, callers, guards or configurations."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from attacks.house import KEY, House
from router.config import load
from router.config.load import with_policies
from router.decision.decide import decide
from router.errors import ProviderError
from router.ledger.receipt_json import parse_receipt
from router.serving import budget_holds
from router.types import Chunk, Config, Permit, ToolCallPiece

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
POLICIES = """
default: plain
{guards}
metadata_tags: [team_code]
policies:
  plain:
    because: a test
    band: 1
    consent: any
    cache_for: {ttl}
    budgets:
      - {{name: money, limit: 1000000 USD, per: month}}
      - {{name: tokens, limit: 9000000000000 tokens, per: month, each: key}}
      - {{name: requests, limit: 1000 requests, per: month}}
  other: {{extends: plain, because: another}}
  never: {{extends: plain, because: without, cache_for: 0 s}}
"""
SECRET = "the plan is a yellow submarine"


def rules(ttl: str = "10 minutes", guards: str = "") -> Config:
    return with_policies(load(), POLICIES.format(ttl=ttl, guards=guards).encode())


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    house.service.put_in_force(rules(), house.service.active.providers)
    house.ledger.keep(house.service.config)
    count = iter(range(1_000))
    house.backend.script = lambda _: [
        Chunk(text=f"answer {next(count)} "),
        Chunk(text="of many"),
        Chunk(finish_reason="stop"),
    ]
    yield house
    house.close()


def body(**changes: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": SECRET}], **changes}


def ask(house: House, said: dict[str, Any] | None = None, **about: Any) -> dict[str, Any]:
    status, answer = house.post(CHAT, json.dumps(said or body()).encode(), **about)
    assert status == 200, answer
    whole: dict[str, Any] = json.loads(answer)
    return whole


def reason(house: House, said: dict[str, Any] | None = None, **about: Any) -> str:
    return str(ask(house, said, **about)["fungible"]["reason"])


def test_the_same_request_is_given_the_same_answer_and_costs_nothing(house: House) -> None:
    first, again = ask(house), ask(house)
    assert [each["choices"] for each in (first, again)] == [first["choices"]] * 2
    assert again["usage"] == first["usage"]
    told = again["fungible"]
    assert (told["reason"], told["cached_from"]) == ("cache", first["fungible"]["receipt"])
    assert (float(told["cost_usd"]), told["receipt"] != told["cached_from"]) == (0, True)
    assert -float(told["cost_delta_usd"]) == float(first["fungible"]["cost_usd"]) > 0
    assert len(house.backend.calls) == 1
    _, kept = house.new_receipts()
    assert (kept["cached_from"], kept["attempts"], Decimal(kept["charged"])) == (told["cached_from"], [], 0)
    receipt = parse_receipt(house.ledger.receipt(kept["id"]) or b"")
    assert decide(receipt.features, receipt.ask, receipt.situation, house.service.config) == receipt.decision
    spent = {each.account.budget: each.spent for each in house.accounts.statements()}
    assert spent["plain/requests"] == 2
    assert spent["plain/money"] == Decimal(first["fungible"]["cost_usd"]) * 1_000_000
    assert spent["plain/tokens"] == first["usage"]["total_tokens"]


def test_streamed_and_whole_and_in_other_shapes_it_is_the_same_request(house: House) -> None:
    text = ask(house)["choices"][0]["message"]["content"]
    _, events = house.post(CHAT, json.dumps(body(stream=True, stream_options={"include_usage": True})).encode())
    said = [json.loads(line[6:]) for line in events.decode().splitlines() if line.startswith("data: {")]
    assert "".join(each["choices"][0]["delta"].get("content") or "" for each in said if each["choices"]) == text
    assert said[-1]["fungible"]["reason"] == "cache"
    _, response = house.post(RESPONSES, json.dumps({"model": "auto", "input": SECRET}).encode())
    assert text in response.decode()
    assert len(house.backend.calls) == 1
    for words in ({"user": "u"}, {"metadata": {"a": "b"}}, {"prompt_cache_key": "k"}, {"safety_identifier": "s"}):
        assert reason(house, body(**words)) == "cache", words


OTHERS: list[dict[str, Any]] = [
    {"key": replace(KEY, key="other")},
    {"key": replace(KEY, team="other")},
    {"key": replace(KEY, tags=("t",))},
    {"key": replace(KEY, residency="eu")},
    {"key": replace(KEY, permit=Permit(models=("phi-4-mini", "gpt-5")))},
    {"headers": [(b"x-fungible-consent", b"exact")]},
    {"headers": [(b"x-fungible-tags", b"t")]},
    {"headers": [(b"cache-control", b"no-cache")]},
    {"headers": [(b"cache-control", b"No-Store")]},
    {"said": body(metadata={"team_code": "4711"})},
    {"said": body(model="other")},
    {"said": body(temperature=0.5)},
    {"said": body(seed=1)},
    {"said": body(max_tokens=99)},
    {"said": body(stop="x")},
    {"said": body(n=2)},
    {"said": body(messages=[{"role": "user", "content": f"{SECRET} "}])},
    {"said": body(messages=[{"role": "system", "content": ""}, {"role": "user", "content": SECRET}])},
    {"said": body(messages=[{"role": "user", "content": SECRET, "name": "n"}])},
    {"said": body(fungible={"consent": "family"})},
]


@pytest.mark.parametrize("about", OTHERS, ids=[str(about)[:60] for about in OTHERS])
def test_another_request_is_never_given_it(house: House, about: dict[str, Any]) -> None:
    first = ask(house)
    other = ask(house, **about)
    assert other["fungible"]["reason"] != "cache"
    assert other["choices"][0]["message"]["content"] != first["choices"][0]["message"]["content"]


def test_what_changes_in_the_configuration_forgets_all(house: House) -> None:
    first = ask(house)["fungible"]
    guard = f"guards: [{{name: g, because: b, never: {{model: {first['served']}}}}}]"
    guarded = rules(guards=guard)
    house.ledger.keep(guarded)
    house.service.put_in_force(guarded, house.service.active.providers)
    assert len(house.service.state.answer_cache) == 0
    told = ask(house)["fungible"]
    assert (told["reason"], told["served"] != first["served"]) == ("policy", True)


def test_one_in_flight_under_the_old_configuration_is_not_found_under_the_new(house: House) -> None:
    ask(house)
    kept = dict(house.service.state.answer_cache._kept)
    newer = rules(ttl="11 minutes")
    house.ledger.keep(newer)
    house.service.put_in_force(newer, house.service.active.providers)
    for key, answer in kept.items():
        house.service.state.answer_cache.keep(key, answer)
    assert reason(house) == "policy"


def test_it_ends_with_its_time_and_a_clock_that_goes_back_ends_it_too(house: House) -> None:
    now = house.service.clock()
    house.service.clock = lambda: now
    assert [reason(house), reason(house)] == ["policy", "cache"]
    assert reason(house, headers=[(b"cache-control", b"max-age=0")]) == "cache"
    house.service.clock = lambda: now + timedelta(seconds=599)
    assert reason(house, headers=[(b"cache-control", b"max-age=60")]) == "policy", "which is kept in its place"
    house.service.clock = lambda: now + timedelta(seconds=599 + 599)
    assert reason(house) == "cache"
    house.service.clock = lambda: now + timedelta(seconds=599 + 600)
    assert reason(house) == "policy"
    house.service.clock = lambda: now
    assert reason(house) == "policy"


TOOL = {"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}
URL = {"type": "image_url", "image_url": {"url": "https://example.org/today.png"}}
NEVER: list[dict[str, Any]] = [
    {"model": "never"},
    {"tools": [TOOL]},
    {"tools": [TOOL], "tool_choice": "none"},
    {"web_search_options": {}},
    {"store": True},
    {"functions": [{"name": "pay"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "what is it?"}, URL]}]},
    {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
]


@pytest.mark.parametrize("words", NEVER, ids=str)
def test_what_may_have_effects_or_rests_on_other_things_is_asked_anew(house: House, words: dict[str, Any]) -> None:
    for _ in range(2):
        status, answer = house.post(CHAT, json.dumps(body(**words)).encode())
        assert status != 200 or json.loads(answer)["fungible"]["reason"] != "cache"
    assert len(house.service.state.answer_cache) == 0


@pytest.mark.parametrize(
    "pieces",
    [
        [Chunk(text="cut", finish_reason="length")],
        [Chunk(text="no", finish_reason="content_filter")],
        [Chunk(tool_call=ToolCallPiece(0, "c", "pay", "{}")), Chunk(finish_reason="tool_calls")],
        [Chunk(tool_call=ToolCallPiece(0, "c", "pay", "{}")), Chunk(finish_reason="stop")],
        [Chunk(text="whole", finish_reason="stop"), Chunk(index=1, text="cut", finish_reason="length")],
        [Chunk(text="half"), ProviderError("cut_off", "gone")],
        [Chunk(text="x" * 1_048_577, finish_reason="stop")],
    ],
    ids=str,
)
def test_an_answer_that_did_not_come_to_its_end_is_not_kept(house: House, pieces: list[Any]) -> None:
    house.post(CHAT, json.dumps(body()).encode(), lambda _: pieces)
    house.post(CHAT, json.dumps(body()).encode())
    assert len(house.backend.calls) >= 2
    assert all(receipt["cached_from"] == "" for receipt in house.new_receipts())


def test_no_store_leaves_nothing_behind_and_no_cache_brings_a_new_one(house: House) -> None:
    assert reason(house, headers=[(b"cache-control", b"no-store")]) == "policy"
    assert len(house.service.state.answer_cache) == 0
    newer = [ask(house), ask(house, headers=[(b"cache-control", b"no-cache")]), ask(house)]
    texts = [each["choices"][0]["message"]["content"] for each in newer]
    assert texts[0] != texts[1] == texts[2]


def test_an_answer_by_a_fallback_is_not_kept(house: House) -> None:
    seen: list[str] = []

    def script(call: Any) -> list[Any]:
        seen.append(call.model.id)
        if call.model.id == seen[0]:
            return [ProviderError("unavailable", "down")]
        return [Chunk(text="instead", finish_reason="stop")]

    house.backend.script = script
    assert [reason(house), reason(house)] == ["fallback", "fallback"]


def test_nobody_learns_of_models_from_what_is_given_again_and_no_words_are_written(house: House) -> None:
    followed: list[str] = []
    house.service.state.follow = lambda answer: followed.append(answer.settled().id)
    first, again = ask(house)["fungible"], ask(house)["fungible"]
    assert followed == [first["receipt"]]
    for told in (first, again):
        written = (house.ledger.receipt(told["receipt"]) or b"").decode()
        assert "submarine" not in written
        assert "of many" not in written


def test_silence_is_kept(house: House) -> None:
    silent = replace(KEY, permit=Permit(disclosure="silent"))
    ask(house, key=silent)
    whole = ask(house, key=silent)
    assert "fungible" not in whole
    assert "cache" not in json.dumps(whole).replace("cached_tokens", "")
    assert house.new_receipts()[-1]["cached_from"]


def test_a_budget_of_requests_holds_for_what_is_given_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    few = POLICIES.replace("limit: 1000 requests", "limit: 2 requests").format(ttl="10 minutes", guards="")
    house.service.put_in_force(with_policies(load(), few.encode()), house.service.active.providers)
    # As if all of them were in flight at once: none has settled when the next one comes.
    monkeypatch.setattr(type(house.accounts), "settle", lambda *_: None)
    monkeypatch.setattr(budget_holds, "WAIT_S", 0.0)
    assert [ask(house)["fungible"]["reason"] for _ in range(2)] == ["policy", "cache"]
    status, answer = house.post(CHAT, json.dumps(body()).encode())
    assert (status, json.loads(answer)["error"]["code"]) == (429, "budget_exceeded")
    assert len(house.backend.calls) == 1
