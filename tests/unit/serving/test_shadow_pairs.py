"""Shadow pairs and what governs: they never touch the first answer, keep to their budget, and lose nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from router.api.assembly import assemble, govern, load_judges
from router.config import load
from router.errors import ConfigError, Conflict, NotFound, ProviderError
from router.ledger import SqliteLedger
from router.ramps import Order
from router.serving.answer import Answer
from router.serving.ramps import shadow_pairs
from router.serving.ramps.shadow_pairs import sampled
from router.serving.request_context import RequestContext
from router.types import (
    Access,
    Call,
    ChatRequest,
    Chunk,
    Comparison,
    FunctionSpec,
    Grades,
    Message,
    Permit,
    SpeechRequest,
    StreamOptions,
    Tool,
    Ungraded,
)
from unit.ramp_house import KIM, RAMPS, House


@pytest.fixture
def house(tmp_path: Path) -> Any:
    made: list[House] = []

    def build(**said: str) -> House:
        made.append(House(tmp_path, **said))
        return made[-1]

    yield build
    for one in made:
        one.ledger.close()


Build = Callable[..., House]


def with_judge(house: House, grade: Callable[[Comparison], Grades | Ungraded]) -> None:
    class Judge:
        async def grade(self, comparison: Comparison) -> Grades | Ungraded:
            return grade(comparison)

    house.governor.pairing.judges = {"to-mai": Judge()}


def test_both_models_answer_and_the_client_hears_of_one(house: Build) -> None:
    one = house()
    answers = one.ask("What is 2 + 2?", stream=True, stream_options=StreamOptions(include_usage=True), n=2)
    assert "MAI" not in answers[0]
    (pair,) = one.pairs()
    assert (pair["original"]["model"], pair["substitute"]["model"], pair["judge"]) == ("gpt-5", "mai-1", "truth")
    assert Decimal(pair["cost"]) > 0
    assert set(pair) == {"ramp", "task", "time", "receipt", "original", "substitute", "judge", "cost"}
    one.ledger.flush()
    (receipt,) = one.ledger.receipts()
    assert pair["receipt"].encode() in receipt


def test_what_is_answered_in_no_words_is_no_pair(house: Build) -> None:
    one = house()
    heard: list[Any] = []
    one.service.state.follow = heard.append
    one.ask("What is 2 + 2?")
    (answer,) = heard
    (plan,) = one.files.plans
    answer.request = SpeechRequest("gpt-5", answer.request.messages)

    async def consider() -> None:
        one.governor.pairing.consider(plan, answer)
        await one.governor.pairing.settle()

    asyncio.run(consider())
    assert one.pairs() == []
    answer.request = ChatRequest("gpt-5", answer.request.messages)
    asyncio.run(consider())
    assert len(one.pairs()) == 1


def test_where_the_substitute_served_the_original_answers_second(house: Build) -> None:
    one = house()
    one.governor.obey("to-mai", Order("advance", KIM, force=True))
    one.governor.obey("to-mai", Order("advance", KIM, force=True))
    one.take_up()
    seen: list[Comparison] = []
    with_judge(one, lambda comparison: seen.append(comparison) or Grades(1, 1))  # type: ignore[func-returns-value]
    assert "MAI" in one.ask("hi")[0]
    assert (seen[0].original.model, seen[0].substitute.model) == ("gpt-5", "mai-1")
    assert "GPT" in seen[0].original.text
    assert "MAI" in seen[0].substitute.text


def test_tool_calls_are_judged_as_text(house: Build) -> None:
    one, seen = house(), list[Comparison]()
    with_judge(one, lambda comparison: seen.append(comparison) or Grades(1, 1))  # type: ignore[func-returns-value]
    one.ask("weather?", tools=(Tool("function", FunctionSpec("look_up")),), tool_choice="required")
    assert seen[0].original.text.startswith("look_up")


def test_only_the_sample_is_paired(house: Build) -> None:
    one = house(sample="0.25")
    plan = one.governor.plan("to-mai")
    ids = [f"id-{number}" for number in range(400)]
    assert 60 <= sum(sampled(plan, id) for id in ids) <= 140  # noqa: A001
    assert [sampled(plan, id) for id in ids] == [sampled(plan, id) for id in ids]  # noqa: A001
    one.ask(*(f"hi {number}" for number in range(40)))
    assert 1 <= len(one.pairs()) <= 25


def test_pairs_keep_to_their_budget(house: Build) -> None:
    one = house(budget="0.001")
    one.ask(*(f"hi {number}" for number in range(40)))
    cost = sum(Decimal(pair["cost"]) for pair in one.pairs())
    assert 0 < cost <= 1000
    assert one.governor.pairing.left_out > 0
    one.take_up()
    known = one.governor.states["to-mai"].today.pairs_cost
    assert known == cost
    one.ask("and the next tick knows it")
    assert one.governor.pairing._pending == {"to-mai": 0}


def test_few_pairs_run_at_once(house: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_pairs, "MOST_AT_ONCE", 0)
    one = house()
    one.ask("hi")
    assert (one.pairs(), one.governor.pairing.left_out) == ([], 1)


class Failing:
    """A provider that can't answer."""

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        raise ProviderError("timeout", f"{call.model.id} is late")
        yield Chunk()


