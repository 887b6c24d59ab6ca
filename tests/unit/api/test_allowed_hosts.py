"""Under which names a server answers, and to pages of which origins."""

import pytest

from router.api.http.allowed_hosts import AllowedHosts, host_name, is_loopback, name_of
from router.errors import ConfigError, Forbidden

HOST, ORIGIN = b"host", b"origin"


def refused(hosts: AllowedHosts, *headers: tuple[bytes, bytes]) -> str | None:
    """What of a request was refused."""
    try:
        hosts.check({"headers": headers})
    except Forbidden as error:
        return error.param
    return None


@pytest.mark.parametrize(
    "host", [b"localhost", b"LocalHost:8000", b"127.0.0.1:1", b"127.8.9.1", b"[::1]:80", b"localhost."]
)
def test_on_loopback_its_names_are_good(host: bytes) -> None:
    assert refused(AllowedHosts(), (HOST, host)) is None
    assert refused(AllowedHosts("::1"), (HOST, host), (ORIGIN, b"http://" + host)) is None


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"localhost.evil.example",
        b"evil.example:8000",
        b"",
        b"127.0.0.1.nip.io",
        b"10.0.0.5",
        b"a@localhost",
    ],
)
def test_on_loopback_other_names_are_not(host: bytes) -> None:
    assert refused(AllowedHosts(), (HOST, host)) == "host"
    assert refused(AllowedHosts(), (HOST, b"localhost"), (HOST, host)) == "host"


@pytest.mark.parametrize(
    "origin",
    [b"https://evil.example", b"null", b"http://localhost.evil.example", b"", b"http://a@evil.example:80", b"file://"],
)
def test_pages_elsewhere_are_refused(origin: bytes) -> None:
    assert refused(AllowedHosts(), (HOST, b"localhost"), (ORIGIN, origin)) == "origin"
    assert refused(AllowedHosts("0.0.0.0"), (HOST, b"router"), (ORIGIN, origin)) == "origin"
    assert refused(AllowedHosts("0.0.0.0", keyless=False), (HOST, b"router"), (ORIGIN, origin)) is None


def test_names_that_are_allowed() -> None:
    hosts = AllowedHosts("127.0.0.1", ["Router.example:8443"])
    assert refused(hosts, (HOST, b"router.example"), (ORIGIN, b"https://router.example")) is None
    assert refused(hosts, (HOST, b"other.example")) == "host"
    away = AllowedHosts("0.0.0.0", ["router.example"], keyless=False)
    assert refused(away, (HOST, b"10.0.0.5:8000")) is None, "an address is no name, and probes have no other"
    assert refused(away, (HOST, b"other.example")) == "host"
    assert refused(away, (HOST, b"router.example"), (ORIGIN, b"https://other.example")) == "origin"


def test_away_from_loopback_a_keyless_server_takes_its_own_pages_alone() -> None:
    hosts = AllowedHosts("0.0.0.0")
    assert refused(hosts, (HOST, b"router.example:8000"), (ORIGIN, b"http://router.example:8000")) is None
    assert refused(hosts, (HOST, b"router.example"), (ORIGIN, b"http://evil.example")) == "origin"
    assert refused(hosts, (HOST, b"anything")) is None


@pytest.mark.parametrize("name", ["", "https://router.example", "*", "*.example", "a b", "a@b", "router.example/x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="--allowed-host"):
        host_name(name)


def test_names_and_addresses() -> None:
    assert name_of(b"[::1]") == name_of(b"[::1]:8000") == "[::1]"
    assert is_loopback("::1")
    assert not is_loopback("localhost")


def test_what_was_good_once_is_remembered_by_its_line_alone() -> None:
    hosts = AllowedHosts()
    for _ in range(2):
        assert refused(hosts, (HOST, b"localhost:1"), (b"accept", b"*/*")) is None
        assert refused(hosts, (HOST, b"localhost:1"), (ORIGIN, b"https://evil.example")) == "origin"
        assert refused(hosts, (HOST, b"localhost:1"), (HOST, b"evil.example")) == "host"
        assert refused(hosts, (HOST, b"evil.example")) == "host"
