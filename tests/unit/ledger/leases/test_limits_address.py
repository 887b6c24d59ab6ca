"""Addresses of Valkey: what may be shown of them, and what is refused without being repeated."""

import sys
from pathlib import Path

import pytest

from router.errors import ConfigError
from router.ledger import leases
from router.ledger.leases.limits_address import shown_address
from router.ledger.leases.shared_limits import checked_address, open_limits
from router.ledger.location import Place


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("valkey://limits.example", "valkey://limits.example"),
        ("redis://limits:6380/2", "redis://limits:6380/2"),
        ("valkeys://fungible:s3cret@limits:6380/2?ssl_cert_reqs=none", "valkeys://fungible@limits:6380/2"),
        ("rediss://:s3cret@[::1]:6380", "rediss://[::1]:6380"),
    ],
)
def test_a_password_is_not_shown(given: str, shown: str) -> None:
    assert shown_address(given) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        "http://limits",
        "valkey://:s3cret/x@limits",
        "valkey://:s3cret#@limits",
        "valkey://:s3cret?@limits",
        "valkey://[::s3cret",
        "valkey://limits/s3cret",
        "valkey://",
        "s3cret",
    ],
)
def test_what_is_no_address_is_not_repeated(wrong: str) -> None:
    with pytest.raises(ConfigError) as error:
        shown_address(wrong)
    assert "s3cret" not in str(error.value)
    assert "valkey://user:password@host" in str(error.value)


def test_limits_are_shared_only_by_servers_on_one_database(tmp_path: Path) -> None:
    files, database = Place(tmp_path), Place(tmp_path, "postgresql://router@db/router")
    assert checked_address(None, files) is None
    assert checked_address("valkey://limits", database) == "valkey://limits"
    with pytest.raises(ConfigError, match="share limits already"):
        checked_address("valkey://limits", files)
    with pytest.raises(ConfigError, match="can't be read"):
        checked_address("limits", database)


def test_settings_that_can_not_be_read_are_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        open_limits(Place(tmp_path / "data"), "valkey://:s3cret@limits?db=s3cret", b"")
    assert "s3cret" not in str(error.value)


def test_without_an_address_the_database_keeps_limits_and_a_server_need_not_be_there(tmp_path: Path) -> None:
    for url in (None, "valkey://127.0.0.1:1"):
        accounts, windows = open_limits(Place(tmp_path / "data"), url, b"")
        assert (accounts.remote, windows.remote) == (url is not None,) * 2
        accounts.close()
        windows.close()


def test_without_the_client_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "router.ledger.leases.valkey_server", raising=False)
    monkeypatch.delattr(leases, "valkey_server", raising=False)
    monkeypatch.setitem(sys.modules, "valkey", None)
    with pytest.raises(ConfigError, match=r"pip install 'fungible\[valkey\]'"):
        open_limits(Place(tmp_path / "data"), "valkey://limits", b"")
