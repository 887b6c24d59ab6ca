"""The words of requests by receipt, sealed in the data folder, for as long as the operator said.

Invariant: that of `router/keys/sealed_store.py`; what the users said is kept, and no answer, system text or name.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from router.keys.sealed_store import SealedStore, StoreFiles

WORDS, KEY = "words.sqlite3", "words.key"
MOST_CHARACTERS = 16_000
"""Of one request so much is kept, the beginning: more than any reader looks at."""
MOST_ROWS = 1_000_000
"""Of more requests the oldest are let go of before their time."""
_OWNER = "server"


class WordStore:
    """The kept words of one data folder, each for `keep_s` seconds by `clock`."""

    def __init__(self, folder: Path, keep_s: float, clock: Callable[[], float] = time.time) -> None:
        self._texts = SealedStore(folder, StoreFiles(WORDS, KEY, "words", "words"), keep_s, clock)

    def keep(self, words: Iterable[tuple[str, str]]) -> None:
        """Keep words, each with the id of its receipt."""
        self._texts.put((receipt, _OWNER, text.encode(errors="replace")) for receipt, text in words)

    def by_receipt(self) -> dict[str, str]:
        """All that are in their time."""
        return {receipt: text.decode() for receipt, text in self._texts.every(_OWNER)}

    def sweep(self) -> int:
        """Overwrite what is past its time, or too much; gives how many were let go of."""
        return self._texts.sweep(MOST_ROWS)

    def count(self) -> int:
        """How many lie in the file, those past their time included until they are swept."""
        return self._texts.count()

    def close(self) -> None:
        """Close the file."""
        self._texts.close()


def has_words(folder: Path) -> bool:
    """Whether a server has kept words here, in their time or not; looking makes nothing."""
    return (folder / WORDS).is_file()
