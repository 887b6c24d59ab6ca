"""Ramps over HTTP and in a running server: orders, pairs, steps, roll-backs, ratings."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.servers import Running, Starter
from router.serving.ramps import ramp_controller

ROOT = "/admin/v1/ramps/to-mai"
RAMP = """ramps:
  - name: to-mai
    because: a test
    original: gpt-5
    substitute: mai-1
    holdback: 0.05
    steps: [0.5, 1]
    evidence: {margin: 0.2, alpha: 0.2, after: 0 s, pairs: 5}
    shadow: {sample: 1, judge: JUDGE, budget: 50 USD}
"""
BY_HAND = "  - {name: by-hand, because: x, original: phi-4, substitute: phi-4-mini, share: 1}\n"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ramp_controller, "TICK_S", 0.05)


@pytest.fixture
def begin(start: Starter, tmp_path: Path) -> Callable[..., Running]:
    def begun(judge: str = "truth", more: str = BY_HAND) -> Running:
        folder = tmp_path / "config"
        folder.mkdir(exist_ok=True)
        (folder / "ramps.yaml").write_text(RAMP.replace("JUDGE", judge) + more, encoding="utf-8")
        return start(folder=folder)

    return begun


def ask(http: httpx.Client, text: str, consent: str = "any") -> httpx.Response:
    body = {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": text}],
        "fungible": {"consent": consent},
        "metadata": {"fungible.difficulty": "-6"},
    }
    return http.post("/v1/chat/completions", json=body)


def until(http: httpx.Client, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask on until the ramp is as it should be."""
    for number in range(400):
        ask(http, f"Hi! What should I cook tonight? {number} {time.monotonic()}")
        if holds(body := http.get(ROOT).json()):
            return body
    raise AssertionError(body)


def order(http: httpx.Client, word: str, **more: Any) -> httpx.Response:
    return http.post(f"{ROOT}/{word}", params=more)


def test_a_ramp_moves_on_evidence_while_the_server_runs_and_everything_is_in_the_log(
    begin: Callable[..., Running],
) -> None:
    server = begin()
    with server.http() as http:
        assert http.get("/admin/v1/ramps").json()["data"][0]["stage"] == "draft"
        assert order(http, "approve", because="let us see").json()["kind"] == "approved"
        assert order(http, "start").json()["stage"] == "shadow"
        assert ask(http, "hi").headers["x-fungible-served"] == "gpt-5"
        status = until(http, lambda state: state["stage"] == "full")
        assert (status["share"], status["tasks"]["chat"]["state"]) == (1.0, "promote")
        served = {ask(http, f"hello {n}").headers["x-fungible-served"] for n in range(30)}
        assert served == {"mai-1", "gpt-5"} or served == {"mai-1"}
        assert ask(http, "hi", consent="exact").headers["x-fungible-served"] == "gpt-5"
        moves = http.get(f"{ROOT}/log").json()["data"]
        assert [move["kind"] for move in moves] == ["advanced", "advanced", "started", "approved"]
        assert moves[-1]["author"] == {"by": "admin", "via": "http", "because": "let us see"}
        assert order(http, "kill").json()["stage"] == "rolled_back"
        # At once: the order is in force here before it is answered.
        assert {ask(http, f"hello {n}").headers["x-fungible-served"] for n in range(9)} == {"gpt-5"}
        receipt = http.get(f"/v1/receipts/{ask(http, 'x').headers['x-fungible-receipt']}").json()
        assert receipt["decision"]["ramp"] is None


def test_a_receipt_of_a_moved_request_decides_again(begin: Callable[..., Running]) -> None:
    from pydantic import TypeAdapter

    from router.config import from_documents
    from router.decision.decide import decide
    from router.types import Ask, Features, Situation

    server = begin()
    with server.http() as http:
        for word in ("approve", "start"):
            order(http, word)
        for _ in range(2):
            assert order(http, "advance", force=True).status_code == 200
        answers = [ask(http, f"hello {n}") for n in range(12)]
        moved = next(answer for answer in answers if answer.headers["x-fungible-reason"] == "ramp")
        receipt = http.get(f"/v1/receipts/{moved.headers['x-fungible-receipt']}").json()
    documents = server.ledger.configuration(receipt["decision"]["revision"])
    assert documents is not None
    again = decide(
        TypeAdapter(Features).validate_python(receipt["features"]),
        TypeAdapter(Ask).validate_python(receipt["ask"]),
        TypeAdapter(Situation).validate_python(receipt["situation"]),
        from_documents(documents),
    )
    assert (again.chosen, again.ramp, again.revision) == ("mai-1", again.ramp, receipt["decision"]["revision"])


