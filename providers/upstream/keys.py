"""The key of a backend: from the environment or a file, sent in one header, and shown to nobody.

Invariant: no text that leaves an adapter holds a key, or eight characters of one in a row.
"""

import os
import re
from pathlib import Path

SHORTEST_PIECE = 8
HIDDEN = "[key]"
_WORD = re.compile(rf"[^\s\"'`,;:()\[\]{{}}<>]{{{SHORTEST_PIECE},}}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Key:
    """A key and where it comes from; without one, nothing is sent."""

    def __init__(self, variable: str | None, file: str | None) -> None:
        self._file = Path(file).expanduser() if file else None
        self.text = _from_file(self._file) if self._file else _from_environment(variable) if variable else ""

    def __repr__(self) -> str:
        return "Key(...)" if self.text else "Key()"

    def read_again(self) -> bool:
        """Whether the file holds another key than before, which counts from now on."""
        if self._file is None:
            return False
        try:
            text = _from_file(self._file)
        except ValueError:
            return False
        before, self.text = self.text, text
        return text != before

    def hide(self, text: str) -> str:
        """The text without the key, or the pieces of it that somebody repeats."""
        if not self.text:
            return text
        return _WORD.sub(self._hide_word, text.replace(self.text, HIDDEN))

    def _hide_word(self, match: "re.Match[str]") -> str:
        word = match.group()
        pieces = range(len(word) - SHORTEST_PIECE + 1)
        return HIDDEN if any(word[at : at + SHORTEST_PIECE] in self.text for at in pieces) else word


def _from_environment(variable: str) -> str:
    if not _NAME.fullmatch(variable):
        raise ValueError("key_env: this must be the name of an environment variable, such as OPENAI_API_KEY")
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ValueError(f"key_env: the environment variable {variable} is not set")
    return _sendable(key, f"key_env: the environment variable {variable}")


def _from_file(file: Path) -> str:
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"key_file: {file} can't be read: {reason}") from None
    if not key:
        raise ValueError(f"key_file: {file} is empty")
    return _sendable(key, f"key_file: {file}")


def _sendable(key: str, where: str) -> str:
    """A key fits in a header."""
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError(f"{where} holds more than a key: a key is one word of printable ASCII")
    return key
