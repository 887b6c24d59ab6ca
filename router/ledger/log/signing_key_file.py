"""The file of the private key that signs the heads of the log, next to the ledger.

Invariant: the file is made with mode 0600 and never overwritten in place; a key that was announced in the log is on
disk before the announcement is.
"""

import os
from pathlib import Path
from secrets import token_bytes, token_hex

from router.errors import ProofError
from router.transparency.note import LOG, Kind, PublicKey, SecretKey, parse_secret_key

SEED = 32


def new_key(name: str, kind: Kind = LOG) -> SecretKey:
    """A key that nobody else has."""
    return SecretKey(name, kind, token_bytes(SEED))


def read_key(path: Path) -> SecretKey:
    """The key in a file; raises ProofError."""
    try:
        return parse_secret_key(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProofError(f"The key {path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    except ProofError as error:
        raise ProofError(f"{path}: {error.message}") from None


def write_key(path: Path, key: SecretKey) -> None:
    """Keep a key in a new file, for its owner's eyes alone, which is there whole or not at all; raises ProofError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, key)
    except OSError as error:
        raise ProofError(f"The key {path} cannot be written: {error.strerror}.") from None


def _write(path: Path, key: SecretKey) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    place = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(place, "w", encoding="ascii") as file:
        file.write(f"{key.written()}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def own_key(path: Path, name: str, kind: Kind) -> SecretKey:
    """The key in a file, made on first use; raises ProofError."""
    if not path.exists():
        write_key(path, new_key(name, kind))
    return read_key(path)


class KeyFile:
    """The log's key, in a file or, where `path` is None, in memory.

    A key that is to follow waits in a second file until the log has announced it, so that no moment of a crash leaves
    the log without the key it names.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._next = path and path.with_suffix(".next-key")
        self._keys: list[SecretKey] = []

    def first(self) -> SecretKey:
        """The key under which a log begins, whose name is the log's for ever; raises ProofError."""
        name = f"fungible/{token_hex(8)}"
        return self._known(own_key(self.path, name, LOG) if self.path else new_key(name))

    def next(self, name: str) -> SecretKey:
        """The key that is to be announced, on disk already; raises ProofError."""
        return self._known(own_key(self._next, name, LOG) if self._next else new_key(name))

    def in_force(self, public: PublicKey) -> SecretKey:
        """The secret of the key that the log says is in force; raises ProofError where the file holds another."""
        for key in self._keys:
            if key.public == public:
                return key
        for place in (self.path, self._next):
            if place and place.exists() and self._known(read_key(place)).public == public:
                if place == self._next:
                    # The log has announced it, and whoever did was stopped before it took its place.
                    self.settle()
                return self._keys[-1]
        sentence = f"{self.path or 'Memory'} does not hold the key {public}, which signs the heads of this log"
        if self.path is None:
            raise ProofError(f"{sentence}.")
        raise ProofError(
            f"{sentence}: {'it holds another' if self.path.exists() else 'there is no such file'}. Copy the key from a "
            "server that has it, or name its file with --ledger-key."
        )

    def settle(self) -> None:
        """Put the announced key in the place of the old one, which is no longer needed."""
        self._keys = self._keys[-1:]
        if self.path and self._next and self._next.exists():
            self._next.replace(self.path)

    def _known(self, key: SecretKey) -> SecretKey:
        self._keys.append(key)
        return key
