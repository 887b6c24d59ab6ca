"""The proxy through which a backend is reached, where there is one: by its row, else by the environment.

Invariant: this machine's own addresses are never asked through a proxy of the environment; no message repeats a proxy's
password.
"""

import asyncio
import os
import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

NO_PROXY = "none"
MOST_HEAD = 16 * 1024


class ProxyRefused(OSError):
    """The proxy does not let us through; the words name no password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy listens, and what is said to it; `authorization` is empty where it asks for nothing."""

    host: str
    port: int
    authorization: str = ""

    @property
    def headers(self) -> str:
        """Header lines that are for the proxy alone."""
        return f"proxy-authorization: {self.authorization}\r\n" if self.authorization else ""

    async def tunnel(self, host: str, port: int) -> socket.socket:
        """A socket that leads to a host, through the proxy; raises OSError."""
        loop = asyncio.get_running_loop()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        connected = await _connected(self.host, self.port)
        try:
            request = f"CONNECT {where} HTTP/1.1\r\nhost: {where}\r\n{self.headers}\r\n"
            await loop.sock_sendall(connected, request.encode("ascii"))
            _refuse(await _head(connected))
        except BaseException:
            connected.close()
            raise
        return connected


def proxy_of(base_url: str, said: str | None, environment: Mapping[str, str] = os.environ) -> Proxy | None:
    """The proxy for a backend, by the word of its row, else by the environment; raises ValueError for one that is none.

    `none` in the row means no proxy, whatever the environment says.
    """
    if said is not None:
        return None if said == NO_PROXY else parsed(said, "proxy", secret=False)
    parts = urlsplit(base_url)
    variable = f"{parts.scheme}_proxy"
    url = environment.get(variable) or environment.get(variable.upper())
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    excepted = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    if not url or _is_own(host) or any(_is_meant(host, port, entry.strip().lower()) for entry in excepted):
        return None
    return parsed(url, variable.upper(), secret=True)


def parsed(url: str, where: str, *, secret: bool) -> Proxy:
    """A proxy's URL; raises ValueError. With `secret` a name and password may stand in it."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not parts.hostname or not url.isascii() or parts.path not in ("", "/") or parts.query:
        more = f", or `{NO_PROXY}`" if where == "proxy" else ""
        raise ValueError(f"{where}: this must be the address of an HTTP proxy, such as http://proxy:3128{more}")
    if parts.username is None:
        return Proxy(parts.hostname, port)
    if not secret:
        raise ValueError(
            f"{where}: a password is never written here in the clear; put the proxy with its password into the "
            "environment variable HTTPS_PROXY (or HTTP_PROXY)"
        )
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(parts.hostname, port, f"Basic {b64encode(pair.encode()).decode()}")


def _is_own(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_meant(host: str, port: int, entry: str) -> bool:
    """Whether an entry of NO_PROXY means a host: `*`, a domain with all below it, an address or a network."""
    if not entry or entry == "*":
        return entry == "*"
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        name, _, only = entry.partition(":")
        name = name.removeprefix("*").removeprefix(".")
        return only in ("", str(port)) and (host == name or host.endswith(f".{name}"))


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure: OSError = ProxyRefused("the proxy has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connected = socket.socket(family, kind, protocol)
        connected.setblocking(False)
        try:
            await loop.sock_connect(connected, address)
        except OSError as error:
            connected.close()
            failure = error
        except BaseException:
            connected.close()
            raise
        else:
            return connected
    raise failure


async def _head(connected: socket.socket) -> bytes:
    """What the proxy says, up to its empty line; nothing that belongs to the backend comes before we have spoken."""
    loop, head = asyncio.get_running_loop(), b""
    while b"\r\n\r\n" not in head:
        piece = await loop.sock_recv(connected, 4096)
        if not piece or len(head) > MOST_HEAD:
            raise ProxyRefused("the proxy closed the connection" if not piece else "the proxy says too much")
        head += piece
    return head


def _refuse(head: bytes) -> None:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    status = words[1].decode("latin-1") if len(words) > 1 and words[0].startswith(b"HTTP/1.") else ""
    if status == "407":
        raise ProxyRefused("the proxy asks for a name and a password, or refuses those that it got")
    if not (status.isdigit() and status.startswith("2")):
        raise ProxyRefused(f"the proxy answered {status}" if status.isdigit() else "the proxy does not speak HTTP/1.1")
