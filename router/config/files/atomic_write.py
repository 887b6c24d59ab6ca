"""A file is replaced whole or not at all.

Invariant: a process that dies at any moment leaves the old text or the new one, synced, and at most a hidden file
that the next writing removes.
"""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, text: str | bytes) -> None:
    """Put a text in place of a file, or where there was none; a link is followed."""
    path = path.resolve()
    for left in path.parent.glob(f".{path.name}.*.new"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
