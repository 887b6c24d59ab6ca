"""Keeps responses for a while, each sealed for whoever made it, so that a conversation can go on from it.

Invariant: that of `router/keys/sealed_store.py`: what was said is on disk only encrypted, for its owner, in its time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from router.keys.sealed_store import SealedStore, StoreFiles

STORE, KEY = "responses.sqlite3", "responses.key"
# A conversation that is larger is answered, and not kept.
MOST_BYTES = 1024**2


class ResponseStore(SealedStore):
    """The responses of one data folder, each for `keep_s` seconds by `clock`."""

    def __init__(self, folder: Path, keep_s: float, clock: Callable[[], float]) -> None:
        super().__init__(folder, StoreFiles(STORE, KEY, "responses", "responses"), keep_s, clock)

    def keep(self, id: str, owner: str, body: dict[str, Any]) -> None:  # noqa: A002
        """Keep a response, and forget those whose time has come."""
        self.put([(id, owner, orjson.dumps(body))])

    def read(self, id: str, owner: str) -> dict[str, Any] | None:  # noqa: A002
        """What was kept, for its owner and in its time."""
        body = self.get(id, owner)
        return None if body is None else orjson.loads(body)
