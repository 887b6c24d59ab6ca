"""Vectors over a real socket: what is asked, what is read, and what of a backend's answer is not believed."""

import base64
import struct
from dataclasses import replace
from typing import Any

import pytest
from asking import KEY, ran, scripted
from stub_samples import features, model

from providers.openai import create
from router.bench.http.fake_backend import HANG, Script, Upstream, answer
from router.errors import ProviderError
from router.types import Call, Chunk, EmbeddingRequest, Message, Model, Parameters

DAY = model().date
ROW = model("text-embedding-3-small", dimensions=3, capabilities=("embeddings",))
TEXTS = ("one", "둘")
ONE, TWO = [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]


def told(*vectors: Any, **more: Any) -> dict[str, Any]:
    rows = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return {"object": "list", "data": rows, "model": "up", "usage": usage} | more


def packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def heard(*script: Any, of: Model = ROW, settings: Any = None, **ask: Any) -> tuple[list[Chunk], Upstream]:
    messages = tuple(Message("user", text) for text in TEXTS)
    request = EmbeddingRequest(of.id, messages, **ask)
    steps: Script = [step if isinstance(step, bytes | float) else answer(step) for step in script]
    with Upstream(scripted(steps)) as upstream:
        provider = create({"base_url": upstream.url, "models": {of.id: "up"}, **(settings or {})})

        async def collect() -> list[Chunk]:
            return [chunk async for chunk in provider.stream(Call(request, of, features()))]

        return ran(provider, collect), upstream


def vectors(chunks: list[Chunk]) -> list[list[float]]:
    return [list(chunk.beside["embedding"]) for chunk in chunks if chunk.beside]


def test_what_is_asked_is_what_the_client_said() -> None:
    _, upstream = heard(told(ONE, TWO), user="u", dimensions=3, extra={"input_type": "query"})
    (asked,) = upstream.asked
    assert asked.path == "/v1/embeddings"
    assert asked.data == {
        "model": "up",
        "input": list(TEXTS),
        "encoding_format": "base64",
        "dimensions": 3,
        "user": "u",
        "input_type": "query",
    }


@pytest.mark.parametrize("rows", [(ONE, TWO), (packed(ONE), packed(TWO)), (packed(ONE), TWO)])
def test_numbers_and_bytes_are_read(rows: tuple[Any, ...]) -> None:
    chunks, _ = heard(told(*rows))
    assert vectors(chunks) == [pytest.approx(ONE), pytest.approx(TWO)]
    assert [(chunk.index, chunk.finish_reason) for chunk in chunks if chunk.beside] == [(0, "stop"), (1, "stop")]
    usage = chunks[-1].usage
    assert usage
    assert (usage.input_tokens, usage.output_tokens, usage.counted) == (5, 0, "backend")


def test_vectors_are_put_in_the_order_of_the_texts() -> None:
    answered = told(TWO, ONE)
    answered["data"][0]["index"], answered["data"][1]["index"] = 1, 0
    assert vectors(heard(answered)[0]) == [ONE, TWO]


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        (told(ONE), "made 1 vectors of 2 texts"),
        (told(ONE, TWO, TWO), "made 3 vectors of 2 texts"),
        (told([1.0], [1.0]), "vectors of 1 numbers, where 3 are due"),
        (told(ONE, [1.0]), "vectors of 1 and 3 numbers, where 3 are due"),
        (told(ONE, []), "shape of its own"),
        (told(ONE, "no base64!"), "shape of its own"),
        (told(ONE, packed([float("nan"), 0, 0])), "shape of its own"),
        (told(ONE, ["a", "b", "c"]), "shape of its own"),
        (told(ONE, None), "shape of its own"),
        ({"data": None}, "shape of its own"),
        ({"model": "up"}, "shape of its own"),
        ({"error": {"message": "busy"}}, "busy"),
        (answer(b"<html>", kind="text/html"), "answered with text/html"),
        (answer({"error": {"message": "Too long."}}, 400), "Too long."),
        (answer({}, 503), "503"),
        (HANG, "no whole answer"),
    ],
)
def test_what_a_backend_may_not_say_is_a_failure(answered: Any, words: str) -> None:
    with pytest.raises(ProviderError, match=words) as failed:
        heard(answered, settings={"timeouts": {"whole": 0.3}})
    assert failed.value.outcome in {"unavailable", "rejected", "timeout"}


def test_vectors_of_different_lengths_are_refused_where_no_length_is_known() -> None:
    with pytest.raises(ProviderError, match="vectors of 1 and 3 numbers"):
        heard(told(ONE, [1.0]), of=replace(ROW, dimensions=None))
    assert vectors(heard(told([1.0], [1.0]), of=replace(ROW, dimensions=None))[0]) == [[1.0], [1.0]]


def test_another_model_and_strange_counts_are_noted() -> None:
    chunks, _ = heard(told(ONE, TWO, model="other", usage={"prompt_tokens": "many"}))
    assert chunks[-1].notes == ("upstream_model:other", "usage:what the backend said is no count")
    assert chunks[-1].usage is None
    assert heard(told(ONE, TWO, usage=None))[0][-1].notes == ()


def test_a_model_that_knows_no_format_is_not_asked_for_one() -> None:
    row = replace(ROW, parameters=Parameters("a test", DAY, ("encoding_format", "user")))
    chunks, upstream = heard(told(ONE, TWO), of=row, user="u")
    assert upstream.asked[0].data == {"model": "up", "input": list(TEXTS)}
    assert chunks[-1].notes == ("dropped:user",)


def test_azure_s_older_path_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    azure = {"style": "azure-deployments", "api_version": "2024-10-21", "auth": "api-key", "key_env": "A_KEY"}
    _, upstream = heard(told(ONE, TWO), settings=azure)
    assert upstream.asked[0].path == "/v1/openai/deployments/up/embeddings?api-version=2024-10-21"
    assert upstream.asked[0].headers["api-key"] == KEY


def test_words_and_vectors_share_the_connection() -> None:
    from stub_samples import call

    from router.bench.http.fake_backend import completion

    with Upstream(lambda asked: [answer(told(ONE, TWO) if "embeddings" in asked.path else completion())]) as upstream:
        provider = create({"base_url": upstream.url})
        messages = tuple(Message("user", text) for text in TEXTS)

        async def both() -> None:
            for asked in (call(), Call(EmbeddingRequest("m", messages), ROW, features()), call()):
                assert [chunk async for chunk in provider.stream(asked)]

        ran(provider, both)
        assert upstream.accepted == 1
        assert [asked.path for asked in upstream.asked] == [
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/chat/completions",
        ]