def test_a_server_that_starts_takes_up_where_the_ramp_is(begin: Callable[..., Running], start: Starter) -> None:
    first = begin()
    with first.http() as http:
        for word in ("approve", "start"):
            order(http, word)
        order(http, "advance", force=True)
        order(http, "advance", force=True)
    from router.api.live_config import LiveConfig

    again = LiveConfig(first.service, first.ledger, first.live_config.folder)
    assert again.service.config.ramps[0].share == 1.0
    assert again.config.ramps[0].name == "by-hand"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/admin/v1/ramps/nothing", 404, "No ramp is called 'nothing'. There are: to-mai."),
        ("/admin/v1/ramps/by-hand", 409, "is moved by hand: edit its share in ramps.yaml"),
    ],
)
def test_what_is_no_governed_ramp_is_told(begin: Callable[..., Running], path: str, status: int, words: str) -> None:
    with begin().http() as http:
        answer = http.get(path)
        assert answer.status_code == status
        assert words in answer.json()["error"]["message"]


def test_an_order_that_does_not_fit_changes_nothing(begin: Callable[..., Running]) -> None:
    with begin().http() as http:
        refused = order(http, "start")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        assert http.post(f"{ROOT}/explode").status_code == 400
        assert http.get(f"{ROOT}/log").json()["data"] == []


def test_an_edit_of_the_plan_that_asks_something_else_is_not_in_force_for_a_moment(
    begin: Callable[..., Running], tmp_path: Path
) -> None:
    server = begin()
    with server.http() as http:
        for word in ("approve", "start"):
            order(http, word)
        for _ in range(2):
            order(http, "advance", force=True)
        text = (tmp_path / "config" / "ramps.yaml").read_text(encoding="utf-8").replace("mai-1", "phi-4-mini")
        (tmp_path / "config" / "ramps.yaml").write_text(text, encoding="utf-8")
        served = set()
        for _ in range(200):
            served.add(ask(http, f"hello {time.monotonic()}").headers["x-fungible-served"])
            if server.live_config.config.plans[0].ramp.substitute == "phi-4-mini":
                break
            time.sleep(0.01)
        served |= {ask(http, f"hello {n}").headers["x-fungible-served"] for n in range(20)}
        assert "phi-4-mini" not in served
        assert http.get(ROOT).json()["stage"] == "draft"


def test_clients_ratings_are_evidence_and_an_answer_is_rated_once(begin: Callable[..., Running]) -> None:
    with begin("feedback").http() as http:
        for word in ("approve", "start"):
            order(http, word)
        order(http, "advance", force=True)

        def rate(holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
            for number in range(400):
                id = ask(http, f"hi {number}").headers["x-fungible-receipt"]  # noqa: A001
                answer = http.post("/v1/feedback", json={"receipt": id, "rating": "up" if number % 2 else 1})
                assert answer.json() == {"receipt": id, "rating": 1.0}
                if holds(body := http.get(ROOT).json()):
                    return {**body, "last": id}
            raise AssertionError(body)

        status = rate(lambda state: state["tasks"].get("chat", {}).get("pairs", 0) > 3)
        again = http.post("/v1/feedback", json={"receipt": status["last"], "rating": 0})
        assert (again.status_code, "rated before" in again.json()["error"]["message"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"receipt": "none", "rating": 1}, 404, "No receipt has the id 'none'"),
        ({"receipt": "none", "rating": 2}, 400, "rating"),
        ({"receipt": "none", "rating": "fine"}, 400, "rating"),
        ({"rating": 1}, 400, "receipt"),
        ({"receipt": "none", "rating": 1, "comment": "words are not kept"}, 400, "comment"),
    ],
)
def test_feedback_that_means_nothing_is_refused(server: Running, body: dict[str, Any], status: int, words: str) -> None:
    with server.http() as http:
        answer = http.post("/v1/feedback", json=body)
        assert answer.status_code == status
        assert words in answer.json()["error"]["message"]


def test_feedback_outside_of_ramps_is_in_the_log_too(server: Running) -> None:
    with server.http() as http:
        id = ask(http, "hi").headers["x-fungible-receipt"]  # noqa: A001
        assert http.post("/v1/feedback", json={"receipt": id, "rating": 0.25}).status_code == 200
