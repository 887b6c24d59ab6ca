"""Pictures end to end: only models that can see are asked, and what a client shows reaches the backend unchanged."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import Asked, Script, Upstream, answer, completion

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
BYTES = base64.b64encode(bytes(range(256))).decode()
DATA = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{BYTES}", "detail": "high"}}
LINK = {"type": "image_url", "image_url": {"url": "https://example.org/a.png?b=1&c=%20"}}
WORDS = {"type": "text", "text": "What is in these?"}
# The same two in Anthropic's words.
BLOCKS = [
    {"type": "text", "text": "What is in these?"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BYTES}},
    {"type": "image", "source": {"type": "url", "url": LINK["image_url"]["url"]}},  # type: ignore[index]
]


def said(asked: Asked) -> Script:
    """Whatever API it is asked by."""
    if not asked.path.endswith("/messages"):
        return [answer(completion())]
    usage = {"input_tokens": 30, "output_tokens": 7}
    message = {"type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "A cat."}]}
    return [answer(message | {"stop_reason": "end_turn", "usage": usage})]


def seeing(start: Starter, folder: Path, adapter: str, *backends: Upstream) -> Running:
    """A server before a cheap model that is blind, and a dearer one that sees."""
    blind, sees = backends
    place = house_in(folder / "config", {"blind": blind.url, "sees": sees.url})
    catalog = json.loads((place / "catalog.yaml").read_text())
    catalog["models"][1]["capabilities"].append("vision")
    (place / "catalog.yaml").write_text(json.dumps(catalog))
    providers = json.loads((place / "providers.yaml").read_text())
    providers["providers"]["sees"]["adapter"] = adapter
    (place / "providers.yaml").write_text(json.dumps(providers))
    return start(folder=place)


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def house(
    request: pytest.FixtureRequest, start_shared: Starter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, Upstream, Upstream, str]]:
    with Upstream(said) as blind, Upstream(said) as sees:
        running = seeing(start_shared, tmp_path_factory.mktemp("house"), request.param, blind, sees)
        yield running, blind, sees, request.param


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_a_picture_is_seen_by_a_model_that_can_and_unchanged(
    house: tuple[Running, Upstream, Upstream, str], path: str
) -> None:
    running, blind, sees, adapter = house
    content = [WORDS, DATA, LINK] if path == CHAT else BLOCKS
    with running.http() as http:
        body = {"model": "auto", "max_tokens": 50, "messages": [{"role": "user", "content": content}]}
        response = http.post(path, json=body)
        assert response.json()["fungible"]["served"] == "sees"
        words = http.post(path, json=body | {"messages": [{"role": "user", "content": "No picture."}]})
        assert words.json()["fungible"]["served"] == "blind"
    (shown,) = [message["content"] for message in sees.asked[-1].data["messages"]]
    if adapter == "anthropic":
        assert shown == BLOCKS
    elif path == CHAT:
        assert shown == content
    else:
        plain = {"type": "image_url", "image_url": {"url": DATA["image_url"]["url"]}}  # type: ignore[index]
        assert shown == [WORDS, plain, LINK]
    assert all(isinstance(message["content"], str) for asked in blind.asked for message in asked.data["messages"])


def test_where_nothing_sees_the_answer_is_an_error_that_says_so(house: tuple[Running, Upstream, Upstream, str]) -> None:
    running, *_ = house
    with running.http() as http:
        body = {"model": "blind", "messages": [{"role": "user", "content": [WORDS, LINK]}]}
        response = http.post(CHAT, json=body)
    assert response.status_code == 422
    assert "blind: capability (vision)" in response.json()["error"]["message"]


def test_a_picture_that_an_earlier_turn_showed_still_counts(house: tuple[Running, Upstream, Upstream, str]) -> None:
    running, *_ = house
    turns = [
        {"role": "user", "content": [WORDS, LINK]},
        {"role": "assistant", "content": "A cat."},
        {"role": "user", "content": "Sure?"},
    ]
    with running.http() as http:
        assert http.post(CHAT, json={"model": "auto", "messages": turns}).json()["fungible"]["served"] == "sees"


def test_what_a_tool_showed_is_seen(house: tuple[Running, Upstream, Upstream, str]) -> None:
    running, _, sees, adapter = house
    call = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": BLOCKS[:2]}
    turns = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    with running.http() as http:
        tools = [{"name": "look", "input_schema": {"type": "object"}}]
        body = http.post(MESSAGES, json={"model": "auto", "max_tokens": 9, "messages": turns, "tools": tools}).json()
    assert body["fungible"]["served"] == "sees"
    noted = "approximated:a picture or file that a tool gave" in body["fungible"]["notes"]
    assert noted == (adapter == "openai")
    last = sees.asked[-1].data["messages"]
    if adapter == "openai":
        assert last[2] == {"role": "tool", "content": "What is in these?", "tool_call_id": "t1"}
        assert last[3]["content"] == [{"type": "image_url", "image_url": {"url": DATA["image_url"]["url"]}}]  # type: ignore[index]
    else:
        # That API shows what a tool gave where it was given.
        assert last[2]["content"][0]["content"] == BLOCKS[:2]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url"},
        {"type": "image_url", "image_url": {}},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "image_url", "image_url": {"url": 7}},
    ],
)
def test_a_picture_that_is_none_is_refused_at_the_door(server: Running, part: dict[str, Any]) -> None:
    with server.http() as http:
        response = http.post(CHAT, json={"model": "auto", "messages": [{"role": "user", "content": [WORDS, part]}]})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "messages.0.content.1.image_url"
    assert "an object with a `url`" in response.json()["error"]["message"]
