"""Keys: from the environment or a file, sent where they belong, and told to nobody."""

import logging
from pathlib import Path
from typing import Any

import orjson
import pytest
from asking import KEY, backend, failure, heard
from hypothesis import given
from hypothesis import strategies as st
from stub_samples import call, chunks

from providers.anthropic import create as create_anthropic
from providers.openai import create
from providers.upstream.keys import HIDDEN, Key
from router.bench.http.fake_backend import Upstream, answer, completion, words
from router.errors import ProviderError

URL = "http://127.0.0.1:1/v1"
GOOD = [answer(completion())]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", f" {KEY}\n")


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({}, "authorization", None),
        ({"key_env": "TEST_KEY"}, "authorization", f"Bearer {KEY}"),
        ({"key_env": "TEST_KEY", "auth": "api-key"}, "api-key", KEY),
    ],
)
def test_a_key_is_sent_in_its_header(settings: Any, header: str, value: str | None) -> None:
    with backend(GOOD, **settings) as (provider, upstream):
        heard(provider)
        assert upstream.asked[0].headers.get(header) == value
        assert sum(KEY in header for header in upstream.asked[0].headers.values()) == bool(value)


def test_anthropic_s_key_has_its_own() -> None:
    with Upstream(lambda _: [answer({}, 500)]) as upstream:
        provider = create_anthropic({"base_url": upstream.url, "key_env": "TEST_KEY"})
        with pytest.raises(ProviderError):
            chunks(provider, call())
        assert upstream.asked[0].headers["x-api-key"] == KEY


def test_a_key_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    with backend(GOOD, key_file=str(tmp_path / "key")) as (provider, upstream):
        heard(provider)
        assert upstream.asked[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("name", ["key", "api_key", "apikey", "API_KEY", "token", "secret", "password"])
def test_a_key_in_the_clear_is_refused_with_what_to_write_instead(name: str) -> None:
    with pytest.raises(ValueError, match="key_env: NAME") as caught:
        create({"base_url": URL, name: KEY})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"key_env": KEY}, "must be the name of an environment variable"),
        ({"key_env": "NOT_SET"}, "NOT_SET is not set"),
        ({"key_env": "TEST_KEY", "key_file": "x"}, "one of them is enough"),
        ({"key_file": "/nowhere/key"}, "can't be read: No such file"),
        ({"base_url": f"https://user:{KEY}@example.org/v1"}, "never written here in the clear"),
        ({"headers": {"Authorization": f"Bearer {KEY}"}}, "never written here in the clear"),
        ({"headers": {"X-Api-Key": KEY}}, "never written here in the clear"),
        ({"timeouts": {"connect": KEY}}, "valid number"),
        ({"keyenv": KEY}, "did you mean `key_env`"),
        ({"models": KEY}, "valid dictionary"),
    ],
)
def test_no_fault_of_a_setting_repeats_its_value(settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        create({"base_url": URL} | settings)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("held", ["", " ", "two words", "schlüssel", "line\nbreak"])
def test_what_is_no_key_is_refused(held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD_KEY", held)
    (tmp_path / "key").write_text(held, encoding="utf-8")
    for settings in ({"key_env": "ODD_KEY"}, {"key_file": str(tmp_path / "key")}):
        with pytest.raises(ValueError, match=r"is empty|is not set|more than a key") as caught:
            create({"base_url": URL, **settings})
        assert not held.strip() or held not in str(caught.value)


def test_a_file_that_is_no_text_holds_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="it is not text"):
        create({"base_url": URL, "key_file": str(tmp_path / "key")})


ECHOES: dict[str, Any] = {
    "in a refusal": [answer({"error": {"message": f"Incorrect API key provided: {KEY}."}}, 401)],
    "in part": [answer({"error": {"message": f"No such key: {KEY[:12]}..."}}, 401)],
    "in a parameter": [answer({"error": {"message": "x", "param": KEY}}, 400)],
    "in plain words": [answer(f"upstream said {KEY}".encode(), 502, "text/plain")],
    "in an error event": [answer({"error": {"message": f"bad {KEY}"}})],
    "across the cut": [answer({"error": {"message": "x" * 1_190 + KEY}}, 500)],
}


@pytest.mark.parametrize("name", ECHOES)
def test_a_key_that_a_backend_repeats_goes_no_further(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with backend(ECHOES[name], key_env="TEST_KEY") as (provider, _):
        error = failure(provider)
    text = error.message + repr(error) + repr(provider) + repr(vars(provider)) + caplog.text
    assert not any(KEY[at : at + 8] in text for at in range(len(KEY) - 7))


def test_nor_does_one_in_a_model_s_name_or_a_reason() -> None:
    body = completion("x", KEY)
    body["choices"][0]["finish_reason"] = KEY
    for script, stream in (([answer(body)], False), (words("x", model=KEY), True)):
        with backend(script, key_env="TEST_KEY") as (provider, _):
            notes = [note for chunk in heard(provider, stream=stream) for note in chunk.notes]
        assert notes
        assert KEY not in orjson.dumps(notes).decode()


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 20), st.integers(8, 24))
def test_no_eight_characters_of_a_key_survive(before: str, after: str, start: int, length: int) -> None:
    hidden = Key(None, None)
    hidden.text = KEY
    shown = hidden.hide(f"{before} {KEY[start : start + length]} {KEY}{after}")
    assert not any(KEY[at : at + 8] in shown for at in range(len(KEY) - 7))


def test_a_key_does_not_show_itself() -> None:
    assert repr(Key("TEST_KEY", None)) == "Key(...)"
    assert repr(Key(None, None)) == "Key()"
    assert Key("TEST_KEY", None).hide(f"a {KEY}") == f"a {HIDDEN}"
    assert Key(None, None).hide("anything at all") == "anything at all"
