"""Servers on real sockets, as the tests of the HTTP surface have them."""

from api.conftest import server, start, start_shared

__all__ = ["server", "start", "start_shared"]
