"""Token ids are decoded by a vocabulary that is loaded beside the event loop, whichever way their request comes in."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from api.servers import Running
from router import tokens

VOCABULARY = "cl100k_base"
IDS = tokens.encoding(VOCABULARY).encode_ordinary("A cat sat on the mat.")
EMBEDDINGS = {"model": "text-embedding-3-small"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"model": "auto", "prompt": IDS}),
        ("/v1/embeddings", {**EMBEDDINGS, "input": IDS}),
        ("/v1/embeddings", {**EMBEDDINGS, "input": [IDS] * 2_000}),
    ],
    ids=["a prompt", "a small body", "a large body"],
)
def test_a_vocabulary_is_not_loaded_in_the_thread_of_the_loop(
    path: str, body: dict[str, Any], server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.load_all((VOCABULARY, tokens.REFERENCE))
    loaded, threads = tokens.encoding(VOCABULARY), list[int]()

    def load(_: str) -> Any:
        threads.append(threading.get_ident())
        return loaded

    known = {name: vocabulary for name, vocabulary in tokens._encodings.items() if name != VOCABULARY}
    monkeypatch.setattr(tokens, "_encodings", known)
    monkeypatch.setattr(tokens, "_load", load)
    answer = httpx.post(f"{server.url}{path}", json=body, timeout=60)
    assert answer.status_code == 200, answer.text

    async def own_thread() -> int:
        return threading.get_ident()

    (thread,) = threads
    assert thread != asyncio.run_coroutine_threadsafe(own_thread(), server.loop).result(60)
