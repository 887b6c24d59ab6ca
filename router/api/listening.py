"""A socket to serve on, and its address; light to import, for who starts servers and is none."""

import socket

from router.errors import ConfigError

BACKLOG = 2048


def listen(host: str, port: int, *, share: bool = False) -> socket.socket:
    """A listening socket, which others may `share`; raises ConfigError where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise ConfigError([f"cannot listen on {host}:{port}: {reason}. Choose another with --port."]) from None
    listener.listen(BACKLOG)
    return listener


def address(listener: socket.socket, *, tls: bool = False) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
