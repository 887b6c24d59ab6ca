"""Backends that misbehave, through the whole service: for each, the answer, the attempts and the receipt are right."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from api.backends import HURRIED, house_in
from api.servers import Running, Starter
from api.test_failures import until
from router.api.assembly import load_providers
from router.bench.http.fake_backend import (
    DONE,
    HANG,
    STREAM_END,
    STREAM_HEAD,
    Script,
    Upstream,
    answer,
    closed_port,
    completion,
    event,
    framed,
    piece,
    used,
    words,
)
from router.serving.deployments.deployment_pool import DeploymentPool
from router.types import ProviderRow

CHAT = "/v1/chat/completions"
ASK: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "How are you?"}]}
OPENING = [STREAM_HEAD, piece({"role": "assistant", "content": ""})]
BEGUN = [*OPENING, piece({"content": "Half an "})]
HTML = answer(b"<html>Sign in</html>", kind="text/html")
NOT_JSON = answer(b'{"choices": [')
FILTERED = {"error": {"message": "No.", "code": "content_filter"}}


def dribble(data: bytes) -> Script:
    for place in range(len(data)):
        yield data[place : place + 1]
        yield 0.02


def stream(*events: bytes) -> Script:
    return [STREAM_HEAD, *events, event(DONE), STREAM_END]


@dataclass(frozen=True)
class Case:
    """A fault of the first backend, and what becomes of the request."""

    script: Any
    tried: list[tuple[str, str]]
    detail: str = ""
    status: int = 200
    text: str = "All is well."
    counted: str = "backend"
    notes: list[str] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether it is of a backend that is waited for in vain."""
        return self.tried[0][1] == "timeout" or "further token" in self.detail


def moves_on(script: Any, outcome: str, detail: str) -> Case:
    """The first byte was not out, so the second model answers."""
    return Case(script, [("first", outcome), ("second", "ok")], detail)


def breaks_off(script: Any, detail: str) -> Case:
    return Case(script, [("first", "cut_off")], detail, text="Half an ", counted="exact")


def ends(script: Any, status: int, outcome: str, detail: str) -> Case:
    """The request is at fault, so nobody else is asked."""
    return Case(script, [("first", outcome)], detail, status)


def holds(script: Any, **fields: Any) -> Case:
    return Case(script, [("first", "ok")], **fields)


