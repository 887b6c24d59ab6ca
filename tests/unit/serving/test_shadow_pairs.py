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
    for home in made:
        home.ledger.close()


Build = Callable[..., House]


def with_judge(house: House, grade: Callable[[Comparison], Grades | Ungraded]) -> None:
    class Judge:
        async def grade(self, comparison: Comparison) -> Grades | Ungraded:
            return grade(comparison)

    house.governor.pairing.judges = {"to-mai": Judge()}


def test_both_models_answer_and_the_client_hears_of_one(house: Build) -> None:
    home = house()
    answers = home.ask("What is 2 + 2?", stream=True, stream_options=StreamOptions(include_usage=True), n=2)
    assert "MAI" not in answers[0]
    (pair,) = home.pairs()
    assert (pair["original"]["model"], pair["substitute"]["model"], pair["judge"]) == ("gpt-5", "mai-1", "truth")
    assert Decimal(pair["cost"]) > 0
    assert set(pair) == {"ramp", "task", "time", "receipt", "original", "substitute", "judge", "cost"}
    home.ledger.flush()
    (receipt,) = home.ledger.receipts()
    assert pair["receipt"].encode() in receipt


def test_what_is_answered_in_no_words_is_no_pair(house: Build) -> None:
    home = house()
    received: list[Any] = []
    home.service.state.follow = received.append
    home.ask("What is 2 + 2?")
    (answer,) = received
    (plan,) = home.files.plans
    answer.request = SpeechRequest("gpt-5", answer.request.messages)

    async def consider() -> None:
        home.governor.pairing.consider(plan, answer)
        await home.governor.pairing.settle()

    asyncio.run(consider())
    assert home.pairs() == []
    answer.request = ChatRequest("gpt-5", answer.request.messages)
    asyncio.run(consider())
    assert len(home.pairs()) == 1


def test_where_the_substitute_served_the_original_answers_second(house: Build) -> None:
    home = house()
    home.governor.obey("to-mai", Order("advance", KIM, force=True))
    home.governor.obey("to-mai", Order("advance", KIM, force=True))
    home.take_up()
    seen: list[Comparison] = []
    with_judge(home, lambda comparison: seen.append(comparison) or Grades(1, 1))  # type: ignore[func-returns-value]
    assert "MAI" in home.ask("hi")[0]
    assert (seen[0].original.model, seen[0].substitute.model) == ("gpt-5", "mai-1")
    assert "GPT" in seen[0].original.text
    assert "MAI" in seen[0].substitute.text


def test_tool_calls_are_judged_as_text(house: Build) -> None:
    home, seen = house(), list[Comparison]()
    with_judge(home, lambda comparison: seen.append(comparison) or Grades(1, 1))  # type: ignore[func-returns-value]
    home.ask("weather?", tools=(Tool("function", FunctionSpec("look_up")),), tool_choice="required")
    assert seen[0].original.text.startswith("look_up")


def test_only_the_sample_is_paired(house: Build) -> None:
    home = house(sample="0.25")
    plan = home.governor.plan("to-mai")
    ids = [f"id-{number}" for number in range(400)]
    assert 60 <= sum(sampled(plan, id) for id in ids) <= 140  # noqa: A001
    assert [sampled(plan, id) for id in ids] == [sampled(plan, id) for id in ids]  # noqa: A001
    home.ask(*(f"hi {number}" for number in range(40)))
    assert 1 <= len(home.pairs()) <= 25


def test_pairs_keep_to_their_budget(house: Build) -> None:
    home = house(budget="0.001")
    home.ask(*(f"hi {number}" for number in range(40)))
    cost = sum(Decimal(pair["cost"]) for pair in home.pairs())
    assert 0 < cost <= 1000
    assert home.governor.pairing.left_out > 0
    home.take_up()
    known = home.governor.states["to-mai"].today.pairs_cost
    assert known == cost
    home.ask("and the next tick knows it")
    assert home.governor.pairing._pending == {"to-mai": 0}


def test_few_pairs_run_at_once(house: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_pairs, "MOST_AT_ONCE", 0)
    home = house()
    home.ask("hi")
    assert (home.pairs(), home.governor.pairing.left_out) == ([], 1)


class Failing:
    """A provider that can't answer."""

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        raise ProviderError("timeout", f"{call.model.id} is late")
        yield Chunk()


def test_a_second_call_that_fails_is_counted_and_changes_nothing(house: Build) -> None:
    home = house()
    home.service.put_in_force(home.service.config, {**home.service.active.providers, "mai": Failing()})
    assert home.ask("hi")[0]
    assert (home.pairs(), home.governor.pairing.failed) == ([], 1)


def test_a_judge_that_breaks_is_counted_and_changes_nothing(house: Build) -> None:
    home = house()

    def broken(_: Comparison) -> Grades:
        raise KeyError("a plug-in's own fault")

    with_judge(home, broken)
    assert home.ask("hi")[0]
    assert (home.pairs(), home.governor.pairing.failed) == ([], 1)


@pytest.mark.parametrize("fails", [True, False])
def test_what_nobody_can_judge_costs_and_shows_nothing(house: Build, fails: bool) -> None:
    home = house()

    def grade(_: Comparison) -> Ungraded:
        if fails:
            raise ProviderError("unavailable", "the judge is away")
        return Ungraded(Decimal(7))

    with_judge(home, grade)
    home.ask("hi")
    assert home.pairs() == []
    assert home.governor.store.states()["to-mai"].today.pairs_cost > 0


