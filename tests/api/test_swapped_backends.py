"""A backend that says that another model answered: noted, not taken, or left alone, as `on_swap` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.backends import house_in
from api.servers import Running, Starter
from router.bench.http.fake_backend import Upstream, answer, completion

ASK = {"model": "first", "fungible": {"consent": "any"}, "messages": [{"role": "user", "content": "x"}]}


def served(start: Starter, folder: Path, backends: dict[str, str], on_swap: str | None) -> Running:
    house_in(folder, backends, models={"first": "up", "second": "up"})
    written = json.loads((folder / "providers.yaml").read_text())
    for row in written["providers"].values():
        row |= {"on_swap": on_swap} if on_swap else {}
    (folder / "providers.yaml").write_text(json.dumps(written))
    return start(folder=folder)


def ask(running: Running, **more: Any) -> dict[str, Any]:
    with running.http() as client:
        reply = client.post("/v1/chat/completions", json=ASK | more)
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


@pytest.mark.parametrize(
    ("on_swap", "said", "text"),
    [
        (None, "another", "swapped"),
        ("note", "another", "swapped"),
        ("failover", "another", "right"),
        ("eject", "another", "right"),
        ("failover", "up-2026-01-01", "swapped"),
        ("failover", "up", "swapped"),
    ],
)
def test_what_follows_a_swap_that_is_said(
    start: Starter, tmp_path: Path, on_swap: str | None, said: str, text: str
) -> None:
    with (
        Upstream(lambda _: [answer(completion("swapped", said))]) as first,
        Upstream(lambda _: [answer(completion("right"))]) as second,
    ):
        running = served(start, tmp_path / "c", {"first": first.url, "second": second.url}, on_swap)
        body = ask(running)
        ejected = {name: state.breaker.until is not None for name, state in running.service.state.pool.states.items()}
    assert body["choices"][0]["message"]["content"] == text
    assert any(ejected.values()) == (on_swap == "eject")
    with running.http() as client:
        receipt = client.get(f"/v1/receipts/{body['fungible']['receipt']}").json()
        metrics = client.get("/metrics").text
    counted = 'fungible_backend_other_model_total{deployment="first"} 1.0' in metrics
    assert counted == (said == "another")
    if text == "right":
        assert "other_model" in json.dumps(receipt["attempts"][0])
        assert receipt["served"] == "second"
