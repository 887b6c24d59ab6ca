"""`/v1/completions`, OpenAI's older path, with the official client and without."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI

from api.servers import Running
from router.tokens import encoding

PATH = "/v1/completions"
ASK: dict[str, Any] = {"model": "gpt-5", "prompt": "Name a river."}


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture
def client(server: Running) -> OpenAI:
    return server.openai()


def test_a_prompt_is_answered(client: OpenAI) -> None:
    answer = client.completions.create(**ASK, max_tokens=50)
    assert answer.object == "text_completion"
    assert answer.id.startswith("cmpl-")
    (choice,) = answer.choices
    assert choice.text
    assert choice.finish_reason in ("stop", "length")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model_extra is not None
    assert answer.model_extra["fungible"]["served"] == answer.model == "gpt-5"


def test_a_stream_says_the_same(client: OpenAI) -> None:
    whole = client.completions.create(**ASK, max_tokens=50)
    pieces = list(client.completions.create(**ASK, max_tokens=50, stream=True, stream_options={"include_usage": True}))
    assert "".join(choice.text for piece in pieces for choice in piece.choices) == whole.choices[0].text
    assert [choice.finish_reason for piece in pieces for choice in piece.choices][-1] == whole.choices[0].finish_reason
    assert pieces[-1].usage is not None
    assert pieces[-1].model_extra is not None
    assert pieces[-1].model_extra["fungible"]["served"] == "gpt-5"
    plain = list(client.completions.create(**ASK, max_tokens=50, stream=True))
    assert plain[-1].model_extra is not None
    assert plain[-1].model_extra["fungible"]["served"] == "gpt-5"
    assert plain[-1].usage is None


def test_several_answers_and_the_prompt_again(client: OpenAI) -> None:
    answer = client.completions.create(**ASK, n=2, echo=True, best_of=2)
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert all(choice.text.startswith(ASK["prompt"]) for choice in answer.choices)
    pieces = client.completions.create(**ASK, echo=True, stream=True)
    said = "".join(choice.text for piece in pieces for choice in piece.choices)
    assert said.startswith(ASK["prompt"])
    assert said.count(ASK["prompt"]) == answer.choices[0].text.count(ASK["prompt"])


@pytest.mark.parametrize("as_list", [False, True])
def test_token_ids_and_lists_of_one_are_prompts_too(client: OpenAI, as_list: bool) -> None:
    ids = encoding("cl100k_base").encode("Name a river.")
    first = client.completions.create(model="gpt-5", prompt=[ids] if as_list else ids)
    second = client.completions.create(model="gpt-5", prompt=["Name a river."])
    assert first.choices[0].text == second.choices[0].text


def test_what_is_left_out_is_noted(http: httpx.Client) -> None:
    cut = encoding("cl100k_base").encode("🙂")[:1]
    answer = http.post(PATH, json={"model": "gpt-5", "prompt": cut, "best_of": 3}).json()
    assert answer["fungible"]["notes"] == ["approximated:token ids cut a character in two", "dropped:best_of"]


@pytest.mark.parametrize(
    ("wrong", "param", "words"),
    [
        ({"prompt": ["a", "b"]}, "prompt", "2 were given. One prompt makes one answer here"),
        ({"prompt": [[1], [2]]}, "prompt", "2 were given"),
        ({"prompt": [10**9]}, "prompt", "cl100k_base"),
        ({"suffix": "end"}, "suffix", "don't fill a gap"),
        ({"logprobs": 2}, "logprobs", "/v1/chat/completions"),
        ({"n": 17}, "n", "16"),
        ({"max_tokens": 0}, "max_tokens", "1"),
    ],
)
def test_what_can_t_be_is_refused_by_its_name(client: OpenAI, wrong: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.completions.create(**(ASK | wrong))
    assert caught.value.param == param
    assert words in caught.value.message


def test_an_empty_suffix_and_no_probabilities_are_nothing(http: httpx.Client) -> None:
    assert http.post(PATH, json=ASK | {"suffix": "", "logprobs": 0, "best_of": 1}).status_code == 200
    assert http.post(PATH, json={"model": "gpt-5"}).json()["error"]["param"].startswith("prompt")


def test_azure_s_clients_reach_it_too(http: httpx.Client) -> None:
    reply = http.post("/openai/deployments/gpt-5/completions?api-version=2024-10-21", json={"prompt": "Hi"})
    assert reply.json()["object"] == "text_completion"
