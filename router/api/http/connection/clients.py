"""Who a client is, by its address, and how many connections each one has open.

Invariant: the addresses of one IPv6 network of 64 bits are one client; who shares this machine with the server, such as
a proxy that speaks for many, has no limits but those that somebody gave.
"""

from collections import Counter
from ipaddress import IPv6Address, ip_address, ip_network

from router.serving.limits import Limits

CONNECTIONS = 256
"""Connections of one client at once, unless said otherwise."""
NOBODY = ""
_LOOPBACK = ("127.", "::1")


def client_of(address: tuple[str, int] | None) -> str:
    """The client behind an address: all of an IPv6 network together; `NOBODY` where no address is known."""
    if address is None:
        return NOBODY
    host = address[0]
    if ":" not in host:
        return host
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return host if parsed.is_loopback else str(ip_network((parsed, 64), strict=False))


def limit_of(said: int | None, client: str, default: int) -> int | None:
    """The limit for a client: as said (0 is none), else the default for who comes from elsewhere."""
    if said is not None:
        return said or None
    return None if client == NOBODY or client.startswith(_LOOPBACK) else default


class OpenConnections:
    """The connections of each client of one server."""

    def __init__(self, limits: Limits) -> None:
        self._said = limits.client_connections
        self._open: Counter[str] = Counter()

    def enter(self, client: str) -> int | None:
        """Count a connection; the limit, where it is one too many."""
        self._open[client] += 1
        limit = limit_of(self._said, client, CONNECTIONS)
        return limit if limit is not None and self._open[client] > limit else None

    def too_many(self, client: str, limit: int) -> bool:
        """Whether there are so many that nobody is told why any more."""
        return self._open[client] > 2 * limit

    def leave(self, client: str) -> None:
        """Count one less."""
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