LIES = ["usage:what the backend said can't be true"]
BOTH = {
    "hangs before its headers": moves_on([HANG], "timeout", "within 0."),
    "closes before its headers": moves_on(["close"], "unavailable", "before it answered"),
    "resets": moves_on(["reset"], "unavailable", "before it answered"),
    "speaks another protocol": moves_on([b"SSH-2.0-OpenSSH_9.9\r\n"], "unavailable", "does not speak HTTP/1.1"),
    "wrong content type": moves_on([HTML], "unavailable", "answered with text/html"),
    "broken JSON": moves_on([NOT_JSON], "unavailable", "not JSON"),
    "no JSON object": moves_on([answer(b"[]")], "unavailable", "no object"),
    "empty choices": moves_on([answer(completion(choices=[]))], "unavailable", "without a choice"),
    "empty body": moves_on([answer(b"")], "unavailable", "not JSON"),
    "429 with Retry-After": moves_on([answer({}, 429, retry_after=20)], "rate_limited", "429"),
    "429 without Retry-After": moves_on([answer({}, 429)], "rate_limited", "429"),
    "500": moves_on([answer({"error": "oh"}, 500)], "unavailable", "500: oh"),
    "503": moves_on([answer(b"", 503)], "unavailable", "503"),
    "401": moves_on([answer({}, 401)], "unavailable", "credentials were refused"),
    "404": moves_on([answer({}, 404)], "unavailable", "404"),
    "redirects": moves_on([answer(b"", 302, location="http://example.org")], "unavailable", "asked elsewhere"),
    "an error in a 200": moves_on([answer({"error": {"message": "overloaded"}})], "unavailable", "overloaded"),
    "400": ends([answer({"error": {"message": "Too odd.", "param": "seed"}}, 400)], 400, "rejected", "(param: seed)"),
    "content filter": ends([answer(FILTERED, 400)], 400, "content_filter", "No."),
}
PLAIN = BOTH | {
    "dribbles": moves_on(dribble(answer(completion())), "timeout", "no whole answer within 0.4 s"),
    "closes in the middle": moves_on([answer(completion())[:-30], "close"], "unavailable", "in the middle"),
    "hangs in the middle": moves_on([answer(completion())[:-30], HANG], "timeout", "no whole answer"),
    "negative usage": holds([answer(completion(usage=used(-5)))], counted="exact", notes=LIES),
    "absurd usage": holds([answer(completion(usage=used(10**9)))], counted="exact", notes=LIES),
    "more cached than taken": holds([answer(completion(usage=used(5, 7, 6)))], counted="exact", notes=LIES),
    "usage in words": holds(
        [answer(completion(usage=used("many")))],
        counted="exact",
        notes=["usage:what the backend said is no count"],
    ),
    "no usage": holds([answer(completion() | {"usage": None})], counted="exact"),
    "another model": holds([answer(completion(model="SmolLM2"))], notes=["upstream_model:SmolLM2"]),
}
STREAMED = BOTH | {
    "hangs after its headers": moves_on([STREAM_HEAD, HANG], "timeout", "no first token within 0.2 s"),
    "hangs after its role": moves_on([*OPENING, HANG], "timeout", "no first token"),
    "pings and says nothing": moves_on(
        [STREAM_HEAD, *[step for _ in range(50) for step in (framed(b": ping\n\n"), 0.02)]],
        "timeout",
        "no first token",
    ),
    "dribbles": moves_on([STREAM_HEAD, *dribble(framed(b"data: {}\n\n" * 20))], "timeout", "no first token"),
    "says it is done at once": moves_on(stream(), "unavailable", "before it began"),
    "ends at once": moves_on([STREAM_HEAD, STREAM_END], "unavailable", "before it began"),
    "closes in the first chunk": moves_on([STREAM_HEAD, b"ff\r\ndata: {", "close"], "unavailable", "in the middle"),
    "broken chunks": moves_on([STREAM_HEAD, b"zz\r\n"], "unavailable", "does not speak HTTP/1.1"),
    "a broken first event": moves_on(stream(event(b"{")), "unavailable", "not JSON"),
    "an error first": moves_on(stream(event({"error": {"message": "busy"}})), "unavailable", "busy"),
    "a filter first": ends(stream(event(FILTERED)), 400, "content_filter", "No."),
    "hangs in the middle": breaks_off([*BEGUN, HANG], "no further token within 0.2 s"),
    "dribbles in the middle": breaks_off([*BEGUN, *dribble(framed(b"data: {}\n\n" * 20))], "no further token"),
    "takes its time": holds(
        [
            *BEGUN,
            *[step for _ in range(10) for step in (0.05, piece({"content": "."}))],
            event(DONE),
            STREAM_END,
        ],
        text="Half an " + 10 * ".",
        counted="exact",
        notes=["finish_reason:none was given"],
    ),
    "closes in a chunk": breaks_off([*BEGUN, b"ff\r\ndata: {", "close"], "in the middle"),
    "resets in the middle": breaks_off([*BEGUN, 0.02, "reset"], "in the middle"),
    "stops without a last word": breaks_off([*BEGUN, STREAM_END], ""),
    "a broken event": breaks_off([*BEGUN, 0.02, event(b"{"), STREAM_END], "not JSON"),
    "an error in the middle": breaks_off([*BEGUN, 0.02, event({"error": "gone"}), STREAM_END], "gone"),
    "negative usage": holds(words("All is ", "well.", usage=used(-1)), counted="exact", notes=LIES),
    "no usage": holds(words("All is ", "well."), counted="exact"),
    "another model": holds(words("All is well.", model="SmolLM2", usage=used()), notes=["upstream_model:SmolLM2"]),
    "no reason": holds(
        stream(piece({"content": "All is well."})), counted="exact", notes=["finish_reason:none was given"]
    ),
    "answers whole": holds([answer(completion())]),
}
CASES = [
    pytest.param(case, streamed, id=f"{'stream' if streamed else 'plain'}: {name}")
    for streamed, cases in ((False, PLAIN), (True, STREAMED))
    for name, case in cases.items()
]
GOOD = {False: [answer(completion(model="second"))], True: words("All is ", "well.", model="second", usage=used())}


