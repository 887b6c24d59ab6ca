"""Admin keys on the command line, and the one that the first start makes."""

import json
import urllib.error
import urllib.request
from pathlib import Path

from cli.running import fungible, key_of
from cli.test_serve import serving
from router.keys.secret import ADMIN_PREFIX, is_whole


def status(url: str, key: str | None, path: str = "/admin/v1/keys") -> int:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url.removesuffix("/v1") + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_first_start_makes_a_key_and_shows_it_once(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url):
        assert process.stdout is not None
        line = next(line for line in process.stdout if "admin" in line)
        key = line.split()[1].rstrip(",")
        assert is_whole(key, ADMIN_PREFIX)
        file = tmp_path / "data" / "admin.key"
        assert file.read_text().strip() == key
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert [status(url, given) for given in (None, "wrong", key)] == [401, 401, 200]
        # Commands on this machine find it by themselves, and what they do holds at once.
        second = fungible(tmp_path, "admin", "rotate", "local").stdout.strip()
        assert file.read_text().strip() == second
        assert [status(url, given) for given in (key, second)] == [401, 200]
    with serving(tmp_path, "--allowed-host", "router.example") as (process, url):
        assert process.stdout is not None
        assert "the key in" in next(line for line in process.stdout if "admin" in line)
        assert status(url, second) == 200


def test_admins_are_made_listed_rotated_and_revoked(tmp_path: Path) -> None:
    assert "There are no admins" in fungible(tmp_path, "admin", "list").stdout
    made = fungible(tmp_path, "admin", "create", "kim", "--role", "editor", "--because", "new here")
    assert is_whole(made.stdout.strip(), ADMIN_PREFIX)
    assert "kim  editor" in made.stderr
    rows = json.loads(fungible(tmp_path, "admin", "list", "--json").stdout)
    assert [(row["name"], row["role"], row["state"]) for row in rows] == [
        ("local", "owner", "valid"),
        ("kim", "editor", "valid"),
    ]
    assert "secret" not in rows[1]
    listed = fungible(tmp_path, "admin", "list").stdout
    assert made.stdout.strip()[:8] in listed
    assert made.stdout.strip() not in listed
    rotated = json.loads(fungible(tmp_path, "admin", "rotate", "kim", "--json").stdout)
    assert rotated["secret"] != made.stdout.strip()
    assert "is revoked, for good" in fungible(tmp_path, "admin", "revoke", "kim").stdout
    assert json.loads(fungible(tmp_path, "admin", "revoke", "local", "--json").stdout or "{}") == {}
    last = fungible(tmp_path, "admin", "revoke", "local")
    assert (last.returncode, "last owner" in last.stderr) == (2, True)
    assert fungible(tmp_path, "ledger", "verify").returncode == 0


def test_a_command_is_given_in_the_name_of_a_key_and_within_its_role(tmp_path: Path) -> None:
    editor = key_of(tmp_path, "kim")
    refused = fungible(tmp_path, "key", "create", "app", *editor)
    assert (refused.returncode, "'kim' is editor; this is for owners" in refused.stderr) == (2, True)
    assert fungible(tmp_path, "key", "create", "app", *key_of(tmp_path, "lee", "owner")).returncode == 0
    assert "issued by lee (command)" in fungible(tmp_path, "key", "show", "app").stdout
    assert fungible(tmp_path, "key", "set", "app", "--team", "red").returncode == 0
    assert "changed by local (command)" in fungible(tmp_path, "key", "show", "app").stdout
    (tmp_path / "wrong").write_text("no key of an admin")
    wrong = fungible(tmp_path, "key", "revoke", "app", "--admin-key-file", "wrong")
    assert (wrong.returncode, "not the admin key" in wrong.stderr) == (2, True)


def test_where_the_key_is_lost_whoever_may_write_the_ledger_makes_an_owner(tmp_path: Path) -> None:
    key_of(tmp_path, "kim")
    (tmp_path / "data" / "admin.key").unlink()
    lost = fungible(tmp_path, "key", "create", "app")
    assert (lost.returncode, "--rescue" in lost.stderr) == (2, True)
    saved = fungible(tmp_path, "admin", "create", "root", "--rescue").stdout.strip()
    (tmp_path / "root.key").write_text(saved)
    assert fungible(tmp_path, "key", "create", "app", "--admin-key-file", "root.key").returncode == 0


def test_the_log_of_attempts_can_be_read(tmp_path: Path) -> None:
    assert "Nobody has used" in fungible(tmp_path, "admin", "log").stdout
    with serving(tmp_path) as (process, url):
        assert [status(url, None), status(url, "wrong" * 9)] == [401, 401]
        key = (tmp_path / "data" / "admin.key").read_text().strip()
        assert status(url, key, "/admin/v1/attempts") == 200
        process.terminate()
        process.wait(20)
    rows = json.loads(fungible(tmp_path, "admin", "log", "--json").stdout)
    assert {(row["kind"], row["admin"]) for row in rows} == {("refused", None), ("read", "local")}
    shown = fungible(tmp_path, "admin", "log", "--limit", "9").stdout
    assert "refused (invalid_api_key) GET /admin/v1/keys (2 times)" in shown
