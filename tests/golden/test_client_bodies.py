"""Bodies that clients send, as data: what the backend gets of each, or which parameter is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api.backends import house_in
from api.conftest import start_shared
from api.servers import Running, Starter

from router.bench.http.fake_backend import Asked, Script, Upstream, answer, completion

__all__ = ["start_shared"]

Json = dict[str, Any]
CASES = json.loads((Path(__file__).parent / "client_bodies.json").read_text(encoding="utf-8"))
MESSAGE = {
    "type": "message",
    "role": "assistant",
    "model": "up",
    "content": [{"type": "text", "text": "Well."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 9, "output_tokens": 2},
}
EVERYTHING = ["tools", "json", "vision", "audio"]


def plays(asked: Asked) -> Script:
    return [answer(MESSAGE if asked.path.endswith("/messages") else completion())]


@pytest.fixture(scope="module")
def house(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Upstream]]:
    """A model behind each API, called after it."""
    with Upstream(plays) as upstream:
        folder = house_in(
            tmp_path_factory.mktemp("bodies") / "config", dict.fromkeys(("openai", "anthropic"), upstream.url)
        )
        for name in ("providers.yaml", "catalog.yaml"):
            data = json.loads((folder / name).read_text())
            if name == "providers.yaml":
                data["providers"]["anthropic"]["adapter"] = "anthropic"
            else:
                data["models"] = [row | {"capabilities": EVERYTHING} for row in data["models"]]
            (folder / name).write_text(json.dumps(data))
        yield start_shared(folder=folder), upstream


def at(body: Any, place: str) -> Any:
    """What stands at a place such as `messages.0.content`."""
    for step in place.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_body_comes_to_what_it_says(house: tuple[Running, Upstream], case: Json) -> None:
    running, upstream = house
    calls = upstream.accepted, len(upstream.asked)
    with running.http() as http:
        reply = http.post(case["path"], json={"model": case["api"], **case["body"]})
    body = reply.json()
    assert reply.status_code == case.get("status", 200), reply.text
    if "param" in case:
        assert body["error"]["param"] == case["param"]
        assert (upstream.accepted, len(upstream.asked)) == calls
        return
    sent = upstream.asked[-1].data
    for place, value in case.get("sent", {}).items():
        assert at(sent, place) == value, place
    if alike := case.get("alike"):
        (same,) = {at(sent, place) for place in alike}
        assert same.replace("_", "").replace("-", "").isalnum()
    assert set(case.get("notes", ())) <= set(body["fungible"]["notes"])


def test_refused_bodies_never_count_against_a_backend(house: tuple[Running, Upstream]) -> None:
    running, _ = house
    refused = [case for case in CASES if case.get("status") == 400]
    with running.http() as http:
        for case in refused * 3:
            assert http.post(case["path"], json={"model": case["api"], **case["body"]}).status_code == 400
        for api in ("openai", "anthropic"):
            ask = {"model": api, "messages": [{"role": "user", "content": "hi"}]}
            reply = http.post("/v1/chat/completions", json=ask).json()
            assert (reply["fungible"]["served"], reply["fungible"]["reason"]) == (api, "asked")