@dataclass
class Stage:
    """A server before two backends; the first does what a test says."""

    running: Running
    first: Upstream
    second: Upstream

    def hurry(self) -> None:
        """Wait for the first a moment only."""
        config = self.running.service.config
        row = config.providers["first"]
        hurried = replace(row, settings={**row.settings, "timeouts": HURRIED})
        self.running.put_in_force(
            config, load_providers(replace(config, providers={**config.providers, "first": hurried}))
        )

    def ask(self, *, streamed: bool = False) -> tuple[int, dict[str, Any], dict[str, Any], Any]:
        """Status, receipt, `fungible` object, and the answer: its text, or the error."""
        with self.running.http() as http:
            response = http.post(CHAT, json=ASK | {"stream": streamed})
        self.running.ledger.flush()
        receipt = json.loads(list(self.running.ledger.receipts())[-1])
        if response.status_code != 200:
            return response.status_code, receipt, {}, response.json()["error"]
        if not streamed:
            body = response.json()
            return 200, receipt, body["fungible"], body["choices"][0]["message"]["content"]
        events = [json.loads(line[6:]) for line in response.text.split("\n\n") if line and line != "data: [DONE]"]
        said = "".join(choice["delta"].get("content") or "" for event in events for choice in event.get("choices", ()))
        assert ("error" in events[-1]) == ("[DONE]" not in response.text)
        return 200, receipt, events[-1]["fungible"], said


