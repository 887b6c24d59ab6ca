"""The transcript of an audit: a line for each thing that happened, under signed heads, so that none can be changed.

Each line is a leaf of a Merkle tree (RFC 6962); heads are signed notes, as the ledger's are. Invariant: every line is
written before the next round begins, and what is cut off at any moment is still valid up to its last head.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from router.errors import Conflict
from router.transparency.checkpoint import Checkpoint
from router.transparency.entry import canonical
from router.transparency.note import PublicKey, SecretKey, signed
from router.transparency.tree import Frontier, leaf_hash

KIND = "fungible/audit@v1"
# Rounds between two heads.
HEAD_EVERY = 10
NEVER_STORED = 1 << 30


class Transcript:
    """Writes lines; `add` for what happened, `head` to sign all so far. Without a path it only hashes and signs."""

    def __init__(self, path: Path | None, origin: str, key: SecretKey, frontier: Frontier | None = None) -> None:
        self.path = path
        self._origin, self._key = origin, key
        self._frontier = frontier or Frontier()
        self._unsigned = 0
        self._file = None
        if path is not None:
            flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if frontier else os.O_EXCL)
            try:
                self._file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)
            except FileExistsError:
                raise Conflict(f"{path} exists already: a transcript is never written over.") from None

    @property
    def size(self) -> int:
        """How many lines it has, heads aside."""
        return self._frontier.size

    @property
    def public_key(self) -> PublicKey:
        """The key that its heads are verified with."""
        return self._key.public

    def add(self, leaf: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> None:
        """Write down what happened; what stands `beside` it is not signed, and may be taken out."""
        data = canonical(leaf)
        self._frontier, _ = self._frontier.grown([leaf_hash(data)], NEVER_STORED)
        self._write({"leaf": dict(leaf)} | ({"beside": dict(beside)} if beside else {}))
        self._unsigned += 1
        if self._unsigned >= HEAD_EVERY:
            self.head()

    def head(self) -> str:
        """Sign all lines so far; gives the note."""
        checkpoint = Checkpoint(self._origin, self._frontier.size, self._frontier.root())
        note = str(signed(checkpoint.text, self._key))
        self._write({"head": note})
        self._unsigned = 0
        return note

    def close(self) -> None:
        """Sign what is not signed yet, and close the file."""
        if self._unsigned:
            self.head()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(orjson.dumps(line) + b"\n")
