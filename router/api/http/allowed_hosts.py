"""Refuses requests under a name that is not this server's, and those of web pages elsewhere.

Invariant: what a browser can be made to send to this machine is not answered: a page that has its own name lead here
(DNS rebinding) is known by `Host`, a page that posts across by `Origin`. It holds for every path.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from router.api.http.asgi import Scope
from router.errors import ConfigError, Forbidden

MOST_KNOWN = 256
"""Lines of `Host` that are remembered as good."""
_LOOKED_AT = frozenset({b"host", b"origin"})
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class AllowedHosts:
    """The names of a server that listens at an address: loopback's, and those that were given.

    Away from loopback any name is good unless some are given; `keyless` servers take no page's word even there.
    Pages of `origins` may ask as well.
    """

    def __init__(
        self,
        bound: str = "127.0.0.1",
        more: Iterable[str] = (),
        *,
        keyless: bool = True,
        origins: Iterable[str] = (),
    ) -> None:
        self._given = tuple(host_name(name) for name in more)
        self._names = frozenset({*LOOPBACK_NAMES, *self._given})
        self._loopback = is_loopback(bound)
        self._strict = self._loopback or bool(self._given)
        self._keyless = keyless
        self._origins = frozenset(origins)
        self._known: set[tuple[bytes, bytes]] = set()

    def check(self, scope: Scope) -> None:
        """Let a request pass; raises Forbidden."""
        headers = scope["headers"]
        if self._known.issuperset([line for line in headers if line[0] in _LOOKED_AT]):
            return
        self._check(headers)
        if len(self._known) < MOST_KNOWN:
            # One line alone: what is good may depend on two.
            lines = [line for line in headers if line[0] in _LOOKED_AT]
            self._known.update(lines if len(lines) == 1 and lines[0][0] == b"host" else ())

    def _check(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        hosts = [name_of(value) for name, value in headers if name == b"host"]
        if self._strict and not all(self._is_ours(host) for host in hosts):
            raise Forbidden(
                f"The name in `Host` is none of this server's, which are {', '.join(self._shown())}. "
                "Where a proxy passes another on, start the server with --allowed-host NAME.",
                param="host",
            )
        if self._strict or self._keyless:
            known = () if self._strict else hosts
            for name, value in headers:
                if name == b"origin" and not self._is_own_page(value, known):
                    raise Forbidden(
                        "This was sent by a web page of another origin, which may not ask here. "
                        "Where the page is yours, start the server with --allowed-host and its name.",
                        param="origin",
                    )

    def _is_ours(self, host: str) -> bool:
        if host in self._names:
            return True
        # An address is no name that anybody could have lead elsewhere.
        return is_loopback(host.strip("[]")) if self._loopback else _is_address(host.strip("[]"))

    def _is_own_page(self, origin: bytes, hosts: Sequence[str]) -> bool:
        if "*" in self._origins or origin.decode("latin-1") in self._origins:
            return True
        name = name_of(origin.partition(b"://")[2])
        return name in self._names or (bool(name) and name in hosts) or is_loopback(name.strip("[]"))

    def _shown(self) -> tuple[str, ...]:
        return (*LOOPBACK_NAMES, *self._given)


def host_name(text: str) -> str:
    """A name that somebody allows, `router.example` or `router.example:8443`; raises ConfigError."""
    name = name_of(text.strip().encode())
    if not name or any(letter in "/*@?#, \\" for letter in name):
        raise ConfigError([f"--allowed-host {text!r}: give a name such as router.example, without scheme or path."])
    return name


def name_of(authority: bytes) -> str:
    """The name in `name:port`, of IPv6 with its brackets."""
    text = authority.decode("latin-1").strip().lower()
    name, colon, port = text.rpartition(":")
    return (name if colon and port.isdigit() else text).removesuffix(".")


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