@pytest.fixture(scope="module")
def shared(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("house")
    with Upstream(lambda _: ()) as first, Upstream(lambda asked: GOOD[bool(asked.data.get("stream"))]) as second:
        backends = {"first": first.url, "second": second.url}
        place = house_in(folder / "config", backends, models={"first": "up"})
        rows = json.loads((place / "providers.yaml").read_text())
        # What a backend says of a failure is looked for in receipts, which keep it where an operator wants that.
        rows["providers"]["first"]["keep_error_text"] = True
        (place / "providers.yaml").write_text(json.dumps(rows))
        running = start_shared(folder=place)
        yield Stage(running, first, second)


@pytest.fixture
def stage(shared: Stage) -> Stage:
    """The stage with providers, and a fleet, that remember nothing."""
    config = shared.running.service.config
    shared.running.service.state.pool = DeploymentPool(config)
    shared.running.put_in_force(config, load_providers(config))
    return shared


@pytest.mark.parametrize(("case", "streamed"), CASES)
def test_the_answer_the_attempts_and_the_receipt_are_right(stage: Stage, case: Case, streamed: bool) -> None:
    script = list(case.script)
    stage.first.answer = lambda _: script
    if case.waits:
        stage.hurry()
    status, receipt, fungible, answered = stage.ask(streamed=streamed)
    assert status == case.status
    assert [(tried["model"], tried["outcome"]) for tried in receipt["attempts"]] == case.tried
    assert receipt["outcome"] == case.tried[-1][1]
    assert case.detail in receipt["attempts"][0]["detail"]
    if case.status != 200:
        assert case.detail in answered["message"]
        assert receipt["served"] is receipt["usage"] is None
        return
    assert answered.rstrip(".") == case.text.rstrip(".")
    assert fungible["served"] == receipt["served"] == case.tried[-1][0]
    assert fungible["reason"] == ("fallback" if len(case.tried) > 1 else "policy")
    assert fungible["notes"] == receipt["notes"] == case.notes
    assert receipt["usage"]["counted"] == case.counted
    assert Decimal(receipt["cost"]) == price(receipt)


def price(receipt: dict[str, Any]) -> Decimal:
    taken, given = {"first": (1, 2), "second": (10, 20)}[receipt["served"]]
    return Decimal(receipt["usage"]["input_tokens"] * taken + receipt["usage"]["output_tokens"] * given)


def test_nobody_listens(stage: Stage) -> None:
    config = stage.running.service.config
    gone = ProviderRow("openai", {"base_url": f"http://127.0.0.1:{closed_port()}/v1"})
    providers = load_providers(replace(config, providers={**config.providers, "first": gone}))
    stage.running.put_in_force(config, providers)
    status, receipt, fungible, _ = stage.ask()
    assert (status, fungible["served"]) == (200, "second")
    assert receipt["attempts"][0]["detail"] == "no connection: Connection refused"


def test_a_burst_of_failures_is_ridden_out(stage: Stage) -> None:
    bursts = [answer({}, 500), answer({}, 502), answer(completion()), answer({}, 503), answer(completion())]
    stage.first.answer = lambda _: [bursts.pop(0)]
    served = [stage.ask()[2]["served"] for _ in range(5)]
    assert served == ["second", "second", "first", "second", "first"]


def test_where_both_are_at_their_limit_the_client_is_told_how_long_to_wait(stage: Stage) -> None:
    stage.first.answer = lambda _: [answer({}, 429, retry_after=3)]
    good = stage.second.answer
    stage.second.answer = lambda _: [answer({"error": {"message": "Slow down."}}, 429, retry_after=9)]
    with stage.running.http() as http:
        response = http.post(CHAT, json=ASK)
    stage.second.answer = good
    assert response.status_code == 429
    assert response.headers["retry-after"] == "9"
    assert "Slow down." in response.json()["error"]["message"]


def test_where_both_fail_every_attempt_is_listed(stage: Stage) -> None:
    stage.first.answer = lambda _: [answer({}, 500)]
    good = stage.second.answer
    stage.second.answer = lambda _: [NOT_JSON]
    status, receipt, _, error = stage.ask()
    stage.second.answer = good
    assert status == 502
    assert [(tried["model"], tried["outcome"]) for tried in error["attempts"]] == [
        ("first", "unavailable"),
        ("second", "unavailable"),
        # Nothing else is left: the last one is asked once more.
        ("second", "unavailable"),
    ]
    assert receipt["served"] is None


def test_cached_input_is_priced_as_such_and_once(stage: Stage) -> None:
    stage.first.answer = lambda _: [answer(completion(usage=used(100, 10, 60)))]
    _, receipt, fungible, _ = stage.ask()
    assert receipt["usage"]["cached_input_tokens"] == 60
    assert Decimal(receipt["cost"]) == 40 * 1 + 60 * Decimal("0.5") + 10 * 2
    assert fungible["cost_usd"] == "0.00009"


def test_what_a_filter_ended_says_so(stage: Stage) -> None:
    message = completion("")
    message["choices"][0]["finish_reason"] = "content_filter"
    stage.first.answer = lambda _: [answer(message)]
    with stage.running.http() as http:
        body = http.post(CHAT, json=ASK).json()
    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert body["choices"][0]["message"]["content"] == ""


def test_a_client_that_leaves_stops_the_call(stage: Stage) -> None:
    stage.first.answer = lambda _: [*BEGUN, HANG]
    # The providers of the test before are closed; the upstream hears of it a little later.
    until(lambda: stage.first.open == 0)
    with stage.running.http() as http, http.stream("POST", CHAT, json=ASK | {"stream": True}) as response:
        lines = response.iter_lines()
        # Held on to: an iterator that is dropped closes its response.
        next(lines)
        assert stage.first.open == 1
    until(lambda: stage.first.open == 0 and stage.running.service.state.in_flight == 0)
    stage.running.ledger.flush()
    assert json.loads(list(stage.running.ledger.receipts())[-1])["outcome"] == "client_left"
