"""A client that sends what it is told, byte by byte, and reads what comes back."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import NamedTuple

from api.servers import Running

CHAT = "/v1/chat/completions"


class Reply(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def connected(running: Running, seconds: float = 5.0) -> Iterator[socket.socket]:
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        yield connection


def reply(connection: socket.socket, method: str = "POST") -> Reply:
    """The next answer; raises http.client's errors where none comes."""
    answer = HTTPResponse(connection, method=method)
    try:
        answer.begin()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        answer.close()


def head(length: int, path: str = CHAT, *more: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {length}", *more]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


def closed(connection: socket.socket) -> bool:
    """Whether the other side says no more, before the client's patience ends."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def rest(connection: socket.socket) -> bytes:
    """What else the other side says before it closes; raises TimeoutError where it does not."""
    pieces: list[bytes] = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)
