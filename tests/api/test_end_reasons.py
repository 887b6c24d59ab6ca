"""Backends that end an answer with the word for a failure, through the whole service."""

import pytest

from api.test_misbehaving import BEGUN, OPENING, Case, Stage, breaks_off, moves_on, shared, stage
from api.test_misbehaving import test_the_answer_the_attempts_and_the_receipt_are_right as check
from router.bench.http.fake_backend import DONE, STREAM_END, answer, completion, event, piece

__all__ = ["shared", "stage"]
LAST = [event(DONE), STREAM_END]


def ended(word: str) -> bytes:
    return event({"model": "up", "choices": [{"index": 0, "delta": {}, "finish_reason": word}]})


def whole(word: str, text: str = "Half an ") -> bytes:
    told = completion(text)
    told["choices"][0]["finish_reason"] = word
    return answer(told)


CASES = {
    "network_error, whole": (moves_on([whole("network_error", "")], "unavailable", "'network_error'"), False),
    "abort, whole": (moves_on([whole("abort")], "unavailable", "'abort'"), False),
    "timeout, whole": (moves_on([whole("timeout", "")], "timeout", "'timeout'"), False),
    "network_error": (moves_on([*OPENING, ended("network_error"), *LAST], "unavailable", "'network_error'"), True),
    "error": (moves_on([*OPENING, ended("error"), *LAST], "unavailable", "'error'"), True),
    "abort after words": (breaks_off([*BEGUN, 0.02, ended("abort"), *LAST], "'abort'"), True),
    "error after words": (breaks_off([*BEGUN, 0.02, ended("error"), *LAST], "'error'"), True),
    "an end that is one": (
        Case([*OPENING, piece({"content": "All is well"}), ended("stop"), *LAST], [("first", "ok")], counted="exact"),
        True,
    ),
}


@pytest.mark.parametrize(("case", "streamed"), CASES.values(), ids=CASES)
def test_a_failure_is_one_and_the_next_model_answers_where_nothing_was_said(
    stage: Stage, case: Case, streamed: bool
) -> None:
    check(stage, case, streamed)
