"""Workers on Ray: the cores of this machine, or of a cluster that is named.

Pieces are handed out a few at a time, so that neither the head nor any worker holds more than its own; a worker that
dies has its piece done again by another.

Invariant: each piece is counted once, however often it was tried.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, TypeVar

from router.errors import ConfigError
from router.policy.parquet.parquet_files import Piece
from router.policy.replay.replay import Key
from router.policy.replay.streamed.stream_replay import Task, count_keys, decide_pieces
from router.policy.replay.sums.compared_sums import ReplaySums

T = TypeVar("T")
RETRIES = 3
"""So often a piece is tried again whose worker died."""
IN_FLIGHT = 2
"""Tasks for each core that are handed out at once."""
TASKS_A_CORE = 4
"""About so many tasks does each core get of a log that has more pieces: what comes back is joined in one place."""


class RayWorkers:
    """The workers of a Ray cluster; use it as a context. Without an `address`, one is begun on this machine."""

    def __init__(self, address: str | None = None) -> None:
        try:
            self._ray: Any = import_module("ray")
        except ImportError:
            raise ConfigError(["replaying with Ray needs it: pip install 'fungible[ray]'"]) from None
        self._address = address

    def __enter__(self) -> "RayWorkers":
        try:
            self._ray.init(self._address, log_to_driver=False, logging_level="error", include_dashboard=False)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise ConfigError([f"--ray-address {self._address}: no cluster answers: {error}"]) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def count(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Counter[Key]]]:
        """How many requests each key has, of some pieces at a time."""
        yield from self.each(pieces, count_keys)

    def decide(self, pieces: Sequence[Piece], task: Task) -> Iterator[tuple[int, ReplaySums]]:
        """The sums of some pieces at a time."""
        yield from self.each(pieces, decide_pieces, self._ray.put(task))

    def each(self, pieces: Sequence[Piece], work: Callable[..., T], *more: Any) -> Iterator[tuple[int, T]]:
        """What comes of some pieces at a time, as it is done, with their rows."""
        ray = self._ray
        remote = ray.remote(max_retries=RETRIES, num_cpus=1)(work)
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        at_once = max(1, len(pieces) // (cores * TASKS_A_CORE))
        left = [pieces[start : start + at_once] for start in range(0, len(pieces), at_once)]
        waiting: dict[Any, int] = {}
        while left or waiting:
            while left and len(waiting) < cores * IN_FLIGHT:
                some = left.pop(0)
                waiting[remote.remote(some, *more)] = sum(piece.rows for piece in some)
            done, _ = ray.wait(list(waiting), num_returns=1)
            yield waiting.pop(done[0]), ray.get(done[0])
