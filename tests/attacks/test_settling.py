"""Whatever was accepted, and whatever a backend answers: one receipt, no hold left, and the books balance."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacks.bodies import BODIES, NAMES, NUMBERS, TEXTS, VALUES, asked, written
from attacks.house import House, Script, streamed, whole
from router.errors import ProviderError
from router.reports import Asked, keep_books
from router.types import Chunk, ToolCallPiece, Usage

COUNTS = NUMBERS | VALUES
USAGE = st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": COUNTS,
        "completion_tokens": COUNTS,
        "input_tokens": COUNTS,
        "output_tokens": COUNTS,
        "cache_creation_input_tokens": COUNTS,
        "prompt_tokens_details": VALUES | st.fixed_dictionaries({"cached_tokens": COUNTS}),
        "completion_tokens_details": VALUES | st.fixed_dictionaries({"reasoning_tokens": COUNTS}),
    },
)
MESSAGE = st.fixed_dictionaries(
    {"content": TEXTS}, optional={"tool_calls": VALUES, "refusal": VALUES, "reasoning_content": VALUES}
)
CHOICE = st.fixed_dictionaries(
    {"message": MESSAGE, "delta": MESSAGE},
    optional={"index": COUNTS, "finish_reason": VALUES, "logprobs": VALUES, "stop_reason": VALUES},
)
BLOCK = st.fixed_dictionaries({"type": st.sampled_from(["text", "thinking", "tool_use"])}, optional={"text": VALUES})
ANSWER = st.fixed_dictionaries(
    {"choices": st.lists(CHOICE, min_size=1, max_size=2), "content": st.lists(BLOCK, min_size=1, max_size=2)},
    optional={"usage": USAGE | VALUES, "model": VALUES, "id": VALUES, "stop_reason": VALUES},
)
PIECES = st.builds(
    Chunk,
    index=st.integers(0, 2) | VALUES,
    text=TEXTS | VALUES,
    finish_reason=st.sampled_from([None, "stop", "length"]) | VALUES,
    usage=st.none() | st.builds(Usage, COUNTS, COUNTS, COUNTS, st.just("backend"), COUNTS) | VALUES,
    notes=st.just(()) | st.tuples(TEXTS) | VALUES,
    beside=st.none() | st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
    logprobs=st.none() | st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
    tool_call=st.none() | st.builds(ToolCallPiece, COUNTS, TEXTS, TEXTS, TEXTS | VALUES) | VALUES,
)
VECTORS = [Chunk(index, finish_reason="stop", beside={"embedding": [0.5]}) for index in range(2)]
SOUND = [Chunk(beside={"audio": b"RIFF"}), Chunk(finish_reason="stop")]


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """A backend: an answer of JSON, whole or in events, or pieces that no adapter should give."""
    kind = draw(st.sampled_from(["whole", "events", "pieces", "sound", "vectors"]))
    anthropic = draw(st.booleans())
    if kind == "whole":
        return whole(written(draw(ANSWER)), anthropic=anthropic)
    if kind == "events":
        lines = [b"data: " + written(answer) for answer in draw(st.lists(ANSWER, min_size=1, max_size=3))]
        return streamed(b"\n\n".join([*lines, b"data: [DONE]\n\n"]), anthropic=anthropic)
    failures = st.sampled_from([ProviderError("rejected", "no"), ProviderError("timeout", "late"), ZeroDivisionError()])
    pieces: list[Any] = draw(st.lists(PIECES | failures, max_size=3))
    return lambda _: (VECTORS if kind == "vectors" else SOUND if kind == "sound" else []) + pieces


@pytest.fixture(scope="module", params=["degrade", "refuse"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    house = House(request.param)
    yield house
    house.close()


@settings(max_examples=120)
@given(body=asked(), script=scripts())
def test_every_exchange_ends_in_one_receipt(house: House, body: tuple[str, bytes], script: Script) -> None:
    house.backend.calls = []
    status, _ = house.post(*body, script)
    new = house.new_receipts()
    assert len(new) <= 1
    assert (status == 200 or bool(house.backend.calls)) <= len(new)
    house.refuse_open_books()


def test_the_books_balance_over_all_of_them(house: House) -> None:
    house.ledger.flush()
    report = keep_books(house.ledger, house.service.config, Asked(), date(2030, 1, 1))
    assert report.unanswered + report.total.requests == len(list(house.ledger.receipts())) > 20


@pytest.mark.parametrize("path", sorted(BODIES))
def test_an_answer_that_can_t_be_committed_to_or_counted_is_charged_as_expected(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def panic(*_: object) -> Any:
        raise BaseException("a panic")

    monkeypatch.setattr("router.serving.answer.count_usage", panic)
    monkeypatch.setattr("router.serving.answer.seal", panic)
    house = House()
    wordless = {"/v1/embeddings": VECTORS, "/v1/audio/speech": SOUND}
    pieces = wordless.get(path, [Chunk(text="fine", finish_reason="stop")])
    status, _ = house.post(path, written(BODIES[path]), lambda _: pieces)
    (receipt,) = house.new_receipts()
    assert (status, receipt["usage"]["counted"]) == (200, "estimate")
    house.refuse_open_books()
    house.close()


def test_nobody_who_looks_at_an_answer_keeps_it_from_being_settled(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    house.service.state.watch = house.service.state.follow = lambda _: 1 // 0
    status, _ = house.post("/v1/chat/completions", written(BODIES["/v1/chat/completions"]))
    house.ledger.flush()
    assert (status, len(list(house.ledger.receipts()))) == (200, 1)
    assert [record.getMessage() for record in caplog.records] == [
        "failed to watch a receipt: ZeroDivisionError",
        "failed to follow an answer: ZeroDivisionError",
    ]
    house.close()


def test_a_reader_whose_words_no_receipt_can_hold_does_not_cost_the_receipt() -> None:
    house = House()
    reading = house.service.reader

    class Odd:
        name = "odd"

        def read(self, excerpt: Any) -> Any:
            return replace(reading.read(excerpt), language="\ud800", traits=(0.5,) * 70_000)

    house.service.reader = Odd()
    status, _ = house.post("/v1/chat/completions", written(BODIES["/v1/chat/completions"]))
    (receipt,) = house.new_receipts()
    assert status == 200
    assert receipt["features"]["language"] == "?"
    assert "clamped:receipt" in receipt["notes"]
    house.service.reader = reading
    house.post("/v1/chat/completions", written(BODIES["/v1/chat/completions"]))
    house.ledger.flush()
    assert len(list(house.ledger.receipts())) == 2, "the ledger goes on"
    assert orjson.loads(house.ledger.receipt(receipt["id"]) or b"")["id"] == receipt["id"]
    house.close()


def test_a_ledger_that_is_full_refuses_before_a_model_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    monkeypatch.setattr("router.serving.server_state.MOST_WAITING", 0)
    status, answer = house.post("/v1/chat/completions", written(BODIES["/v1/chat/completions"]))
    assert (status, house.backend.calls) == (503, [])
    assert b"nothing is served unrecorded" in answer
    house.close()
