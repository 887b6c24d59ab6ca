"""The keys of a ledger, for commands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from router.config import load
from router.keys.keyring import Keyring
from router.keys.store import KeyStore
from router.ledger.location import Place


@contextmanager
def keyring(folder: Path | None, place: Place) -> Iterator[Keyring]:
    """The keys that servers share, under a folder's configuration; raises ConfigError."""
    config = load(folder)
    with closing(place.ledger()) as ledger:
        yield Keyring(KeyStore(ledger.log), ledger.salt, lambda: config)
