"""`/v1/embeddings`: the official client, what may be sent, and that an index holds the vectors of one model."""

import base64
import json
import math
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import pytest
from openai import AzureOpenAI, BadRequestError, OpenAI, UnprocessableEntityError

from api.servers import Running, Starter
from router import tokens
from router.api.surfaces.openai_embeddings import MOST_INPUTS
from router.config import load
from router.errors import ProviderError
from router.types import Call, Chunk

PATH = "/v1/embeddings"
SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"


@pytest.fixture
def client(server: Running) -> OpenAI:
    return server.openai()


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with server.http() as http_client:
        yield http_client


def likeness(vector: list[float], other: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(vector, other, strict=True))


@pytest.mark.parametrize(("model", "length"), [(SMALL, 1_536), (LARGE, 3_072), ("auto", 1_536), ("quality", 3_072)])
def test_the_official_client_gets_vectors_of_the_model_that_the_answer_names(
    client: OpenAI, server: Running, model: str, length: int
) -> None:
    texts = ["The cat sat.", "The cats sat.", "정관 제3조"]
    answer = client.embeddings.create(model=model, input=texts)
    taken = sum(tokens.count(text, "cl100k_base") for text in texts)
    assert answer.model == {1_536: SMALL, 3_072: LARGE}[length]
    assert [(row.index, len(row.embedding)) for row in answer.data] == [(place, length) for place in range(3)]
    near, far = (likeness(answer.data[0].embedding, answer.data[place].embedding) for place in (1, 2))
    assert near > 0.5 > far
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == taken
    fungible = (answer.model_extra or {})["fungible"]
    receipt = json.loads(server.ledger.receipt(fungible["receipt"]) or b"")
    assert (fungible["served"], receipt["served"]) == (answer.model, answer.model)
    assert (receipt["ask"]["consent"], receipt["usage"]["counted"]) == ("exact", "exact")
    assert float(receipt["cost"]) == pytest.approx(taken * {SMALL: 0.02, LARGE: 0.13}[answer.model])


def test_numbers_and_bytes_are_the_same_vector(http: httpx.Client) -> None:
    plain, packed = (
        http.post(PATH, json={"model": SMALL, "input": "one", "dimensions": 8, "encoding_format": form}).json()
        for form in ("float", "base64")
    )
    numbers = struct.unpack("<8f", base64.b64decode(packed["data"][0]["embedding"]))
    assert numbers == pytest.approx(plain["data"][0]["embedding"], abs=1e-7)
    assert likeness(list(numbers), list(numbers)) == pytest.approx(1)


def test_token_ids_are_the_text_that_they_spell(http: httpx.Client) -> None:
    texts = ["A cat.", "정관 제3조"]
    ids = [tokens.encoding("cl100k_base").encode(text) for text in texts]
    asked: list[Any] = [texts, ids, texts[0], ids[0]]
    said, cut, single, one_cut = (
        [row["embedding"] for row in http.post(PATH, json={"model": SMALL, "input": given}).json()["data"]]
        for given in asked
    )
    assert said == cut
    assert single == one_cut == said[:1]


def test_token_ids_that_cut_a_character_are_taken_and_noted(http: httpx.Client) -> None:
    (first, *_) = tokens.encoding("cl100k_base").encode("🫠")
    fungible = http.post(PATH, json={"model": SMALL, "input": [first]}).json()["fungible"]
    assert fungible["notes"] == ["approximated:token ids cut a character in two"]


@pytest.mark.parametrize(
    ("wrong", "param", "words"),
    [
        ({"input": ""}, "input", "none of them empty"),
        ({"input": []}, "input", f"at most {MOST_INPUTS:,} texts"),
        ({"input": ["a", ""]}, "input", "none of them empty"),
        ({"input": [[]]}, "input", "none of them empty"),
        ({"input": ["x"] * (MOST_INPUTS + 1)}, "input", "2,048"),
        ({"input": [1, "a"]}, "input", "token ids"),
        ({"input": [-1]}, "input", "token ids"),
        ({"input": [2**31]}, "input", "no token"),
        ({"input": [10**30]}, "input.0", "input"),
        ({"input": None}, "input", "give a text"),
        ({}, "input", "give a text"),
        ({"input": "a", "dimensions": 0}, "dimensions", "dimensions"),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format", "'float' or 'base64'"),
    ],
)
def test_what_can_t_be_is_refused_with_its_parameter(
    http: httpx.Client, wrong: dict[str, Any], param: str, words: str
) -> None:
    response = http.post(PATH, json={"model": SMALL, **wrong})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert words in response.json()["error"]["message"]