def test_a_second_call_that_fails_is_counted_and_changes_nothing(house: Build) -> None:
    one = house()
    one.service.put_in_force(one.service.config, {**one.service.active.providers, "mai": Failing()})
    assert one.ask("hi")[0]
    assert (one.pairs(), one.governor.pairing.failed) == ([], 1)


def test_a_judge_that_breaks_is_counted_and_changes_nothing(house: Build) -> None:
    one = house()

    def broken(_: Comparison) -> Grades:
        raise KeyError("a plug-in's own fault")

    with_judge(one, broken)
    assert one.ask("hi")[0]
    assert (one.pairs(), one.governor.pairing.failed) == ([], 1)


@pytest.mark.parametrize("fails", [True, False])
def test_what_nobody_can_judge_costs_and_shows_nothing(house: Build, fails: bool) -> None:
    one = house()

    def grade(_: Comparison) -> Ungraded:
        if fails:
            raise ProviderError("unavailable", "the judge is away")
        return Ungraded(Decimal(7))

    with_judge(one, grade)
    one.ask("hi")
    assert one.pairs() == []
    assert one.governor.store.states()["to-mai"].today.pairs_cost > 0


def test_what_was_not_decided_by_the_ramp_begins_no_pair(house: Build) -> None:
    one = house()
    one.ask("hi", model="phi-4")
    one.ask("hi", model="cost")
    one.service.put_in_force(one.service.config, {**one.service.active.providers, "gpt": Failing()})
    one.ask("hi")
    assert one.pairs() == []
    assert one.governor.store.totals().requests.keys() <= {"Microsoft", "Meta", "OpenAI"}


def test_a_ramp_without_a_judge_only_observes(house: Build) -> None:
    one = house(judge="feedback")
    one.ask("hi")
    assert one.pairs() == []
    assert one.governor.store.states()["to-mai"].tasks["chat"].requests == 1


def test_pairs_in_progress_are_given_up_at_the_end(house: Build) -> None:
    one = house()

    async def go() -> None:
        request = ChatRequest("gpt-5", (Message("user", "hi"),))
        async with one.service.answer(request, RequestContext("t", "any")) as answer:
            async for _ in answer:
                pass
        await one.governor.stop()

    asyncio.run(go())
    assert one.governor.store.pairs("to-mai") == []
    assert one.governor.store.states()["to-mai"].tasks["chat"].requests == 1


