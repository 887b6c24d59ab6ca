"""What a refusal means: its outcome, its words, and how long to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from asking import KEY, backend, failure, heard, ran
from hypothesis import given
from hypothesis import strategies as st
from stub_samples import call, text

from providers.upstream.failures import MOST_TEXT, retry_after
from providers.upstream.failures import failure as failure_of
from router.bench.http.fake_backend import HANG, answer, completion
from router.errors import ProviderError

GOOD = [answer(completion())]


def refused(status: int, error: Any = None, **headers: Any) -> ProviderError:
    body = b"" if error is None else orjson.dumps({"error": error})
    return failure_of(status, {name.encode(): str(value).encode() for name, value in headers.items()}, body, str)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, "rejected"),
        (413, "rejected"),
        (422, "rejected"),
        (401, "unavailable"),
        (402, "unavailable"),
        (403, "unavailable"),
        (404, "unavailable"),
        (409, "unavailable"),
        (408, "timeout"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
        (524, "timeout"),
        (529, "unavailable"),
        (599, "unavailable"),
        (204, "unavailable"),
        (302, "unavailable"),
    ],
)
def test_every_status_has_an_outcome(status: int, outcome: str) -> None:
    error = refused(status)
    assert error.outcome == outcome
    assert str(status) in error.message


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (400, {"code": "content_filter"}, "content_filter"),
        (400, {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "content_filter"),
        (403, {"type": "content_policy_violation"}, "content_filter"),
        (400, {"code": "model_not_found"}, "unavailable"),
        (404, {"code": "DeploymentNotFound"}, "unavailable"),
        (400, {"code": 400}, "rejected"),
    ],
)
def test_a_code_says_more_than_a_status(status: int, error: Any, outcome: str) -> None:
    assert refused(status, error).outcome == outcome


def test_the_operator_is_told_that_it_is_the_credentials() -> None:
    assert refused(401, {"message": "No."}).message == "the backend answered 401, the credentials were refused: No."


def test_the_client_is_told_which_parameter_it_is() -> None:
    error = refused(400, {"message": "Unsupported value.", "param": "temperature"})
    assert error.message == "the backend answered 400: Unsupported value. (param: temperature)"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "plain words"}', "plain words"),
        (b'{"detail": "fastapi"}', "fastapi"),
        (b'{"msg": "short"}', "short"),
        (b'{"message": {"not": "text"}}', None),
        (b'{"error": {"message": 5, "param": 6}}', None),
        (b"[1]", None),
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", None),
    ],
)
def test_refusals_in_other_shapes(body: bytes, words: str | None) -> None:
    message = failure_of(500, {}, body, str).message
    assert message == "the backend answered 500" + (f": {words}" if words else "")


@given(st.binary(max_size=4_000) | st.text(max_size=4_000).map(lambda text: orjson.dumps({"error": text})))
def test_the_words_of_a_backend_are_one_short_printable_line(body: bytes) -> None:
    message = failure_of(500, {}, body, str).message
    assert len(message) <= MOST_TEXT + 40
    assert message.isprintable()


def date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after": " 7 "}, 7, 7),
        ({"retry-after": "0.2"}, 1, 1),
        ({"retry-after": "-5"}, 0, 0),
        ({"retry-after": "99999999"}, 86_400, 86_400),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 2, 2),
        ({"retry-after": 30.0}, 28, 31),
        ({"retry-after": -30.0}, 0, 0),
        ({"retry-after": "Wed, 21 Oct 2099 07:28:00"}, 86_400, 86_400),
        # By the backend's own clock, whatever ours says.
        ({"retry-after": "Wed, 21 Oct 2099 07:28:30 GMT", "date": "Wed, 21 Oct 2099 07:28:00 GMT"}, 30, 30),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 30, 30),
        ({"retry-after": 30.0, "date": "no date"}, 28, 31),
    ],
)
def test_how_long_to_wait(headers: dict[str, str | float], low: int, high: int) -> None:
    # A number stands for the date so many seconds from now, which is told when the test runs.
    said = {name: date(value) if isinstance(value, float) else value for name, value in headers.items()}
    pause = retry_after({name.encode(): value.encode() for name, value in said.items()})
    assert pause is not None
    assert low <= pause <= high


@pytest.mark.parametrize("said", ["", "soon", "nan", "inf", "1e300", "Someday, 99 Foo"])
def test_nonsense_says_nothing_about_waiting(said: str) -> None:
    assert retry_after({b"retry-after": said.encode()}) is None


LIMITED = [answer({"error": {"message": "Slow down."}}, 429, retry_after=30)]


def test_a_backend_that_asked_for_patience_is_left_alone() -> None:
    with backend(LIMITED, GOOD) as (provider, upstream):
        first, second = ran(provider, lambda: failures(provider, 2))
        assert len(upstream.asked) == 1
    assert (first.outcome, first.retry_after) == ("rate_limited", 30)
    assert (second.outcome, second.retry_after) == ("rate_limited", 30)
    assert "not asked again yet" in second.message


def test_one_model_s_limit_is_not_another_s() -> None:
    async def ask_both() -> list[Any]:
        first = await failures(provider, 1)
        other = [chunk async for chunk in provider.stream(call(of=other_model()))]
        return [first[0].outcome, text(other)]

    with backend(LIMITED, GOOD) as (provider, _):
        assert ran(provider, ask_both) == ["rate_limited", "All is well."]


def test_a_limit_without_a_wait_is_asked_again_at_once() -> None:
    with backend([answer({}, 429)], GOOD) as (provider, _):
        assert failure(provider).retry_after is None
        assert text(heard(provider)) == "All is well."


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.upstream.backend.LONGEST_REST_S", 0.0)
    with backend(LIMITED, GOOD) as (provider, _):
        assert failure(provider).retry_after == 30
        assert text(heard(provider)) == "All is well."


def test_refused_credentials_are_not_tried_again_at_once() -> None:
    with backend([answer({}, 401)], key_env="TEST_KEY") as (provider, upstream):
        first, second = ran(provider, lambda: failures(provider, 2))
        assert len(upstream.asked) == 1
    assert second.retry_after is None
    assert "credentials were refused" in first.message
    assert "not asked again yet" in second.message


def test_a_key_that_was_changed_in_its_file_counts_from_the_next_call(tmp_path: Any) -> None:
    file = tmp_path / "key"
    file.write_text("old-key-0123456789\n")
    with backend([answer({}, 401)], GOOD, key_file=str(file)) as (provider, upstream):
        file.write_text("new-key-0123456789\n")
        assert "credentials" in failure(provider).message
        assert text(heard(provider)) == "All is well."
        sent = [asked.headers["authorization"] for asked in upstream.asked]
    assert sent == ["Bearer old-key-0123456789", "Bearer new-key-0123456789"]


def test_a_key_file_that_is_gone_is_no_new_key(tmp_path: Any) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    with backend([answer({}, 401)], key_file=str(file)) as (provider, upstream):
        file.unlink()
        ran(provider, lambda: failures(provider, 2))
        assert len(upstream.asked) == 1


def test_a_refusal_that_hangs_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.upstream.backend.REFUSAL_S", 0.05)
    with backend([b"HTTP/1.1 400 Bad\r\ncontent-length: 100\r\n\r\n{", HANG]) as (provider, _):
        assert failure(provider).message == "the backend answered 400"


def test_a_refusal_of_any_size_is_told_without_its_words() -> None:
    with backend([answer(b"x" * 1_000_000, 500)]) as (provider, _):
        assert failure(provider).message == "the backend answered 500"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)


async def failures(provider: Any, times: int) -> list[ProviderError]:
    failures = []
    for _ in range(times):
        try:
            async for _ in provider.stream(call()):
                pass
        except ProviderError as error:
            failures.append(error)
    assert len(failures) == times
    return failures


def other_model() -> Any:
    from stub_samples import model

    return model("other")