def test_what_was_not_decided_by_the_ramp_begins_no_pair(house: Build) -> None:
    home = house()
    home.ask("hi", model="phi-4")
    home.ask("hi", model="cost")
    home.service.put_in_force(home.service.config, {**home.service.active.providers, "gpt": Failing()})
    home.ask("hi")
    assert home.pairs() == []
    assert home.governor.store.totals().requests.keys() <= {"Microsoft", "Meta", "OpenAI"}


def test_a_ramp_without_a_judge_only_observes(house: Build) -> None:
    home = house(judge="feedback")
    home.ask("hi")
    assert home.pairs() == []
    assert home.governor.store.states()["to-mai"].tasks["chat"].requests == 1


def test_pairs_in_progress_are_given_up_at_the_end(house: Build) -> None:
    home = house()

    async def go() -> None:
        request = ChatRequest("gpt-5", (Message("user", "hi"),))
        async with home.service.answer(request, RequestContext("t", "any")) as answer:
            async for _ in answer:
                pass
        await home.governor.stop()

    asyncio.run(go())
    assert home.governor.store.pairs("to-mai") == []
    assert home.governor.store.states()["to-mai"].tasks["chat"].requests == 1


def test_what_could_not_be_written_is_kept_and_told_with_the_next_tick(
    house: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = house()
    home.ask("hi", "ho")

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(home.governor.store, "settle", broken)
        with pytest.raises(sqlite3.OperationalError):
            home.governor.tick()
        home.ask("hey")
    assert len(home.pairs()) == 3
    assert home.governor.store.totals().requests == {"OpenAI": 3}


def test_governing_goes_on_after_a_tick_that_failed(
    house: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from router.serving.ramps import ramp_controller

    monkeypatch.setattr(ramp_controller, "TICK_S", 0.001)
    home, taken = house(), list[bool]()
    twice = asyncio.Event()

    async def take_up() -> None:
        taken.append(True)
        if len(taken) == 1:
            raise sqlite3.OperationalError("disk full")
        twice.set()

    async def go() -> None:
        task = asyncio.create_task(home.governor.keep_governing(take_up))
        await twice.wait()
        task.cancel()

    asyncio.run(go())
    assert "ramps stand still: disk full" in caplog.text


def test_an_answer_that_can_t_be_observed_is_answered_all_the_same(
    house: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = house()

    def broken(*_: object) -> None:
        raise KeyError("our own fault")

    monkeypatch.setattr(home.governor, "_observe", broken)
    assert home.ask("hi")[0]
    assert "an answer was not observed" in caplog.text


def test_more_answers_than_are_remembered_count_nowhere(house: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    from router.serving.ramps import ramp_controller

    monkeypatch.setattr(ramp_controller, "MOST_OBSERVED", 2)
    home = house(judge="feedback")
    home.ask("hi", "hello", "good morning")
    home.governor.tick()
    assert home.governor.store.states()["to-mai"].tasks["chat"].requests == 2


def test_a_client_that_leaves_before_the_first_word_says_nothing(house: Build) -> None:
    home = house()

    async def go() -> None:
        request = ChatRequest("gpt-5", (Message("user", "hi"),))
        answer: Answer = home.service.answer(request, RequestContext("t", "any"))
        with pytest.raises(asyncio.CancelledError):
            async with answer:
                raise asyncio.CancelledError
        left = home.service.answer(request, RequestContext("t", "any"))
        await left._patience.__aenter__()
        await left.end("client_left")
        await left._patience.__aexit__(None, None, None)

    asyncio.run(go())
    home.governor.tick()
    assert home.governor.store.totals().requests == {"OpenAI": 1}


def test_names_of_ramps(house: Build) -> None:
    home = house()
    with pytest.raises(NotFound, match="There are: to-mai"):
        home.governor.plan("to-moi")
    with pytest.raises(Conflict, match="moved by hand"):
        home.governor.plan("by-hand")
    home.governor.govern(load(), {})
    with pytest.raises(NotFound, match="There are: none"):
        home.governor.plan("to-mai")
    assert (home.governor.tick(), home.governor.shares()) == ([], {})
    home.governor.look()
    assert home.governor.states == {}


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
    home = house(judge="{model: gpt-5-mini, own_family: flag}")
    assert set(load_judges(home.files, home.service.active.providers, home.service.reader)) == {"to-mai"}
    with_judge(home, lambda _: Grades(1, 1))
    home.ask("hi")
    assert home.pairs()[0]["judge"] == "model:gpt-5-mini (own family)"


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
    home = house(judge=judge)
    with_judge(home, lambda _: Grades(1.0, 1.0))
    home.ask("hi", access=Access("search", permit=Permit(models)))
    assert len(home.pairs()) == pairs


def test_a_judge_that_a_guard_bars_hears_nothing(tmp_path: Path, house: Build) -> None:
    guarded = """default: plain
policies:
  plain:
    because: a test
    band: 0.02
    guards: [{name: no, because: a test, never: {model: llama-3.3-70b}}]
"""
    (tmp_path / "policies.yaml").write_text(guarded, encoding="utf-8")
    home = house(judge=MODEL_JUDGE)
    with_judge(home, lambda _: Grades(1.0, 1.0))
    home.ask("hi")
    assert home.pairs() == []