def test_as_many_texts_as_openai_takes(http: httpx.Client) -> None:
    asked = {"model": SMALL, "input": ["a"] * MOST_INPUTS, "dimensions": 2, "encoding_format": "base64"}
    assert len(http.post(PATH, json=asked).json()["data"]) == MOST_INPUTS


def test_more_than_the_model_makes_or_reads_is_refused(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="at most 1,536 dimensions"):
        client.embeddings.create(model=SMALL, input="a", dimensions=2_000)
    with pytest.raises(BadRequestError, match="at most 32,000 characters"):
        client.embeddings.create(model=SMALL, input="a" * 32_001)


def test_a_model_of_words_makes_no_vectors_and_the_other_way_round(client: OpenAI) -> None:
    with pytest.raises(UnprocessableEntityError, match=f"'gpt-5' does not answer in vectors.*{SMALL}, {LARGE}"):
        client.embeddings.create(model="gpt-5", input="a")
    with pytest.raises(UnprocessableEntityError, match=f"'{SMALL}' does not answer in words.*gpt-5"):
        client.chat.completions.create(model=SMALL, messages=[{"role": "user", "content": "Hi"}])


def test_azure_s_deployment_is_a_model(server: Running) -> None:
    with AzureOpenAI(azure_endpoint=server.url, api_key="any", api_version="2024-10-21", max_retries=0) as azure:
        assert azure.embeddings.create(model=LARGE, input="a").model == LARGE
    answer = httpx.post(f"{server.url}/openai/v1/embeddings", json={"model": "cost", "input": "a"})
    assert answer.json()["model"] == SMALL


class Down:
    """A provider that never answers."""

    async def stream(self, call: Call) -> Any:
        raise ProviderError("unavailable", f"{call.model.id} is down")
        yield Chunk()


def apart(start: Starter, name: str) -> Running:
    """A server on which one model of vectors is down, and the other is not."""
    config = load()
    rows = tuple(replace(m, provider="down") if m.id == name else m for m in config.models)
    return start(replace(config, models=rows), providers={"down": Down()})  # type: ignore[dict-item]


def test_no_other_model_steps_in_unless_the_client_says_so(start: Starter) -> None:
    running = apart(start, SMALL)
    with running.http() as http:
        for model in (SMALL, "auto", "cost"):
            refused = http.post(PATH, json={"model": model, "input": "a"})
            assert refused.status_code == 502
            tried = [attempt["model"] for attempt in refused.json()["error"]["attempts"]]
            assert set(tried) == {SMALL}
        agreed = {"fungible": {"consent": "any"}}
        served = http.post(PATH, json={"model": SMALL, "input": "a", **agreed})
        assert (served.json()["model"], served.headers["x-fungible-substituted"]) == (LARGE, "true")
        assert http.post(PATH, json={"model": "auto", "input": "a", **agreed}).json()["model"] == LARGE


def test_a_key_that_may_use_anything_agrees_to_nothing(start: Starter) -> None:
    running = start(keys=True)
    with running.http(running.key("app", consent="any")) as http:
        fungible = http.post(PATH, json={"model": SMALL, "input": "a"}).json()["fungible"]
        receipt = json.loads(running.ledger.receipt(fungible["receipt"]) or b"")
        assert receipt["ask"]["consent"] == "exact"
        assert receipt["decision"]["fallbacks"] == []


def test_the_choice_of_a_policy_is_the_same_for_every_text(http: httpx.Client) -> None:
    texts = ["Hi.", "Prove the Riemann hypothesis.", "def f(x): return x", "흉통이 있는 환자의 감별 진단", "x" * 9_000]
    for policy in ("balanced", "cost", "quality", "partner-frontier", "house-first"):
        served = [http.post(PATH, json={"model": policy, "input": text}).json()["model"] for text in texts]
        assert all(first == other for first, other in pairwise(served)), policy
