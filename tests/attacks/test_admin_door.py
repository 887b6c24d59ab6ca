"""Attacks on the admin routes: nothing is let in for where it comes from, nobody is two, and nobody fills the disk."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from api.raw import CHAT, connected, reply
from api.servers import Running, Starter

from router.keys.admin_keyring import AdminKeyring
from router.keys.admin_store import AdminStore
from router.keys.secret import ADMIN_PREFIX, new_secret
from router.ledger.log.verify import verify_ledger
from router.types import Author

GIVEN = "correct-horse-battery"
RAMPS = """ramps:
  - name: to-mai
    because: a test
    original: gpt-5
    substitute: mai-1
    steps: [0.5, 1]
    approvals: 2
"""
POLICIES = "default: plain\npolicies:\n  plain: {because: a test, band: 0}\n"
ROUTES = [
    ("GET", "/admin/v1/policies"),
    ("GET", "/admin/v1/keys"),
    ("GET", "/admin/v1/admins"),
    ("GET", "/admin/v1/attempts"),
    ("GET", "/admin/v1/money"),
    ("GET", "/admin/v1/nothing"),
    ("POST", "/admin/v1/keys"),
    ("POST", "/admin/v1/admins"),
    ("POST", "/admin/v1/ramps/to-mai/approve"),
    ("PUT", "/admin/v1/policies"),
    ("DELETE", "/admin/v1/keys"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "ramps.yaml").write_text(RAMPS, encoding="utf-8")
    (folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    starter = Starter(tmp_path)
    yield starter(folder=folder, admin_key=GIVEN)
    starter.stop()


@pytest.fixture(scope="module")
def unchanged(start_shared: Starter) -> Running:
    """A server for what changes nothing."""
    return start_shared(admin_key=GIVEN)


def as_admin(server: Running, secret: str, method: str, path: str, **more: Any) -> httpx.Response:
    with server.http(secret) as http:
        return http.request(method, path, **more)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_proxy_on_this_machine_lets_nobody_in(server: Running, method: str, path: str) -> None:
    """What the plainest proxy sends: from loopback, under loopback's name, with nothing that says so."""
    with server.http() as http:
        assert http.request(method, path, json={"name": "intruder"}).status_code == 401
    assert server.live_config.keyring.keys == {}


