"""Text files of users: UTF-8, with or without a byte order mark, or UTF-16 with one.

Invariant: whatever else a file holds is refused with its line and what would be right; nothing is guessed.
"""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from router.errors import ConfigError, Problem

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def open_text(path: Path) -> Iterator[TextIOWrapper]:
    """Open a text to read it; raises ConfigError where it cannot be read, then or at the line that is no text."""
    try:
        with path.open(encoding=encoding_of(path), newline="") as file:
            yield file
    except UnicodeError as error:
        # What is read in gulps does not say where in the file it stopped: the line is sought again.
        raise ConfigError([Problem(f"{path}:{_wrong_line(path)}:1", _sentence(error))]) from None
    except OSError as error:
        raise ConfigError([Problem(f"{path}:1:1", f"cannot be read: {error.strerror}")]) from None


def read_text(path: Path) -> str:
    """The whole text; raises ConfigError."""
    with open_text(path) as file:
        return file.read()


def encoding_of(path: Path) -> str:
    """What the first bytes say: UTF-16 by its mark, else UTF-8, whose mark is skipped."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in _UTF_16 else "utf-8-sig"


def _wrong_line(path: Path) -> int:
    raw = path.read_bytes()
    try:
        raw.decode(encoding_of(path))
    except UnicodeDecodeError as error:
        return raw[: error.start].count(b"\n") + 1
    return 1


def _sentence(error: UnicodeError) -> str:
    wrong = f" (byte 0x{error.object[error.start]:02x})" if isinstance(error, UnicodeDecodeError) else ""
    return f"is not UTF-8 text{wrong}, perhaps that of an older encoding such as cp1252: save it as UTF-8"


def decoded(raw: bytes) -> str:
    """A text that came in whole, from standard input or over a pipe; raises UnicodeDecodeError."""
    return raw.decode("utf-16" if raw[:2] in _UTF_16 else "utf-8-sig")
