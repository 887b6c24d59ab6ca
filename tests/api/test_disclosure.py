"""What an answer says of its substitution, by the policy's mode; silence never names a model that did not serve."""

from typing import Any

import orjson
import pytest

from api.servers import Running, Starter
from router.config import load
from router.config.load import with_policies

CHAT = "/v1/chat/completions"
MODES = ("receipt", "header", "silent")
TEXT = "default: receipt\npolicies:\n" + "".join(
    f"  {mode}: {{because: a test, band: 1, disclosure: {mode}}}\n" for mode in MODES
)
MESSAGES = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(scope="module")
def server(start_shared: Starter) -> Running:
    return start_shared(with_policies(load(), TEXT.encode()))


def answers(server: Running, body: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    """The plain answer and the last event of the stream, each with its headers."""
    with server.http() as http:
        plain = http.post(CHAT, json=body)
        streamed = http.post(CHAT, json={**body, "stream": True})
    events = [line.removeprefix("data: ") for line in streamed.text.splitlines() if line.startswith("data: {")]
    assert len({orjson.loads(event)["model"] for event in events}) == 1
    return [(plain.json(), plain.headers), (orjson.loads(events[-1]), streamed.headers)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asked", ["policy", "model", "exact"])
def test_the_mode_says_what_is_told(server: Running, mode: str, asked: str) -> None:
    options = {"consent": "exact" if asked == "exact" else "any", "policy": mode}
    body = {"model": mode if asked == "policy" else "gpt-5", "messages": MESSAGES, "fungible": options}
    disclosed = "receipt" if (mode, asked) == ("silent", "exact") else mode
    for answer, headers in answers(server, body):
        assert ("fungible" in answer) is (disclosed == "receipt")
        ours = {name for name in headers if name.startswith("x-fungible-")}
        assert bool(ours) is (disclosed != "silent")
        assert headers["x-request-id"]
        served = headers.get("x-fungible-served")
        if disclosed == "silent":
            assert answer["model"] == (mode if asked == "policy" else "model-router")
        else:
            assert answer["model"] == served


def test_the_receipt_of_a_silent_answer_says_everything(server: Running) -> None:
    (answer, _), _ = answers(server, {"model": "silent", "messages": MESSAGES})
    with server.http() as http:
        receipt = http.get(f"/v1/receipts/{answer['id'].removeprefix('chatcmpl-')}").json()
    assert receipt["decision"]["disclosure"] == "silent"
    assert receipt["served"] in server.service.active.models


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("after_chunks", [0, 2])
def test_an_error_is_as_silent_as_an_answer(start: Starter, after_chunks: int, stream: bool) -> None:
    faults = {"rate": 1.0, "outcomes": ["unavailable"], "after_chunks": after_chunks}
    config = with_policies(load(), TEXT.encode())
    server = start(config, settings={"faults": faults})
    names = {model.id for model in config.models}
    texts = {}
    with server.http() as http:
        for mode in ("header", "silent"):
            texts[mode] = http.post(CHAT, json={"model": mode, "messages": MESSAGES, "stream": stream}).text
    assert "error" in texts["silent"]
    assert not [name for name in names if name in texts["silent"]]
    assert [name for name in names if name in texts["header"]]