def test_wrong_keys_wait_and_ours_still_pass(server: Running) -> None:
    elsewhere = AdminKeyring(AdminStore(server.ledger.log), server.ledger.salt)
    ours = elsewhere.issue("ours", "owner", Author("a test", "command")).secret
    codes = [as_admin(server, f"wrong-{number}", "GET", "/admin/v1/keys").status_code for number in range(15)]
    assert codes == [401] * 10 + [429] * 5
    late = as_admin(server, GIVEN, "GET", "/admin/v1/keys")
    assert (late.status_code, late.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert as_admin(server, new_secret(ADMIN_PREFIX), "GET", "/admin/v1/keys").status_code == 429
    assert as_admin(server, ours, "GET", "/admin/v1/keys").status_code == 200


@pytest.mark.parametrize("path", [CHAT, "/metrics", "/v1/models", "/healthz", "/", "/v1/receipts/x", "/admin/v1/keys"])
@pytest.mark.parametrize("line", ["host: evil.example", "host: localhost\r\norigin: https://evil.example"])
def test_no_path_answers_a_page_elsewhere(unchanged: Running, path: str, line: str) -> None:
    body = b'{"model": "auto", "messages": [{"role": "user", "content": "hi"}]}'
    method = "POST" if path == CHAT else "GET"
    head = f"{method} {path} HTTP/1.1\r\n{line}\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
    with connected(unchanged) as connection:
        connection.sendall(head.encode() + body)
        answer = reply(connection, method)
    assert answer.status == 403
    assert b"--allowed-host" in answer.body
    assert not list(unchanged.ledger.receipts())


@pytest.mark.parametrize(
    ("role", "may"),
    [("viewer", set()), ("editor", {"policies", "ramps"}), ("owner", {"policies", "ramps", "keys", "admins"})],
)
def test_a_role_reaches_as_far_as_it_says(server: Running, role: Any, may: set[str]) -> None:
    secret = server.admin("kim", role)
    for path in ("policies", "keys", "admins", "budgets", "money", "attempts", "ramps"):
        assert as_admin(server, secret, "GET", f"/admin/v1/{path}").status_code == 200, path
    changes = {
        "policies": ("PUT", "/admin/v1/policies", {"content": POLICIES, "headers": {"if-match": "*"}}),
        "ramps": ("POST", "/admin/v1/ramps/to-mai/approve", {}),
        "keys": ("POST", "/admin/v1/keys", {"json": {"name": "new"}}),
        "admins": ("POST", "/admin/v1/admins", {"json": {"name": "new", "role": "viewer"}}),
    }
    codes = {what: as_admin(server, secret, *change[:2], **change[2]).status_code for what, change in changes.items()}
    assert {what for what, code in codes.items() if code < 300} == may
    assert {code for what, code in codes.items() if what not in may} <= {403}


def test_two_approvals_are_two_keys_whatever_names_are_written(server: Running) -> None:
    kim, lee = server.admin("kim", "editor"), server.admin("lee", "editor")
    path = "/admin/v1/ramps/to-mai/approve"
    assert as_admin(server, kim, "POST", path, headers={"x-fungible-by": "one"}).json()["stage"] == "draft"
    again = as_admin(server, kim, "POST", path, headers={"x-fungible-by": "another"})
    assert (again.status_code, "'kim' has approved" in again.text) == (409, True)
    server.live_config.admins.rotate("kim", Author("a test", "command"))
    assert as_admin(server, lee, "POST", path).json()["stage"] == "approved"
    moves = as_admin(server, lee, "GET", "/admin/v1/ramps/to-mai/log").json()["data"]
    assert [move["author"]["by"] for move in moves] == ["lee", "kim"]


def test_a_key_that_is_rotated_or_revoked_elsewhere_ends_at_once(server: Running) -> None:
    root = server.admin("root")
    kim = as_admin(server, root, "POST", "/admin/v1/admins", json={"name": "kim", "role": "editor"}).json()["secret"]
    elsewhere = AdminKeyring(AdminStore(server.ledger.log), server.ledger.salt)
    elsewhere.look()
    second = elsewhere.rotate("kim", Author("a test", "command")).secret
    codes = [as_admin(server, secret, "GET", "/admin/v1/keys").status_code for secret in (kim, second)]
    assert codes == [401, 200]
    third = as_admin(server, root, "POST", "/admin/v1/admins/kim/rotate")
    assert third.headers["cache-control"] == "no-store"
    assert as_admin(server, second, "GET", "/admin/v1/keys").status_code == 401
    assert as_admin(server, root, "POST", "/admin/v1/admins/kim/revoke").json()["state"] == "revoked"
    assert as_admin(server, third.json()["secret"], "GET", "/admin/v1/keys").status_code == 401
    last = as_admin(server, root, "POST", "/admin/v1/admins/root/revoke")
    assert (last.status_code, "last owner" in last.text) == (409, True)


def test_no_answer_repeats_a_key(server: Running) -> None:
    root = server.admin("root")
    shown = [as_admin(server, root, "GET", f"/admin/v1/{path}").text for path in ("admins", "attempts", "policies/log")]
    assert all(root[8:] not in text and GIVEN not in text for text in shown)


def test_every_attempt_is_in_the_log_and_a_flood_is_a_few_records(server: Running, tmp_path: Path) -> None:
    root = server.admin("root")

    def flood(name: int) -> None:
        with server.http(f"wrong-{name}") as http:
            for number in range(100):
                http.request("GET" if number % 2 else "PROPFIND", f"/admin/v1/{'x' * number}?{number}")

    threads = [threading.Thread(target=flood, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    as_admin(server, root, "POST", "/admin/v1/keys", json={"name": "app"})
    rows = as_admin(server, root, "GET", "/admin/v1/attempts?limit=1000").json()["data"]
    refused = [row for row in rows if row["kind"] == "refused"]
    assert len(refused) < 40
    assert sum(row["count"] for row in refused) == 400
    assert {row["path"] for row in refused} == {"/admin/"}, "of a stranger's words none is kept"
    assert {row["method"] for row in refused} == {"GET", "another"}
    (change,) = [row for row in rows if row["kind"] == "change"]
    assert (change["admin"], change["method"], change["path"]) == ("root", "POST", "/admin/v1/keys")
    assert as_admin(server, root, "GET", "/admin/v1/attempts?limit=0").status_code == 400
    assert verify_ledger(tmp_path / "ledger-0.sqlite3").findings == ()


def test_a_file_with_the_key_is_replaced_without_a_restart(tmp_path: Path) -> None:
    from router.api.http.admin_auth import GivenKey
    from router.errors import ConfigError

    file = tmp_path / "key"
    file.write_text("the first of the keys\n")
    given = GivenKey(file=file)
    assert given.current() == "the first of the keys"
    (tmp_path / "new").write_text("the second of the keys\n")
    (tmp_path / "new").replace(file)
    assert given.current() == "the second of the keys"
    file.write_text("short")
    assert given.current() == "the second of the keys"
    file.unlink()
    assert given.current() == "the second of the keys"
    with pytest.raises(ConfigError, match="cannot be read"):
        GivenKey(file=file)
    with pytest.raises(ConfigError, match="16 are the fewest"):
        GivenKey("short")


def test_where_nobody_is_known_yet_nobody_is_let_in(tmp_path: Path) -> None:
    starter = Starter(tmp_path)
    try:
        running = starter(keys=True)
        with closing(httpx.Client(base_url=running.url)) as http:
            for path in ("/admin/v1/keys", "/metrics", "/v1/models", "/v1/receipts/x"):
                assert http.get(path).status_code == 401
                assert http.get(path, headers={"x-api-key": ""}).status_code == 401
    finally:
        starter.stop()
