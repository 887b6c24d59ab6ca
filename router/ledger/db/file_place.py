"""Checks that a SQLite file still is where it was opened: a deleted or replaced file takes commits that nobody finds.

Invariant: looking costs a few system calls and reads no page; files that are made here are readable by their owner
alone.
"""

import os
import threading
from pathlib import Path

from router.errors import Unreachable

_BESIDE = ("-wal", "-shm")
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


def make_private(path: Path) -> None:
    """Make the file and its folder, where they are not there, for their owner alone; raises OSError."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    # SQLite gives the files that it makes beside this one the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE))


class FilePlace:
    """The identities of an open database's files, as they were when they were first looked at."""

    def __init__(self, path: Path) -> None:
        # Texts, since this is asked before and after every commit, while the event loop wants the interpreter.
        self._files = {suffix: f"{path}{suffix}" for suffix in ("", *_BESIDE)}
        self._seen: dict[str, tuple[int, int]] = {}
        self._turn = threading.Lock()

    def refuse_other(self) -> None:
        """Raise Unreachable where a file was deleted or replaced since."""
        with self._turn:
            for suffix, file in self._files.items():
                self._compare(file, suffix)

    def _compare(self, file: str, suffix: str) -> None:
        before = self._seen.get(suffix)
        try:
            status = os.stat(file)  # noqa: PTH116 - a path object costs more than the look
        except FileNotFoundError:
            if before or not suffix:
                raise Unreachable(f"{file} was deleted while it was open; put it back, or restart") from None
            return
        except OSError as error:
            raise Unreachable(f"{file} can't be looked at: {error.strerror}") from None
        if before is None:
            self._seen[suffix] = (status.st_dev, status.st_ino)
        elif before != (status.st_dev, status.st_ino):
            raise Unreachable(f"{file} was replaced while it was open; put it back, or restart")
