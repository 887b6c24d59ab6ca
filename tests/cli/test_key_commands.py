"""`fungible key` as a person types it, and `fungible serve` away from loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from unittest.mock import patch

import pytest

from cli.running import Shown, fungible, key_of
from router.api.http.bind_safety import needs_keys
from router.api.server_options import ServerOptions
from router.errors import ConfigError
from router.keys.secret import is_whole


def run(folder: Path, words: str, *more: str) -> Shown:
    return fungible(folder, *words.split(), *more)


def told(folder: Path, words: str, *more: str) -> object:
    shown = run(folder, words, *more, "--json")
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


def test_a_key_from_its_making_to_its_end(tmp_path: Path) -> None:
    made = run(
        tmp_path,
        "key create search --team red --models gpt-*,phi-4 --models Meta --policies cost --requests-per-minute 60 "
        "--tokens-per-minute 50000 --in-flight 4 --residency kr --consent family --disclosure header",
        *("--budget", "500 USD per month", "--budget", "1 000 requests per day", "--expires", "90 days"),
        *("--because", "they asked", *key_of(tmp_path, "kim", "owner")),
    )
    secret = made.stdout.strip()
    assert is_whole(secret), "standard output is the secret alone, for scripts"
    assert "for red; data from kr; models gpt-*, phi-4, Meta; policies cost; consent family" in made.stderr
    assert "60 requests a minute, 50,000 tokens a minute, 4 at once, 500 USD per month" in made.stderr
    listed = run(tmp_path, "key list").stdout
    assert secret[:8] in listed
    assert secret[8:] not in listed
    changed = run(tmp_path, "key set search --team blue --clear models --clear budget")
    assert "for blue; data from kr; policies cost" in changed.stdout
    assert "gpt" not in changed.stdout
    shown = run(tmp_path, "key show search").stdout
    assert "valid" in shown
    assert "issued by kim (command): they asked" in shown
    second = run(tmp_path, "key rotate search", "--overlap", "1 hour")
    assert is_whole(second.stdout.strip())
    assert f"The secret {secret[:8]}... is good until 20" in second.stderr
    assert "until 20" in run(tmp_path, "key show search").stdout
    assert "search  is revoked, for good" in run(tmp_path, "key revoke search").stdout
    assert "revoked" in run(tmp_path, "key list").stdout


def test_programs_read_json(tmp_path: Path) -> None:
    made = told(tmp_path, "key create 검색", "--budget", "5 USD per day")
    assert isinstance(made, dict)
    assert is_whole(made["secret"])
    assert made["budgets"] == ["5 USD per day"]
    (listed,) = told(tmp_path, "key list")  # type: ignore[misc]
    assert "secret" not in listed
    shown = told(tmp_path, "key show 검색")
    assert isinstance(shown, dict)
    assert (shown["used"][0]["spent"], shown["used"][0]["limit"], shown["used"][0]["used"]) == ("0", "5", 0)
    assert shown["log"][0]["grants"] == {"budgets": ["5 USD per day"]}
    assert told(tmp_path, "key set 검색 --in-flight 3")["in_flight"] == 3  # type: ignore[index]
    assert is_whole(told(tmp_path, "key rotate 검색")["secret"])  # type: ignore[index]
    assert told(tmp_path, "key revoke 검색")["state"] == "revoked"  # type: ignore[index]


def test_budgets_are_shown_with_what_was_used(tmp_path: Path) -> None:
    run(tmp_path, "key create a", "--budget", "5 USD per day")
    assert "5 USD per day" in run(tmp_path, "key show a").stdout
    assert "0 of 5 USD, since 20" in run(tmp_path, "key show a").stdout


def test_where_there_are_none_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`fungible key create NAME` makes one" in run(tmp_path, "key list").stdout
    assert told(tmp_path, "key list") == []
    assert not (tmp_path / "data").exists(), "looking makes nothing"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("key create policy", "can't name a key"),
        ("key create a --models gtp-5", "Did you mean 'gpt-5'?"),
        ("key create a --budget 5", "write a budget such as"),
        ("key create a --expires soon", "90 days"),
        ("key set a", "Say what to change"),
        ("key set a --clear mdels", "--clear mdels: a key grants no such thing. Did you mean 'models'?"),
        ("key set a --team x", "No key is called 'a'. There are none yet."),
        ("key rotate a --overlap long", "overlap: write a stretch"),
        ("key revoke a", "No key is called 'a'"),
        (
            "serve --host 0.0.0.0 --port 0",
            "there is no key yet, so nobody could be let in. Make one with `fungible key",
        ),
        ("serve --host 0.0.0.0 --port 0 --auth keys", "there is no key yet"),
        ("serve --host 0.0.0.0 --port 0 --auth off", "whoever finds it asks at your cost"),
        ("serve --port 0 --auth keys --insecure-no-keys", "contradict one another"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, words: str, complaint: str) -> None:
    shown = run(tmp_path, words)
    assert shown.returncode == 2
    assert complaint in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    ("words", "keys", "line"),
    [
        ("", False, "none are asked for: only this machine can ask"),
        ("--auth keys", True, "asked for; 1 is good now"),
        ("--host 0.0.0.0", True, "asked for; 1 is good now"),
        (
            "--host 0.0.0.0 --insecure-no-keys",
            False,
            "none are asked for: anybody who reaches it may ask, by your word",
        ),
    ],
)
def test_it_says_who_may_ask(tmp_path: Path, words: str, keys: bool, line: str) -> None:
    run(tmp_path, "key create a")
    assert served(tmp_path, words) == (keys, line)


def test_on_loopback_keys_may_be_asked_for_before_there_is_one(tmp_path: Path) -> None:
    keys, line = served(tmp_path, "--auth keys")
    assert (keys, "there is none yet" in line) == (True, True)


def served(folder: Path, words: str) -> tuple[bool, str]:
    """What the server would be told, and what it says of keys, without serving."""
    seen: list[bool] = []

    def instead(options: ServerOptions, vocabulary: Thread, ready: Callable[[], None]) -> None:
        seen.append(options.access.keys)
        options.listener.close()
        ready()

    with patch("router.cli.serve.run_server", instead), patch("router.cli.serve.address", lambda _, **__: "http://x"):
        shown = run(folder, f"serve --port 0 {words}")
    assert shown.returncode == 0, shown.stderr
    assert ("-H 'authorization: Bearer YOUR-KEY'" in shown.stdout) == seen[0]
    (line,) = (line.split("keys", 1)[1].strip() for line in shown.stdout.splitlines() if line.startswith("  keys"))
    return seen[0], line


@pytest.mark.parametrize(
    ("host", "auth", "insecure", "keys"),
    [
        ("127.0.0.1", None, False, False),
        ("127.9.9.9", None, False, False),
        ("::1", None, False, False),
        ("::1", "keys", False, True),
        ("127.0.0.1", "off", False, False),
        ("127.0.0.1", None, True, False),
        ("0.0.0.0", None, False, True),
        ("::", None, False, True),
        ("10.0.0.7", "keys", False, True),
        ("10.0.0.7", "off", True, False),
        ("10.0.0.7", None, True, False),
    ],
)
def test_away_from_loopback_keys_are_asked_for(host: str, auth: object, insecure: bool, keys: bool) -> None:
    assert needs_keys(host, auth, insecure=insecure) == keys  # type: ignore[arg-type]


@pytest.mark.parametrize(("auth", "insecure"), [("off", False), ("keys", True)])
def test_nobody_opens_a_server_by_accident(auth: object, insecure: bool) -> None:
    with pytest.raises(ConfigError):
        needs_keys("0.0.0.0", auth, insecure=insecure)  # type: ignore[arg-type]
