"""Keeps the words of requests that were answered, in a thread of its own, and sweeps what is past its time.

Invariant: nobody who asks a model waits for it; where it can't write, or more waits than `MOST_WAITING`, words are not
kept, and that is counted. A request that says `store: false` is never kept.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Full, Queue

from router.serving.observed_answer import ObservedAnswer
from router.serving.words.word_store import MOST_CHARACTERS, WordStore, has_words
from router.types import ChatRequest

MOST_WAITING = 10_000
GATHER_S = 0.2
SWEEP_S = 30.0
log = logging.getLogger("fungible")
_Words = tuple[str, str]


class WordKeeper:
    """The thread of one store; with `keeps` false it only sweeps what an earlier server left."""

    def __init__(self, store: WordStore, *, keeps: bool = True) -> None:
        self._store, self._keeps = store, keeps
        self._waiting: Queue[_Words] = Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self.lost = 0
        """How many were not kept, though they should have been."""
        store.sweep()
        self._thread = threading.Thread(target=self._work, name="words", daemon=True)
        self._thread.start()

    def keep(self, answer: ObservedAnswer) -> None:
        """Keep what was asked in an exchange that has ended."""
        if not self._keeps or answer.receipt is None or answer.request.store is False:
            return
        if words := words_of(answer.request):
            try:
                self._waiting.put_nowait((answer.receipt.id, words))
            except Full:
                self.lost += 1

    def close(self) -> None:
        """Write what waits, sweep, and close the store."""
        self._stopping.set()
        self._thread.join()
        self._write(self._taken())
        self._swept()
        self._store.close()

    def _work(self) -> None:
        since_sweep = 0.0
        while not self._stopping.wait(GATHER_S):
            self._write(self._taken())
            since_sweep += GATHER_S
            if since_sweep >= SWEEP_S:
                self._swept()
                since_sweep = 0.0

    def _taken(self) -> list[_Words]:
        taken: list[_Words] = []
        while True:
            try:
                taken.append(self._waiting.get_nowait())
            except Empty:
                return taken

    def _write(self, words: Sequence[_Words]) -> None:
        if not words:
            return
        try:
            self._store.keep(words)
        except Exception as error:  # noqa: BLE001 - words that can't be kept stop no server
            self.lost += len(words)
            log.error("failed to keep the words of %d request(s): %s", len(words), type(error).__name__)

    def _swept(self) -> None:
        try:
            self._store.sweep()
        except Exception as error:  # noqa: BLE001 - it is tried again
            log.error("failed to sweep kept words: %s", type(error).__name__)


def word_keeper_of(folder: Path, keep_s: float | None) -> WordKeeper | None:
    """What keeps words for so long; where none are to be kept, what sweeps those of an earlier server, if there are."""
    if keep_s is None and not has_words(folder):
        return None
    return WordKeeper(WordStore(folder, keep_s or 0.0), keeps=keep_s is not None)


def words_of(request: ChatRequest) -> str:
    """What the users say in a request, its beginning."""
    said = "\n".join(message.text[:MOST_CHARACTERS] for message in request.messages if message.role == "user")
    return said[:MOST_CHARACTERS].strip()
