"""Whole requests against deployments that fail, are full, or answer late, by a clock that waits for nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from router.api.assembly import assemble
from router.config import load
from router.errors import AttemptsExhausted, DeadlineExceeded, ProviderError, RateLimited
from router.ledger import SqliteLedger
from router.serving.limits import Limits
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import Call, ChatRequest, Chunk, Config, Message, Provider, Receipt
from unit.api.virtual_time import run

TWO = """
deployments:
  - {name: first, model: gpt-5, provider: gpt, region: eu, capacity: {requests_per_minute: RPM}}
  - {name: second, model: gpt-5, provider: mai, region: us}
breaker: {failures: 2, cool: 1 h}
retry: {pause: 0.001 s}
"""
Act = Callable[[Call], AsyncIterator[Chunk]]


class Scripted:
    """A provider that does what it is told, and counts its calls and what was closed."""

    def __init__(self, *acts: str | float | ProviderError) -> None:
        self.acts = list(acts)
        self.calls = self.closed = 0

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        self.calls += 1
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        try:
            if isinstance(act, ProviderError):
                raise act
            if isinstance(act, float):
                await asyncio.sleep(act)
            yield Chunk(text="hello")
            yield Chunk(text=" there", finish_reason="stop")
        finally:
            self.closed += 1


def down(outcome: Any = "unavailable", retry_after: int | None = None) -> ProviderError:
    return ProviderError(outcome, f"is {outcome}", retry_after=retry_after)


def configured(folder: Path, text: str = TWO, rpm: int = 1000) -> Config:
    (folder / "deployments.yaml").write_text(text.replace("RPM", str(rpm)), encoding="utf-8")
    return load(folder)


def asked(
    config: Config, providers: Mapping[str, Provider], *, times: int = 1, consent: str = "exact", deadline: float = 20.0
) -> tuple[list[Receipt | Exception], Service]:
    """Ask for gpt-5, one request after another."""
    with closing(SqliteLedger()) as ledger:
        service = assemble(config, ledger, limits=Limits(deadline_s=deadline))
        service.put_in_force(config, {**service.active.providers, **providers})
        receipts: list[Receipt] = []
        service.state.watch = receipts.append

        async def go() -> list[Receipt | Exception]:
            receipts: list[Receipt | Exception] = []
            for _ in range(times):
                request = ChatRequest("gpt-5", (Message("user", "hi"),))
                try:
                    async with service.answer(request, RequestContext("t", consent)) as answer:  # type: ignore[arg-type]
                        async for _ in answer:
                            pass
                    receipts.append(answer.settled())
                except Exception as error:  # noqa: BLE001 - what the tests look at
                    receipts.append(error)
            return receipts

        answered = run(go())
        assert len(receipts) == times
        assert all(state.in_flight == 0 for state in service.state.pool.states.values())
        return answered, service


def receipt(receipts: list[Any], place: int = -1) -> Receipt:
    assert isinstance(receipts[place], Receipt), receipts[place]
    receipt: Receipt = receipts[place]
    return receipt


def test_the_first_in_the_order_of_refusal_serves(tmp_path: Path) -> None:
    receipts, _ = asked(configured(tmp_path), {"gpt": Scripted("ok"), "mai": Scripted("ok")})
    last = receipt(receipts)
    assert [attempt.deployment for attempt in last.attempts] == ["first"]
    assert [tuple(offer) for offer in last.offers] == [("first", "taken")]


def test_a_failure_goes_elsewhere_with_the_same_model(tmp_path: Path) -> None:
    receipts, _ = asked(configured(tmp_path), {"gpt": Scripted(down()), "mai": Scripted("ok")})
    last = receipt(receipts)
    assert (last.served, last.decision.consent) == ("gpt-5", "exact")
    assert [(a.deployment, a.outcome) for a in last.attempts] == [("first", "unavailable"), ("second", "ok")]


def test_what_is_full_spills_over_and_every_offer_is_logged(tmp_path: Path) -> None:
    receipts, service = asked(configured(tmp_path, rpm=2), {"gpt": Scripted("ok"), "mai": Scripted("ok")}, times=3)
    assert [receipt(receipts, n).attempts[0].deployment for n in range(3)] == ["first", "first", "second"]
    assert [tuple(offer) for offer in receipt(receipts).offers] == [("first", "full"), ("second", "taken")]
    assert service.state.pool.states["first"].offers == {"taken": 2, "full": 1}


def test_what_fails_again_and_again_is_left_alone(tmp_path: Path) -> None:
    ill = Scripted(down("timeout"))
    receipts, _ = asked(configured(tmp_path), {"gpt": ill, "mai": Scripted("ok")}, times=6)
    assert ill.calls == 2
    assert [tuple(offer) for offer in receipt(receipts).offers] == [("first", "ejected"), ("second", "taken")]


def test_where_everything_is_ill_requests_are_tried_all_the_same(tmp_path: Path) -> None:
    ill, other = Scripted(down(), down(), "ok"), Scripted(down())
    receipts, _ = asked(configured(tmp_path), {"gpt": ill, "mai": other}, times=3)
    assert receipt(receipts).attempts[0].deployment == "first"


def test_where_nothing_else_is_left_the_same_is_asked_once_more(tmp_path: Path) -> None:
    plain = configured(tmp_path, "retry: {pause: 0.001 s}\n")
    receipts, _ = asked(plain, {"gpt": Scripted(down(), "ok")})
    assert [a.outcome for a in receipt(receipts).attempts] == ["unavailable", "ok"]
    receipts, _ = asked(plain, {"gpt": Scripted(down())})
    assert isinstance(receipts[0], AttemptsExhausted)
    assert len(receipts[0].attempts) == 2


def test_patience_that_a_backend_asks_for_is_kept_or_passed_on(tmp_path: Path) -> None:
    plain = configured(tmp_path, "retry: {pause: 0.001 s, longest_pause: 2 s}\n")
    receipts, _ = asked(plain, {"gpt": Scripted(down("rate_limited", 0), "ok")})
    assert [a.outcome for a in receipt(receipts).attempts] == ["rate_limited", "ok"]
    backend = Scripted(down("rate_limited", 60))
    receipts, _ = asked(plain, {"gpt": backend}, times=2)
    assert isinstance(receipts[0], RateLimited)
    assert receipts[0].retry_after == 60
    # It is asked again by the next request, for there is nobody else; never twice by one.
    assert isinstance(receipts[1], RateLimited)
    assert backend.calls == 2


def test_no_retries_without_a_budget_for_them(tmp_path: Path) -> None:
    plain = configured(tmp_path, "retry: {budget: 0, pause: 0.001 s}\nbreaker: {failures: 1000, fewest: 100000}\n")
    backend = Scripted(down())
    asked(plain, {"gpt": backend}, times=30)
    assert backend.calls == 30 + 10


HEDGED = TWO + "hedge: {after: 0.02 s, most: 1}\n"


def test_a_late_first_token_is_overtaken_and_the_slow_call_is_stopped(tmp_path: Path) -> None:
    slow, quick = Scripted(5.0), Scripted("ok")
    receipts, _ = asked(configured(tmp_path, HEDGED), {"gpt": slow, "mai": quick})
    last = receipt(receipts)
    assert [(a.deployment, a.outcome) for a in last.attempts] == [("first", "overtaken"), ("second", "ok")]
    assert (slow.closed, quick.closed) == (1, 1)
    assert last.usage is not None


def test_who_is_in_time_is_not_hedged(tmp_path: Path) -> None:
    quick, other = Scripted("ok"), Scripted("ok")
    receipts, _ = asked(configured(tmp_path, HEDGED), {"gpt": quick, "mai": other})
    assert ([a.outcome for a in receipt(receipts).attempts], other.calls) == (["ok"], 0)


def test_the_first_may_still_win_the_race(tmp_path: Path) -> None:
    receipts, _ = asked(configured(tmp_path, HEDGED), {"gpt": Scripted(0.06), "mai": Scripted(5.0)})
    assert [(a.deployment, a.outcome) for a in receipt(receipts).attempts] == [("second", "overtaken"), ("first", "ok")]


def test_one_of_both_may_fail(tmp_path: Path) -> None:
    class LateThenDown(Scripted):
        async def stream(self, call: Call) -> AsyncIterator[Chunk]:
            await asyncio.sleep(0.04)
            raise down()
            yield Chunk()

    receipts, _ = asked(configured(tmp_path, HEDGED), {"gpt": LateThenDown("ok"), "mai": Scripted(0.1)})
    assert [(a.deployment, a.outcome) for a in receipt(receipts).attempts] == [
        ("first", "unavailable"),
        ("second", "ok"),
    ]
    receipts, _ = asked(configured(tmp_path, HEDGED), {"gpt": LateThenDown("ok"), "mai": Scripted(down())})
    assert isinstance(receipts[0], AttemptsExhausted)
    assert {a.deployment for a in receipts[0].attempts} == {"first", "second"}


def test_there_may_be_nobody_to_hedge_with(tmp_path: Path) -> None:
    alone = configured(tmp_path, "hedge: {after: 0.001 s, most: 1}\n")
    receipts, _ = asked(alone, {"gpt": Scripted(0.02)})
    assert [a.outcome for a in receipt(receipts).attempts] == ["ok"]


def test_hedges_have_a_budget(tmp_path: Path) -> None:
    config = configured(tmp_path, HEDGED)
    config = replace(config, resilience=replace(config.resilience, hedged=0.0, hedge_s=0.001))
    other = Scripted("ok")
    asked(config, {"gpt": Scripted(0.01), "mai": other}, times=14)
    assert other.calls == 10


@pytest.mark.parametrize("text", [TWO, HEDGED])
def test_the_deadline_binds_both_calls_of_a_race_and_leaves_nothing_open(tmp_path: Path, text: str) -> None:
    slow, slower = Scripted(5.0), Scripted(5.0)
    receipts, _ = asked(configured(tmp_path, text), {"gpt": slow, "mai": slower}, deadline=0.1)
    assert isinstance(receipts[0], DeadlineExceeded)
    assert slow.calls == slow.closed
    assert slower.calls == slower.closed


@pytest.mark.parametrize("text", [TWO, HEDGED])
def test_a_client_that_leaves_stops_every_call(tmp_path: Path, text: str) -> None:
    slow, slower = Scripted(5.0), Scripted(5.0)
    config = configured(tmp_path, text)
    with closing(SqliteLedger()) as ledger:
        service = assemble(config, ledger)
        service.put_in_force(config, {**service.active.providers, "gpt": slow, "mai": slower})
        receipts: list[Receipt] = []
        service.state.watch = receipts.append

        async def leave() -> None:
            async with service.answer(ChatRequest("gpt-5", (Message("user", "hi"),)), RequestContext("t")):
                pass

        async def go() -> None:
            task = asyncio.create_task(leave())
            await asyncio.sleep(0.08)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(go())
        (only,) = receipts
        assert (only.outcome, only.served) == ("client_left", None)
        assert slow.calls == slow.closed
        assert slower.calls == slower.closed
        assert all(state.in_flight == 0 for state in service.state.pool.states.values())
