"""Servers on real sockets for official clients."""

from api.conftest import server, start, start_shared

__all__ = ["server", "start", "start_shared"]
