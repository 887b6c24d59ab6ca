"""How long an answer may take, by a clock that waits for nobody."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ProviderError
from router.serving.limits import Limits
from router.serving.work.patience import Patience
from router.types import Chunk
from unit.api.asgi_exchange import exchange
from unit.api.virtual_time import run

COMMENT = b": ping\n\n"
EVENT = b'event: ping\ndata: {"type":"ping"}\n\n'
END = Chunk(0, "end", None, "stop")


def slowly(tokens: int, pause_s: float) -> list[Any]:
    steps = [step for place in range(tokens) for step in (pause_s, Chunk(0, f"{place} "))]
    return [*steps, END]


@pytest.mark.parametrize("shape", ["chat", "responses", "messages"])
def test_a_stream_goes_on_for_as_long_as_its_tokens_come(tmp_path: Path, shape: str) -> None:
    sent = exchange(tmp_path, {"gpt-5": slowly(400, 1.0)}, shape)
    assert (sent.status, sent.ended, sent.pieces[-1][0]) == (200, True, 400)
    assert b"399 " in sent.body
    assert b'"error"' not in sent.body.replace(b'"error":null', b"")


def test_an_operator_may_bound_it_on_purpose(tmp_path: Path) -> None:
    outcomes: list[str] = ["begun"]
    sent = exchange(tmp_path, {"gpt-5": slowly(400, 1.0)}, limits=Limits(total_s=50), outcomes=outcomes)
    assert sent.pieces[-1][0] == 50
    assert b"No whole answer within 50 s." in sent.body
    assert b'"code":"deadline_exceeded"' in sent.body
    assert outcomes[1:] == ["timeout"]


def test_silence_in_the_middle_is_bounded(tmp_path: Path) -> None:
    steps = [*slowly(3, 100.0)[:-1], 500.0, END]
    sent = exchange(tmp_path, {"gpt-5": steps}, limits=Limits(ping_s=None))
    assert sent.pieces[-1][0] == 420
    assert b"No answer within 120 s." in sent.body


def test_an_answer_that_comes_at_once_is_bounded_in_all(tmp_path: Path) -> None:
    sent = exchange(tmp_path, {"gpt-5": slowly(400, 1.0)}, stream=False)
    assert (sent.status, sent.pieces[-1][0]) == (504, 120)


@given(st.lists(st.floats(0.01, 30), max_size=12), st.floats(1, 20), st.none() | st.floats(1, 100), st.booleans())
def test_only_silence_and_a_total_end_it(
    pauses: list[float], silence: float, total: float | None, streams: bool
) -> None:
    async def last() -> tuple[float, bool]:
        import asyncio

        loop = asyncio.get_running_loop()
        begun, limits = loop.time(), Limits(deadline_s=silence, total_s=total)
        try:
            async with Patience(limits, streams=streams, renew=lambda: None) as patience:
                for pause in pauses:
                    await asyncio.sleep(pause)
                    patience.token()
        except TimeoutError:
            return loop.time() - begun, False
        return loop.time() - begun, True

    when, whole = run(last())
    end, now = min(silence, total or 1e9), 0.0
    for pause in pauses:
        if now + pause >= end:
            break
        now += pause
        end = min(now + silence, total or 1e9) if streams else end
    else:
        assert whole
        assert when == pytest.approx(sum(pauses))
        return
    assert not whole or now + pause == pytest.approx(end)
    assert when == pytest.approx(end)


@pytest.mark.parametrize(("shape", "ping"), [("chat", COMMENT), ("responses", COMMENT), ("messages", EVENT)])
def test_a_client_that_waits_gets_pings_and_then_the_answer(tmp_path: Path, shape: str, ping: bytes) -> None:
    sent = exchange(tmp_path, {"gpt-5": [50.0, Chunk(0, "late"), END]}, shape)
    assert [when for when, piece in sent.pieces if piece == ping] == [15, 30, 45]
    assert sent.body.count(ping) == 3
    assert b"late" in sent.body
    assert {"x-fungible-receipt", "x-fungible-asked", "x-fungible-policy"} <= set(sent.headers)
    # Nobody knew yet who would serve.
    assert "x-fungible-served" not in sent.headers


def test_nothing_is_sent_to_a_client_that_waits_less(tmp_path: Path) -> None:
    sent = exchange(tmp_path, {"gpt-5": [14.0, Chunk(0, "soon"), END]})
    assert (COMMENT in sent.body, sent.headers["x-fungible-served"]) == (False, "gpt-5")
    failed = exchange(tmp_path, {"gpt-5": [14.0, ProviderError("rejected", "no")]})
    assert failed.status == 400


def test_pauses_in_the_middle_have_pings_too(tmp_path: Path) -> None:
    sent = exchange(tmp_path, {"gpt-5": [Chunk(0, "one "), 20.0, Chunk(0, "two"), 40.0, END]})
    assert [when for when, piece in sent.pieces if piece == COMMENT] == [15, 35, 50]


def test_pings_can_be_left_out(tmp_path: Path) -> None:
    sent = exchange(tmp_path, {"gpt-5": [100.0, END]}, limits=Limits(ping_s=None))
    assert COMMENT not in sent.body


def test_the_next_model_answers_after_a_ping_as_before_it(tmp_path: Path) -> None:
    script = {"gpt-5": [40.0, ProviderError("timeout", "late")]}
    sent = exchange(tmp_path, script, model="quality", messages=[{"role": "user", "content": "Prove it."}])
    assert (sent.status, sent.ended) == (200, True)
    assert sent.body.startswith(COMMENT * 2)
    assert b"fine" in sent.body
    assert b'"reason":"fallback"' in sent.body


@pytest.mark.parametrize("shape", ["chat", "responses", "messages"])
@pytest.mark.parametrize("end", [ProviderError("rejected", "no such thing"), 500.0], ids=["refused", "never"])
def test_a_failure_after_a_ping_is_told_in_the_stream_with_its_receipt(tmp_path: Path, shape: str, end: Any) -> None:
    outcomes: list[str] = ["begun"]
    sent = exchange(tmp_path, {"gpt-5": [40.0, end]}, shape, outcomes=outcomes)
    assert (sent.status, sent.ended) == (200, True)
    assert (b"no such thing" in sent.body) == (b"No answer within" not in sent.body)
    assert b'"receipt":' in sent.body
    assert outcomes[1:] == (["rejected"] if isinstance(end, ProviderError) else ["timeout"])


def test_in_silence_a_failure_after_a_ping_names_no_model(tmp_path: Path) -> None:
    script = {"gpt-5": [40.0, ProviderError("rejected", "gpt-5 does not do that")]}
    sent = exchange(tmp_path, script, silent=True, fungible={"consent": "any"})
    assert b"gpt-5" not in sent.body
    assert set(sent.headers) <= {"content-type", "cache-control", "x-request-id"}
