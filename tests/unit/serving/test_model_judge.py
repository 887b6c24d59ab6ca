"""A model as a judge: both orders, sound grades, and answers that grade nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import orjson
import pytest

from providers.stub.skill import answer_word
from providers.stub.truth import create
from router.api.assembly import shipped_reader
from router.config import load
from router.errors import ProviderError
from router.serving.ramps.model_judge import MOST_CHARACTERS, ModelJudge
from router.types import Call, ChatRequest, Chunk, Comparison, Grades, Message, Spoken, Ungraded, Usage

REQUEST = ChatRequest("gpt-5", (Message("system", "Be brief."), Message("user", "What is 2 + 2?")))


class Scripted:
    """A provider that answers with a text, and remembers what it was asked."""

    def __init__(self, text: str, usage: Usage | None = None) -> None:
        self.text, self.usage = text, usage
        self.calls: list[Call] = []

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        self.calls.append(call)
        if self.text == "fails":
            raise ProviderError("timeout", "too late")
        yield Chunk(text=self.text[:5])
        yield Chunk(text=self.text[5:], finish_reason="stop", usage=self.usage)


def graded(provider: Scripted, id: str = "a", original: str = "4", substitute: str = "5") -> Grades | Ungraded:  # noqa: A002
    config = load()
    model = next(model for model in config.models if model.id == "llama-3.3-70b")
    from router import tokens
    from router.decision.features import read

    features = read(REQUEST, shipped_reader(), tokens.count)
    pair = Comparison(id, date(2026, 11, 1), REQUEST, features, Spoken("gpt-5", original), Spoken("mai-1", substitute))
    return asyncio.run(ModelJudge(config, model, provider, shipped_reader()).grade(pair))


def test_the_order_is_chance_s_and_the_grades_find_their_answers() -> None:
    orders = set()
    for id in "abcdefgh":  # noqa: A001
        provider = Scripted('{"first": 9, "second": 3}')
        grade = graded(provider, id)
        assert isinstance(grade, Grades)
        body = orjson.loads(provider.calls[0].request.messages[-1].text)
        orders.add((body["first"], body["second"]))
        by_text = {body["first"]: 0.9, body["second"]: 0.3}
        assert (grade.original, grade.substitute) == (by_text["4"], by_text["5"])
    assert orders == {("4", "5"), ("5", "4")}


def test_the_judge_is_asked_in_a_form_that_it_can_keep_and_paid() -> None:
    provider = Scripted('Sure: {"first": 10, "second": 0}', Usage(100, 10, 0, "backend"))
    grade = graded(provider)
    assert grade.cost == Decimal("78.1")
    request = provider.calls[0].request
    assert request.response_format is not None
    assert request.response_format.type == "json_schema"
    assert graded(Scripted('{"first": 1, "second": 1}')).cost > 0


@pytest.mark.parametrize("usage", [Usage(10**30, 1, 0, "backend"), Usage(1.5, 1, 0, "backend")])  # type: ignore[arg-type]
def test_a_count_that_can_t_be_true_is_not_what_it_costs(usage: Usage) -> None:
    assert (
        graded(Scripted('{"first": 1, "second": 1}', usage)).cost == graded(Scripted('{"first": 1, "second": 1}')).cost
    )


def test_long_answers_are_seen_from_their_beginning() -> None:
    provider = Scripted('{"first": 1, "second": 1}')
    graded(provider, original="x" * 50_000)
    body = orjson.loads(provider.calls[0].request.messages[-1].text)
    assert {len(body["first"]), len(body["second"])} == {MOST_CHARACTERS, 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "both are fine",
        '{"first": 11, "second": 1}',
        '{"first": true, "second": 1}',
        '{"first": 1}',
        '{"a" 1}',
        "{1}",
    ],
)
def test_what_is_no_pair_of_grades_grades_nothing_but_costs(text: str) -> None:
    grade = graded(Scripted(text or " "))
    assert isinstance(grade, Ungraded)
    assert grade.cost > 0


def test_a_judge_that_fails_says_so() -> None:
    with pytest.raises(ProviderError):
        graded(Scripted("fails"))


def test_the_truth_of_stubs() -> None:
    from router import tokens
    from router.decision.features import read

    features = read(REQUEST, shipped_reader(), tokens.count)
    right = f"The answer is {answer_word('What is 2 + 2?')}."
    pair = Comparison("id", date(2026, 11, 1), REQUEST, features, Spoken("a", right), Spoken("b", "no"))
    assert asyncio.run(create({}).grade(pair)) == Grades(1.0, 0.0)
    with pytest.raises(ValueError, match="depth: unknown key"):
        create({"depth": 1})
