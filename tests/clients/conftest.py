"""The server that every client talks to: the shipped configuration, on a real socket."""

from api.conftest import server, start, start_shared

__all__ = ["server", "start", "start_shared"]
