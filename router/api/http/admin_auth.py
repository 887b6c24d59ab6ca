"""Who may change things: the holder of the admin key, or, where none is set, whoever sits at this machine.

Invariant: without a key nothing is let in that came through a proxy, from another machine, or from a web page; the
key is compared in constant time and never repeated.
"""

from hmac import compare_digest
from ipaddress import ip_address

from fastapi import Request

from router.errors import Forbidden, Unauthorized

_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]", "::1"}
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class AdminAuthentication:
    """Stands before the admin routes."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    async def __call__(self, request: Request) -> None:
        """Let the request pass; raises Unauthorized or Forbidden."""
        if self._key is not None:
            self._check_key(request)
        elif (why := _not_from_here(request)) is not None:
            raise Forbidden(f"Without an admin key these routes answer on loopback only: {why}.")

    def _check_key(self, request: Request) -> None:
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        given = told if kind.lower() == "bearer" else request.headers.get("x-api-key", "")
        if not given:
            raise Unauthorized("Give the admin key, as `Authorization: Bearer ...`.")
        if not compare_digest(given.encode(), (self._key or "").encode()):
            raise Unauthorized("That is not the admin key.")


def _not_from_here(request: Request) -> str | None:
    if request.client is None or not is_loopback(request.client.host):
        return "this came from another machine"
    if any(name in request.headers for name in _PROXIED):
        return "this came through a proxy"
    if _name_of(request.headers.get("host", "")) not in _LOOPBACK_NAMES:
        return "the name in `host` is not this machine's"
    origin = request.headers.get("origin")
    if origin is not None and _name_of(origin.partition("://")[2]) not in _LOOPBACK_NAMES:
        return "this came from a web page elsewhere"
    return None


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """The name in `name:port`, of IPv6 with its brackets."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
