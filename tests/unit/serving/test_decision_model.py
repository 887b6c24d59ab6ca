"""A reader that asks a decision model: what it says is read, and where it fails the shipped reader reads."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.api.assembly import reader_of
from router.errors import ConfigError
from router.reading.artefact import load_reader
from router.serving.remote_reading import decision_model
from router.serving.remote_reading.decision_answer import reading_from
from router.serving.remote_reading.decision_model import DecisionModel, DecisionModelSettings, create
from router.types import Excerpt, Reading

TEXT = Excerpt("Is P = NP?", "", "", 10)
OWN = Reading("chat", 0.5, 0.0, 1.0, "en", 90)
SETTINGS = DecisionModelSettings("http://localhost/")


class Asked:
    """Another side that counts how often it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.bodies = list(answers), list[Any]()

    def __call__(self, body: bytes) -> Any:
        self.bodies.append(json.loads(body))
        answer = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


def model(asked: Asked, **changes: Any) -> DecisionModel:
    return DecisionModel(replace(SETTINGS, **changes), load_reader(), asked)


def test_what_the_other_side_says_is_read_once() -> None:
    asked = Asked({"task": "math", "difficulty": 2.5, "stakes": "high", "output_tokens": 700})
    reader = model(asked)
    reading = reader.read(TEXT)
    assert (reading.task, reading.task_probability, reading.difficulty) == ("math", 1.0, 2.5)
    assert (reading.stakes, reading.output_tokens, reading.language) == ("high", 700, "en")
    assert reader.read(TEXT) == reading
    assert asked.bodies == [{"text": TEXT.last, "earlier": ""}]


def test_the_likeliest_of_a_distribution_is_the_task() -> None:
    reading = reading_from({"tasks": {"law": 0.6, "chat": 0.2, "chess": 9}}, OWN)
    assert (reading.task, reading.task_probability) == ("law", pytest.approx(0.75))


@given(
    st.dictionaries(
        st.sampled_from(["task", "tasks", "difficulty", "difficulty_error", "output_tokens", "stakes", "x"]),
        st.none()
        | st.booleans()
        | st.floats()
        | st.integers()
        | st.text(max_size=4)
        | st.dictionaries(st.text(max_size=4), st.floats(), max_size=2),
    )
)
@settings(max_examples=100)
def test_any_answer_gives_a_sane_reading_or_none(answer: dict[str, Any]) -> None:
    try:
        reading = reading_from(answer, OWN)
    except ValueError:
        assert not set(answer) - {"x"}
        return
    assert 0 <= reading.task_probability <= 1
    assert -20 <= reading.difficulty <= 20
    assert reading.output_tokens >= 0
    assert reading.stakes in ("ordinary", "high")


@pytest.mark.parametrize("answer", [None, [], "math", {"model": "x"}, OSError("down")])
def test_where_it_fails_the_shipped_reader_reads_and_nothing_is_kept(answer: Any) -> None:
    asked = Asked(answer, {"difficulty": 3.0})
    reader = model(asked)
    assert reader.read(TEXT) == load_reader().read(TEXT)
    assert reader.read(TEXT).difficulty == 3.0


def test_after_failures_in_a_row_nobody_is_asked_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(decision_model, "monotonic", lambda: now[0])
    asked = Asked(OSError("down"))
    reader = model(asked)
    for _ in range(6):
        reader.read(TEXT)
    assert len(asked.bodies) == decision_model.FAILURES
    now[0] += decision_model.REST_SECONDS
    reader.read(TEXT)
    assert len(asked.bodies) == decision_model.FAILURES + 1


def test_who_answers_too_late_or_holds_all_places_is_not_waited_for() -> None:
    gate = Event()
    reader = DecisionModel(replace(SETTINGS, time_limit=0.01), load_reader(), lambda _: gate.wait(5))
    reader._pool = ThreadPoolExecutor(1)
    for _ in range(2):
        assert reader.read(TEXT) == load_reader().read(TEXT)
    for _ in range(decision_model.MOST_AT_ONCE - 2):
        assert reader._free.acquire(blocking=False)
    reader._asks_again = 0.0
    assert reader.read(TEXT) == load_reader().read(TEXT)
    gate.set()


def test_what_is_kept_is_bounded() -> None:
    reader = model(Asked({"difficulty": 1}), cache=2)
    for number in range(5):
        reader.read(Excerpt(str(number), "", "", 1))
    assert len(reader._known) == 2


@pytest.mark.parametrize(
    ("given_settings", "expected"),
    [
        ({}, "url: must be"),
        ({"url": "ftp://secret"}, "url: must be an http or https address"),
        ({"url": "http://x", "key": "secret"}, "key: unknown key"),
        ({"url": "http://x", "headers": {"a": 1}}, "headers: must be"),
        ({"url": "http://x", "time_limit_ms": 0}, "time_limit_ms: must be a whole number from 1 to 10000"),
        ({"url": "http://x", "cache": True}, "cache: must be"),
    ],
)
def test_wrong_settings_are_refused_without_their_value(given_settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        create(given_settings, load_reader())
    assert "secret" not in str(caught.value)


class _Side(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = json.dumps({"task": "law", "difficulty": len(asked["text"]) / 10}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Side)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/read"
    server.shutdown()
    server.server_close()


def test_a_file_names_the_reader_that_asks_over_http(url: str, tmp_path: Path) -> None:
    path = tmp_path / "reader.yaml"
    path.write_text(f"reader: http\nsettings: {{url: '{url}', time_limit_ms: 5000}}\n", encoding="utf-8")
    reading = reader_of(path).read(TEXT)
    assert (reading.task, reading.difficulty) == ("law", 1.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reader: 3", "must be `reader: NAME`"),
        ("[]", "must be `reader: NAME`"),
        ("reader: htpp", "nothing is called 'htpp'"),
        ("reader: http", "reader.settings: url: must be"),
    ],
)
def test_a_file_that_names_no_reader_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "reader.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=expected):
        reader_of(path)
