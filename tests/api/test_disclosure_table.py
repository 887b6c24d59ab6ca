"""Every combination of what was asked, consent, mode, ramp and fallback: what serves is consented to, and told."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any, get_args

import orjson
import pytest

from api.servers import Running, Starter
from router.config import from_documents, load
from router.config.load import with_policies
from router.errors import ProviderError
from router.types import Call, Chunk, Config, Consent, Disclosure

CHAT = "/v1/chat/completions"
CONSENTS, MODES = get_args(Consent), get_args(Disclosure)
ORIGINAL, SUBSTITUTE = "gpt-5", "gpt-5-mini"
TEXT = "default: receipt\npolicies:\n" + "".join(
    f"  {mode}: {{because: a test, band: 0, disclosure: {mode}}}\n" for mode in MODES
)
MESSAGES = [{"role": "user", "content": "Prove that there are infinitely many primes of the form 4k + 3."}]
CASES = list(product(("policy", "model"), CONSENTS, MODES, (True, False), (True, False), (True, False)))


class Down:
    """A backend that fails before the first byte for one model, and answers for the others."""

    def __init__(self, models: frozenset[str]) -> None:
        self.models = models

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        if call.model.id in self.models:
            raise ProviderError("unavailable", "down")
        yield Chunk(text=f"answered by {call.model.id}", finish_reason="stop")


def configured(*, moved: bool) -> Config:
    config = with_policies(load(), TEXT.encode())
    ramp = {"name": "test", "because": "a test", "original": ORIGINAL, "substitute": SUBSTITUTE, "share": int(moved)}
    return from_documents({**config.documents, "ramps.yaml": {"ramps": [ramp]}})


@pytest.fixture(scope="module")
def servers(start_shared: Starter) -> dict[tuple[bool, bool], Running]:
    """A server for each of: the ramp moves, the first model fails."""
    running = {}
    for moved, failing in product((True, False), (True, False)):
        down = Down(frozenset({ORIGINAL, SUBSTITUTE} if failing else ()))
        names = dict.fromkeys(("gpt", "mai", "phi", "llama"), down)
        running[moved, failing] = start_shared(configured(moved=moved), providers=names)  # type: ignore[arg-type]
    return running


def ask(server: Running, asked: str, consent: str, mode: str, *, stream: bool) -> tuple[int, Any, Any]:
    """Status, headers, and the answer: of a stream, the last event with the text of all."""
    body = {
        "model": mode if asked == "policy" else ORIGINAL,
        "messages": MESSAGES,
        "stream": stream,
        "fungible": {"consent": consent, "policy": mode},
    }
    with server.http() as http:
        answer = http.post(CHAT, json=body)
    if not stream or answer.status_code != 200:
        return answer.status_code, answer.headers, answer.json()
    events = [orjson.loads(row[6:]) for row in answer.text.splitlines() if row.startswith("data: {")]
    assert len({event["model"] for event in events}) == 1
    text = "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])
    return 200, answer.headers, {**events[-1], "text": text}


def consented(consent: str, other: str, config: Config) -> bool:
    """What the client agreed to, spelled out once more."""
    rows = {model.id: model for model in config.models}
    named, served = rows[ORIGINAL], rows[other]
    return {
        "exact": served is named,
        "family": (served.owner, served.family) == (named.owner, named.family),
        "owner": served.owner == named.owner,
        "any": True,
    }[consent]


@pytest.mark.parametrize(("asked", "consent", "mode", "moved", "failing", "stream"), CASES)
def test_what_serves_is_consented_to_and_told_truly(
    servers: dict[tuple[bool, bool], Running],
    asked: str,
    consent: str,
    mode: str,
    moved: bool,
    failing: bool,
    stream: bool,
) -> None:
    server = servers[moved, failing]
    status, headers, answer = ask(server, asked, consent, mode, stream=stream)
    if failing and consent == "exact":
        assert status == 502, "nobody else may answer"
        return
    assert status == 200
    text = answer["text"] if stream else answer["choices"][0]["message"]["content"]
    served = text.removeprefix("answered by ")
    receipt = receipt_of(server, answer)
    assert receipt["served"] == served
    assert consented(consent, served, server.service.config)
    assert (served == SUBSTITUTE) == (moved and not failing and consent != "exact")
    disclosed = "receipt" if (mode, consent) == ("silent", "exact") else mode
    assert receipt["decision"]["disclosure"] == disclosed
    if disclosed == "silent":
        assert answer["model"] == (mode if asked == "policy" else "model-router")
        assert not [name for name in headers if name.startswith("x-fungible")]
    else:
        assert answer["model"] == headers["x-fungible-served"] == served
        assert headers["x-fungible-substituted"] == str(served != ORIGINAL).lower()
        reason = (
            "fallback" if failing else "ramp" if served == SUBSTITUTE else "asked" if asked == "model" else "policy"
        )
        assert headers["x-fungible-reason"] == reason
    assert ("fungible" in answer) == (disclosed == "receipt")
    if disclosed == "receipt":
        assert answer["fungible"]["served"] == served


def receipt_of(server: Running, answer: dict[str, Any]) -> dict[str, Any]:
    body = server.ledger.receipt(answer["id"].removeprefix("chatcmpl-"))
    assert body is not None
    receipt: dict[str, Any] = orjson.loads(body)
    return receipt
