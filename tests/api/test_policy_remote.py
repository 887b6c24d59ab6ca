"""A file in a Git repository beside a server: pulled with every revision, pushed with its commit, drift told."""

import subprocess
from pathlib import Path

import pytest

from api.servers import ADMIN_KEY, Running, Starter
from router.cli.policy.remote.admin_client import AdminClient
from router.cli.policy.remote.pull_push import drift, pull, push
from router.cli.policy.remote.repository import Repository
from router.config.load import POLICIES
from router.errors import BadRequest, ConfigError, Conflict, RouterError, Unauthorized

FIRST = "default: plain\npolicies:\n  plain: {because: a test, band: 0}\n"
SECOND, THIRD = FIRST.replace("band: 0", "band: 0.5"), FIRST.replace("band: 0", "band: 0.6")


@pytest.fixture(scope="module")
def server(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Running:
    folder = tmp_path_factory.mktemp("served")
    (folder / POLICIES).write_text(FIRST, encoding="utf-8")
    return start_shared(folder=folder)


@pytest.fixture
def client(server: Running, tmp_path: Path) -> AdminClient:
    (tmp_path / "key").write_text(ADMIN_KEY, encoding="utf-8")
    return AdminClient(server.url, tmp_path / "key")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policies.yaml to come, in a repository of its own."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for words in (["init", "-q"], ["config", "user.name", "ci"], ["config", "user.email", "ci@example.org"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    return folder / POLICIES


def messages(file: Path) -> list[str]:
    """The commits with their trailers, the last first."""
    form = "--format=%s|%(trailers:separator=%x2C)%x00"
    shown = subprocess.run(["git", "-C", str(file.parent), "log", form], check=True, capture_output=True, text=True)
    return [line.strip() for line in shown.stdout.split("\0") if line.strip()]


def test_from_a_server_and_back(client: AdminClient, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pull(file, client, commit=True)
    assert file.read_text(encoding="utf-8") == FIRST
    (found,) = messages(file)
    assert ("found|Fungible-Revision: " in found, "Fungible-Event: 1" in found) == (True, True)
    drift(file, client, as_json=False)
    drift(file, client, as_json=True)
    pull(file, client, commit=True)
    assert "nothing new" in capsys.readouterr().out

    file.write_text(SECOND, encoding="utf-8")
    with pytest.raises(Conflict, match="not committed"):
        pull(file, client, commit=False)
    with pytest.raises(SystemExit) as stopped:
        drift(file, client, as_json=False)
    assert (stopped.value.code, "plain.band: 0 -> 0.5" in capsys.readouterr().out) == (1, True)
    with pytest.raises(SystemExit):
        drift(file, client, as_json=True)
    push(file, client, "", commit="half a point", candidate=False, as_json=False)
    assert "committed as" in capsys.readouterr().out
    assert messages(file)[0].startswith("half a point|Fungible-Revision: ")

    file.write_text(THIRD, encoding="utf-8")
    Repository(file).commit("six tenths", {})
    push(file, client, "", commit=None, candidate=True, as_json=False)
    push(file, client, "", commit=None, candidate=False, as_json=True)
    push(file, client, "", commit=None, candidate=False, as_json=False)
    assert "nothing to push" in capsys.readouterr().out
    event = client.get("/admin/v1/policies/log").json["data"][0]
    assert (event["because"].startswith("six tenths (commit "), event["by"], event["via"]) == (True, "admin", "http")
    pull(file, client, commit=True)
    assert "Fungible-By: admin" in messages(file)[0]
    pull(file, client, commit=False)


def test_what_the_server_refuses_is_told_as_it_says_it(client: AdminClient, file: Path) -> None:
    file.write_text(FIRST.replace("band", "bnad"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"policies.yaml:3:\d+: unknown key 'bnad'.*did you mean 'band'"):
        push(file, client, "", commit=None, candidate=False, as_json=False)
    with pytest.raises(RouterError, match="answered 404"):
        client.get("/admin/v1/policies/nowhere")
    with pytest.raises(ConfigError, match="cannot be read"):
        drift(file.parent / "gone.yaml", client, as_json=False)


def test_without_a_repository_nothing_is_committed(client: AdminClient, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    pull(file, client, commit=False)
    with pytest.raises(BadRequest, match="no Git repository"):
        pull(file, client, commit=True)
    with pytest.raises(BadRequest, match="no Git repository"):
        push(file, client, "", commit="x", candidate=False, as_json=False)


def test_git_says_why_it_does_not_commit(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Conflict, match="git add"):
        Repository(file).commit("nothing there", {})
    monkeypatch.setenv("PATH", "")
    assert not Repository(file).exists


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("router.example", BadRequest),
        ("http://router.example", BadRequest),
        ("https://router.example", Unauthorized),
    ],
)
def test_an_address_that_is_none_gets_no_key(
    address: str, error: type[RouterError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUNGIBLE_ADMIN_KEY", raising=False)
    with pytest.raises(error):
        AdminClient(address, None)


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNGIBLE_ADMIN_KEY", "x" * 20)
    with pytest.raises(RouterError, match="can't be asked"):
        AdminClient("http://127.0.0.1:9", None).get("/")
