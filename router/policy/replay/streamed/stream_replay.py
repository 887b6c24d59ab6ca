"""Replays a log in Parquet piece by piece, with memory that does not grow with its length.

Two passes: the first counts the requests of each key, for only the largest are told apart; the second decides. What
decides is the engine of every other replay; the parts are joined by exact sums.

Invariant: the figures are those of the same requests replayed at once, to the last digit, however the log is cut and
in whatever order its pieces come back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from router.errors import NotFound
from router.policy.parquet.parquet_files import Piece, find_pieces, read_batches, read_requests
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.flip_causes import MOST_TRIED, Changes, Versions
from router.policy.replay.replay import Key, decided, figures, largest
from router.policy.replay.result import Replay
from router.policy.replay.sums.compared_sums import ReplaySums


class Task(NamedTuple):
    """What a worker needs beside its pieces."""

    changes: Changes
    keys: tuple[Key, ...]


class Workers(Protocol):
    """Who goes through the pieces, and gives what comes of one or several as it is done, with their rows."""

    def count(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Counter[Key]]]:
        """How many requests each key has."""

    def decide(self, pieces: Sequence[Piece], task: Task) -> Iterator[tuple[int, ReplaySums]]:
        """The sums."""


class Streamed(NamedTuple):
    """The replay of a whole log, and how many traits the reader had that read it."""

    replay: Replay
    traits: int


def replay_files(
    pattern: str,
    versions: Versions,
    names: tuple[str, str],
    workers: Workers,
    begin: Callable[[int], object] = int,
    advance: Callable[[int], object] = int,
) -> Streamed:
    """Replay the files of a pattern; raises NotFound where they hold no requests.

    `begin` is told how many requests both passes go through together, `advance` of each piece how many it was.
    """
    pieces = find_pieces(pattern)
    if not (total := sum(piece.rows for piece in pieces)):
        raise NotFound(f"The files of {pattern} hold no requests.")
    begin(2 * total)
    counts: Counter[Key] = Counter()
    for rows, found in workers.count(pieces):
        counts.update(found)
        advance(rows)
    task = Task(Changes.between(versions, MOST_TRIED), largest(counts))
    sums = ReplaySums()
    for rows, part in workers.decide(pieces, task):
        sums.join(part)
        advance(rows)
    return Streamed(figures(sums, task.changes, names), sums.traits)


class Here:
    """One piece after another, in this process."""

    def count(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Counter[Key]]]:
        """How many requests each key has in each piece."""
        for piece in pieces:
            yield piece.rows, count_keys([piece])

    def decide(self, pieces: Sequence[Piece], task: Task) -> Iterator[tuple[int, ReplaySums]]:
        """The sums of each piece."""
        for piece in pieces:
            yield piece.rows, decide_pieces([piece], task)


def count_keys(pieces: Sequence[Piece]) -> Counter[Key]:
    """How many requests each key has; nothing else is read."""
    counts: Counter[Key] = Counter()
    for batch in (batch for piece in pieces for batch in read_batches(piece, ("key",))):
        if "key" not in batch.schema.names:
            continue
        for pair in pyarrow().compute.value_counts(batch.column("key")).to_pylist():
            counts[pair["values"]] += pair["counts"]
    return counts


def decide_pieces(pieces: Sequence[Piece], task: Task) -> ReplaySums:
    """The sums of some pieces, some requests at a time."""
    sums = ReplaySums()
    for requests in (requests for piece in pieces for requests in read_requests(piece)):
        sums.join(decided(requests, task.changes, task.keys))
    return sums
