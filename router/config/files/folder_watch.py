"""Whether somebody has edited the files of a folder.

Invariant: a change is told once it has held still for a look, so that a file that is being written is left alone.
"""

from pathlib import Path

from router.config.load import FILES

Stamp = tuple[tuple[int, int, int] | None, ...]


class FolderWatch:
    """Looks at a folder when asked to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = self._last = self._look()

    def changed(self) -> bool:
        """Whether the files are other than when this last said so, and the same as at the last look."""
        before, self._last = self._last, self._look()
        if self._last == self._known or self._last != before:
            return False
        self._known = self._last
        return True

    def _look(self) -> Stamp:
        return tuple(_stamp(self._folder / name) for name in FILES)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
