"""The keys of a ledger, for commands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from router.cli.admin.acting_admin import acting, opened
from router.config import load
from router.keys.keyring import Keyring
from router.keys.store import KeyStore
from router.ledger.location import Place
from router.types import Author


@contextmanager
def keyring(folder: Path | None, place: Place) -> Iterator[Keyring]:
    """The keys that servers share, under a folder's configuration; raises ConfigError."""
    config = load(folder)
    with closing(place.ledger()) as ledger:
        yield Keyring(KeyStore(ledger.log), ledger.salt, lambda: config)


@contextmanager
def owned_keyring(
    folder: Path | None, place: Place, key_file: Path | None, because: str
) -> Iterator[tuple[Keyring, Author]]:
    """The keys, for an owner who changes them; raises ConfigError, Unauthorized or Forbidden."""
    config = load(folder)
    with opened(place) as ledger:
        author = acting(ledger, place, key_file, because, "owner")
        yield Keyring(KeyStore(ledger.log), ledger.salt, lambda: config), author
