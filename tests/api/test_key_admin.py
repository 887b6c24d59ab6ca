"""Keys made, changed and ended over HTTP."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.servers import Running, Starter
from router.config import load
from router.keys import keyring
from router.keys.keyring import Keyring
from router.keys.secret import is_whole
from router.keys.store import KeyStore
from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from router.types import Author

ROOT = "/admin/v1/keys"
ADMIN = "the key of an admin"
BODY: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def server(start: Starter) -> Running:
    return start(keys=True, admin_key=ADMIN)


def asks(server: Running, secret: str, **body: Any) -> httpx.Response:
    with server.http(secret) as http:
        return http.post("/v1/chat/completions", json={**BODY, **body})


def test_a_key_is_made_used_changed_and_ended(server: Running, tmp_path: Path) -> None:
    with server.http(ADMIN) as http:
        grant = {"team": "red", "models": "phi-*", "budgets": ["5 USD per day"], "requests_per_minute": 10}
        made = http.post(ROOT, json={"name": "검색", **grant}, params={"because": "they asked"})
        assert made.status_code == 201
        body = made.json()
        secret = body.pop("secret")
        assert is_whole(secret)
        assert body["secrets"] == [{"shown": secret[:8], "until": None}]
        assert (body["name"], body["state"], body["models"]) == ("검색", "valid", ["phi-*"])
        assert made.headers["cache-control"] == "no-store"
        assert asks(server, secret).json()["model"].startswith("phi-")

        changed = http.patch(
            f"{ROOT}/검색",
            json={"models": None, "team": "blue"},
            headers={"authorization": f"Bearer {server.admin('kim')}"},
        )
        assert (changed.json()["models"], changed.json()["team"]) == (None, "blue")
        assert changed.json()["requests_per_minute"] == 10
        assert asks(server, secret, model="gpt-5").status_code == 200

        shown = http.get(f"{ROOT}/검색").json()
        assert [change["change"] for change in shown["log"]] == ["changed", "issued"]
        assert (shown["log"][0]["by"], shown["log"][1]["because"]) == ("kim", "they asked")
        (used,) = shown["used"]
        assert (used["budget"], used["limit"], used["unit"]) == ("5 USD per day", "5", "USD")
        assert 0 < used["used"] < 1
        (account,) = http.get("/admin/v1/budgets").json()["data"]
        assert (account["budget"], account["limit"]) == ("key 검색/USD per day", "5")

        assert http.post(f"{ROOT}/검색/revoke").json()["state"] == "revoked"
        assert asks(server, secret).status_code == 401
        assert [row["name"] for row in http.get(ROOT).json()["data"]] == ["검색"]
        assert "검색" not in http.get(f"{ROOT}").text.replace('"name":"검색"', "")
    server.ledger.flush()
    assert verify_ledger(tmp_path / "ledger-0.sqlite3").findings == ()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "", {}, 400, "Give the key a `name`."),
        ("POST", "", {"name": "a", "modles": "x"}, 400, "unknown key 'modles'; did you mean 'models'?"),
        ("POST", "", {"name": "a", "models": ["gtp-5"]}, 400, "Did you mean 'gpt-5'?"),
        ("POST", "", {"name": "a", "policies": "balancd"}, 400, "Did you mean 'balanced'?"),
        ("POST", "", {"name": "a", "requests_per_minute": 0}, 400, "requests_per_minute"),
        ("POST", "", {"name": "a", "budgets": "5 dollars"}, 400, "write a budget such as"),
        ("POST", "", {"name": "a", "budgets": ["1 USD per day", "2 USD a day"]}, 400, "two budgets count USD per day"),
        ("POST", "", {"name": "a", "expires": "2020-01-01"}, 400, "that time has passed"),
        ("POST", "", {"name": "a", "expires": "soon"}, 400, "90 days"),
        ("POST", "", {"name": "log"}, 400, "can't name a key: the log keeps that word"),
        ("POST", "", {"name": "key_0123"}, 400, "can't name a key: the log keeps that word"),
        ("POST", "", {"name": "a b"}, 400, "use letters, digits and '_'"),
        ("POST", "", {"name": "taken"}, 409, "a name is given once"),
        ("POST", "", [1], 400, "must be a JSON object"),
        ("PATCH", "/taken", {"secret": "x"}, 400, "unknown key 'secret'"),
        ("PATCH", "/tacken", {}, 404, "Did you mean 'taken'?"),
        ("POST", "/taken/rotate?overlap=long", {}, 400, "overlap: write a stretch such as"),
        ("POST", "/gone/rotate", {}, 409, "was revoked, and that is for ever"),
        ("POST", "/gone/revoke", {}, 409, "was revoked, and that is for ever"),
        ("GET", "/nobody", None, 404, "No key is called 'nobody'"),
    ],
)
def test_what_means_nothing_is_refused_and_changes_nothing(
    server: Running, method: str, path: str, body: Any, status: int, words: str
) -> None:
    server.key("taken")
    server.key("gone")
    server.live_config.keyring.revoke("gone", Author("a test"))
    before = server.live_config.keyring.keys.copy()
    with server.http(ADMIN) as http:
        answer = http.request(method, f"{ROOT}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]["message"]
    assert server.live_config.keyring.keys == before


def test_a_body_that_is_no_json_is_refused(server: Running) -> None:
    with server.http(ADMIN) as http:
        assert "not valid JSON" in http.post(ROOT, content=b"{").json()["error"]["message"]


@pytest.mark.parametrize("secret", [None, "the key of nobody"])
def test_only_an_admin_makes_keys(server: Running, secret: str | None) -> None:
    plain = server.key("plain")
    for who in (secret, plain):
        with server.http(who) as http:
            assert http.get(ROOT).status_code == 401
            assert http.post(ROOT, json={"name": "x"}).status_code == 401


def test_what_another_process_does_is_in_force_within_a_look(
    start: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "LOOK_S", 0.02)
    place = Place(tmp_path / "data")
    server, other = start(place=place, keys=True), place.ledger()
    config = load()
    elsewhere = Keyring(KeyStore(other.log), other.salt, lambda: config)
    secret = elsewhere.issue("elsewhere", {"models": "phi-4"}, Author("kim", "command")).secret
    assert asks(server, secret).json()["model"] == "phi-4", "a key that was just made is looked for at once"
    elsewhere.change("elsewhere", {"models": "mai-1"}, Author("kim", "command"))
    until(lambda: asks(server, secret).json()["model"] == "mai-1")
    elsewhere.revoke("elsewhere", Author("kim", "command"))
    until(lambda: asks(server, secret).status_code == 401)
    other.close()


def until(holds: Any) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_while_the_ledger_cant_be_asked_known_keys_stay_and_it_is_said(
    start: Starter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from router.errors import Unreachable

    monkeypatch.setattr(keyring, "LOOK_S", 0.01)
    server = start(keys=True)
    secret = server.key("known")
    store = server.live_config.keyring._store

    def broken(seen: int = 0) -> Any:
        raise Unreachable("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(store, "changes", broken)
        until(lambda: server.live_config.keyring.failure is not None)
        assert asks(server, secret).status_code == 200
        with server.http() as http:
            response = http.get("/readyz")
            assert (response.status_code, "can't be asked for changes" in response.json()["keys"]) == (200, True)
    until(lambda: server.live_config.keyring.failure is None)
    assert caplog.text.count("keys can't be looked at") == 1