def test_what_could_not_be_written_is_kept_and_told_with_the_next_tick(
    house: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = house()
    one.ask("hi", "ho")

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(one.governor.store, "settle", broken)
        with pytest.raises(sqlite3.OperationalError):
            one.governor.tick()
        one.ask("hey")
    assert len(one.pairs()) == 3
    assert one.governor.store.totals().requests == {"OpenAI": 3}


def test_governing_goes_on_after_a_tick_that_failed(
    house: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from router.serving.ramps import ramp_controller

    monkeypatch.setattr(ramp_controller, "TICK_S", 0.001)
    one, taken = house(), list[bool]()
    twice = asyncio.Event()

    async def take_up() -> None:
        taken.append(True)
        if len(taken) == 1:
            raise sqlite3.OperationalError("disk full")
        twice.set()

    async def go() -> None:
        task = asyncio.create_task(one.governor.keep_governing(take_up))
        await twice.wait()
        task.cancel()

    asyncio.run(go())
    assert "ramps stand still: disk full" in caplog.text


def test_an_answer_that_can_t_be_observed_is_answered_all_the_same(
    house: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = house()

    def broken(*_: object) -> None:
        raise KeyError("our own fault")

    monkeypatch.setattr(one.governor, "_observe", broken)
    assert one.ask("hi")[0]
    assert "an answer was not observed" in caplog.text


def test_more_answers_than_are_remembered_count_nowhere(house: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    from router.serving.ramps import ramp_controller

    monkeypatch.setattr(ramp_controller, "MOST_OBSERVED", 2)
    one = house(judge="feedback")
    one.ask("a", "b", "c")
    one.governor.tick()
    assert one.governor.store.states()["to-mai"].tasks["chat"].requests == 2


def test_a_client_that_leaves_before_the_first_word_says_nothing(house: Build) -> None:
    one = house()

    async def go() -> None:
        request = ChatRequest("gpt-5", (Message("user", "hi"),))
        answer: Answer = one.service.answer(request, RequestContext("t", "any"))
        with pytest.raises(asyncio.CancelledError):
            async with answer:
                raise asyncio.CancelledError
        left = one.service.answer(request, RequestContext("t", "any"))
        await left._deadline.__aenter__()
        await left.end("client_left")
        await left._deadline.__aexit__(None, None, None)

    asyncio.run(go())
    one.governor.tick()
    assert one.governor.store.totals().requests == {"OpenAI": 1}


def test_names_of_ramps(house: Build) -> None:
    one = house()
    with pytest.raises(NotFound, match="There are: to-mai"):
        one.governor.plan("to-moi")
    with pytest.raises(Conflict, match="moved by hand"):
        one.governor.plan("by-hand")
    one.governor.govern(load(), {})
    with pytest.raises(NotFound, match="There are: none"):
        one.governor.plan("to-mai")
    assert (one.governor.tick(), one.governor.shares()) == ([], {})
    one.governor.look()
    assert one.governor.states == {}


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        ("{check: trth}", "judge of to-mai: nothing is called 'trth'. Did you mean 'truth'?"),
        ("{check: truth, settings: {depth: 1}}", "judge of to-mai.settings: depth: unknown key"),
    ],
)
def test_a_judge_that_is_not_there_is_told(tmp_path: Path, judge: str, words: str) -> None:
    text = RAMPS.replace("SAMPLE", "1").replace("JUDGE", judge).replace("BUDGET", "1")
    (tmp_path / "ramps.yaml").write_text(text, encoding="utf-8")
    with closing(SqliteLedger()) as ledger, pytest.raises(ConfigError) as caught:
        govern(assemble(load(tmp_path), ledger), ledger)
    assert words in caught.value.message


def test_a_model_is_a_judge_and_its_own_family_is_told(house: Build) -> None:
    one = house(judge="{model: gpt-5-mini, own_family: flag}")
    assert set(load_judges(one.files, one.service.active.providers, one.service.reader)) == {"to-mai"}
    with_judge(one, lambda _: Grades(1, 1))
    one.ask("hi")
    assert one.pairs()[0]["judge"] == "model:gpt-5-mini (own family)"


def test_the_clock_is_the_service_s(house: Build) -> None:
    assert house().governor._clock() <= datetime.now(UTC)


MODEL_JUDGE = "{model: llama-3.3-70b}"


@pytest.mark.parametrize(
    ("judge", "models", "pairs"),
    [
        ("truth", None, 1),
        ("truth", ("gpt-5", "mai-1"), 1),
        ("truth", ("gpt-5",), 0),
        ("truth", ("gpt-5", "phi-4"), 0),
        (MODEL_JUDGE, ("gpt-5", "mai-1", "llama-3.3-70b"), 1),
        (MODEL_JUDGE, ("gpt-5", "mai-1"), 0),
    ],
)
def test_neither_the_other_model_nor_the_judge_hears_what_the_key_keeps_from_them(
    house: Build, judge: str, models: tuple[str, ...] | None, pairs: int
) -> None:
    one = house(judge=judge)
    with_judge(one, lambda _: Grades(1.0, 1.0))
    one.ask("hi", access=Access("search", permit=Permit(models)))
    assert len(one.pairs()) == pairs


def test_a_judge_that_a_guard_bars_hears_nothing(tmp_path: Path, house: Build) -> None:
    guarded = """default: plain
policies:
  plain:
    because: a test
    band: 0.02
    guards: [{name: no, because: a test, never: {model: llama-3.3-70b}}]
"""
    (tmp_path / "policies.yaml").write_text(guarded, encoding="utf-8")
    one = house(judge=MODEL_JUDGE)
    with_judge(one, lambda _: Grades(1.0, 1.0))
    one.ask("hi")
    assert one.pairs() == []
