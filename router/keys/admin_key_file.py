"""The file of this machine's own admin key, in the data folder, for the commands that are run here.

Invariant: the file has mode 0600 and is replaced whole; the folder, where it is ours, has mode 0700.
"""

import os
import stat
from pathlib import Path

from router.errors import ConfigError

KEY_FILE, NEXT_FILE = "admin.key", "admin.key.next"
# By these a folder is known to be a server's data folder, whose mode may be made stricter.
_OURS = ("ledger.sqlite3", "accounts.sqlite3", "ledger.key", KEY_FILE)
_PRIVATE, _OTHERS = 0o700, 0o077


def key_file(folder: Path) -> Path:
    """Where the key of a data folder is."""
    return folder / KEY_FILE


def read_keys(folder: Path) -> tuple[str, ...]:
    """The key in a folder, and the one that was about to take its place, where they are there; raises ConfigError."""
    return tuple(key for name in (KEY_FILE, NEXT_FILE) if (key := _read(folder / name)))


def first_key(folder: Path, secret: str) -> str:
    """Keep a folder's first key; gives the one that is there, if another was kept before. Raises ConfigError."""
    draft_key(folder, secret, draft := folder / f"{NEXT_FILE}.{os.getpid()}")
    try:
        os.link(draft, key_file(folder))
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(key_file(folder)) or ""


def draft_key(folder: Path, secret: str, draft: Path | None = None) -> None:
    """Put a key on disk that is to take the place of the one in a folder; raises ConfigError."""
    draft = draft or folder / NEXT_FILE
    try:
        make_private(folder)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigError([f"The admin key can't be kept in {folder}: {error.strerror}."]) from None


def settle_key(folder: Path) -> None:
    """Let the key that waits take the place of the old one."""
    (folder / NEXT_FILE).replace(folder / KEY_FILE)


def make_private(folder: Path) -> None:
    """Make a data folder for its owner alone; one that holds other things too is left as it is."""
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    state = folder.stat()
    mine = state.st_uid == os.geteuid() and not state.st_mode & stat.S_ISVTX
    if mine and state.st_mode & _OTHERS and (_is_empty(folder) or any((folder / name).exists() for name in _OURS)):
        folder.chmod(_PRIVATE)


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_mode & _OTHERS:
            path.chmod(0o600)
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [f"{path}: the admin key can't be read: {getattr(error, 'strerror', None) or error}."]
        ) from None


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None
