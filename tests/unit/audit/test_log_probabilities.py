"""Log-probabilities are compared after the same words alone, and parted from the noise of arithmetic."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from router.audit.checks.log_probabilities import FEWEST, log_probabilities
from router.audit.endpoint_client import CallFailed, Endpoint, Reply
from router.audit.wire_shapes import Parameters, body_of, read


def body(tokens: list[tuple[str, float]], **more: object) -> dict[str, object]:
    content = [{"token": token, "logprob": log, "bytes": None, "top_logprobs": []} for token, log in tokens]
    text = "".join(token for token, _ in tokens)
    choice = {"message": {"content": text}, "finish_reason": "stop", "logprobs": {"content": content}}
    return {"model": "m", "choices": [choice], **more}


def reply(tokens: list[tuple[str, float]]) -> Reply:
    return Reply(read("openai", body(tokens)), {}, 0.1)


def law(model: int, noise: float = 0.0, words: str = "a b c d e") -> list[tuple[str, float]]:
    """What a model says to a prompt: each word's probability is its own, but for the arithmetic."""
    known = random.Random(model)
    return [(word, -3 * known.random() + random.uniform(-noise, noise)) for word in words.split()]


def test_one_model_is_alike_but_for_its_arithmetic() -> None:
    sides = [reply(law(1, 0.02)) for _ in range(4)], [reply(law(1, 0.02)) for _ in range(6)]
    found = log_probabilities(*sides, each=1)
    assert found is not None
    assert (found.weight, "20 tokens" in found.sentence) == ("fine", True)


def test_another_model_shows_though_it_says_the_same_words() -> None:
    found = log_probabilities([reply(law(2))] * 4, [reply(law(1))] * 4, each=1)
    assert found is not None
    assert found.weight == "differs"


def test_past_the_first_other_word_nothing_is_compared() -> None:
    own, other = law(1, words="a b x d e"), law(1)
    own[3] = ("d", -50.0)
    found = log_probabilities([reply(own)] * 5, [reply(other)] * 10, each=2)
    assert found is not None
    assert (found.weight, "20 tokens" in found.sentence) == ("fine", True)


def test_too_few_or_one_side_alone_is_a_hint() -> None:
    few = log_probabilities([reply(law(1, words="a"))], [reply(law(1, words="a"))], each=1)
    alone = log_probabilities([reply(law(1))], [reply([])], each=1)
    assert few is not None
    assert alone is not None
    assert (few.weight, alone.weight) == ("hint", "hint")
    assert FEWEST > 1
    assert log_probabilities([reply([])], [reply([])], each=1) is None


def test_they_are_asked_for_where_an_api_has_them_and_read_in_their_own_shape_alone() -> None:
    wanted = Parameters(logprobs=True)
    assert body_of("openai", "m", "hi", wanted, "max_tokens")["logprobs"] is True
    assert "logprobs" not in body_of("anthropic", "m", "hi", wanted, "max_tokens")
    assert "logprobs" not in body_of("openai", "m", "hi", Parameters(), "max_tokens")
    for odd in (None, "yes", {"content": None}, {"content": ["a"]}, {"content": [{"token": 1, "logprob": "x"}]}):
        choice = {"message": {"content": "x"}, "logprobs": odd}
        assert read("openai", {"choices": [choice]}).logprobs == ()


def test_an_endpoint_that_refuses_them_is_asked_without_once_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Mapping[str, Any]] = []

    def send(_: Endpoint, path: str, sent: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        asked.append(sent)
        if "logprobs" in sent:
            raise CallFailed("answered 400: logprobs is not supported by this model", 400)
        return json.dumps(body([("a", -0.5)], echo=path)).encode(), {}

    monkeypatch.setattr(Endpoint, "_send", send)
    endpoint = Endpoint("http://127.0.0.1:9/v1", "m")
    for _ in range(2):
        assert endpoint.ask("hi", Parameters(logprobs=True)).said.text == "a"
    assert ["logprobs" in each for each in asked] == [True, False, False]


def test_another_refusal_is_none_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: object) -> tuple[bytes, dict[str, str]]:
        raise CallFailed("answered 400: no such model", 400)

    monkeypatch.setattr(Endpoint, "_send", send)
    with pytest.raises(CallFailed, match="no such model"):
        Endpoint("http://127.0.0.1:9/v1", "m").ask("hi", Parameters(logprobs=True))
