"""A long log in Parquet for measuring replays: the shipped prompts with noise, by many callers over four weeks.

Invariant: the same number of requests gives the same log each time.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from router.bench.http.replay_speed import DAYS, FIRST_DAY, REQUESTS_A_CONVERSATION, SEED, drawn
from router.policy.parquet.log_columns import decided_columns
from router.policy.parquet.pyarrow_extra import pyarrow
from router.policy.replay.request_columns import Coded, Labels, Requests, gathered

BLOCK = 131_072
BLOCKS_A_FILE = 8
SPREAD = 0.25
"""Logits by which a prompt differs from itself in another block."""


def write_synthetic_log(folder: Path, requests: int, advance: Callable[[int], object] = int) -> int:
    """Write so many requests into a folder, some at a time; gives the number of files. Raises ConfigError."""
    arrow = pyarrow()
    folder.mkdir(parents=True, exist_ok=True)
    first = gathered((f"{row:032x}", *request) for row, request in enumerate(drawn(min(BLOCK, requests))))
    files = 0
    for start in range(0, requests, BLOCK * BLOCKS_A_FILE):
        path = folder / f"requests-{files:04}.parquet"
        end = min(start + BLOCK * BLOCKS_A_FILE, requests)
        writer = None
        for at in range(start, end, BLOCK):
            count = min(BLOCK, end - at)
            table = arrow.table(decided_columns(varied(first.take(slice(0, count)), at, requests)))
            writer = writer or arrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            advance(count)
        if writer is not None:
            writer.close()
            files += 1
    return files


def varied(block: Requests, start: int, requests: int) -> Requests:
    """A block as other conversations on other days; `start` is the number of its first request."""
    random = np.random.default_rng((SEED, start))
    count = len(block)
    days = tuple(FIRST_DAY.fromordinal(FIRST_DAY.toordinal() + day) for day in range(DAYS))
    return replace(
        block,
        id=_labels(np.arange(start, start + count, dtype=np.uint64), 16),
        unit=_labels(random.integers(0, 1 + requests // REQUESTS_A_CONVERSATION, count, np.uint64), 12),
        difficulty=block.difficulty + random.normal(0, SPREAD, count),
        day=Coded(random.integers(0, DAYS, count, np.int32), days),
    )


def _labels(numbers: NDArray[np.uint64], size: int) -> Labels:
    raw = np.zeros((len(numbers), size), np.uint8)
    raw[:, size - 8 :] = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    return Labels(raw.view(f"V{size}").reshape(-1), np.zeros(len(numbers), np.bool_), ())
