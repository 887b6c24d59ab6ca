"""Reads every prompt of a table, in several processes where there are many.

Invariant: the same readings and the same texts whatever the number of processes; a reader that is not plain data, as a
plug-in may be, reads in this process.
"""

import os
from collections.abc import Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from router.bench.routing.readers.given_reader import read_prompt
from router.reading.fit_reader import Glance, Texts, glance, looked
from router.reading.learned import LearnedReader
from router.tokens import ids
from router.types import TASKS, Reader, Reading

MANY = 20_000
"""From so many prompts on it is quicker to start other processes, each of which takes a second."""
AT_ONCE = 2_000
MOST_PROCESSES = 4
Seen = tuple[list[Reading], list[Glance]]


def read_and_look(
    reader: Reader, prompts: Sequence[str], names: Sequence[Hashable] | None = None, many: int = MANY
) -> tuple[list[Reading], Texts]:
    """What the reader says of each prompt, and the texts with their groups, by near-duplicates and by names."""
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if len(prompts) < many or processes < 2 or not isinstance(reader, LearnedReader):
        parts = [_seen(reader, prompts)]
    else:
        parts = _in_processes(reader, prompts, processes)
    readings = [reading for part, _ in parts for reading in part]
    glances = [each for _, part in parts for each in part]
    parts.clear()
    tasks = np.array([TASKS.index(reading.task) for reading in readings], np.intp)
    return readings, looked(prompts, glances, tasks, names)


def _seen(reader: Reader, prompts: Sequence[str]) -> Seen:
    return [read_prompt(reader, prompt) for prompt in prompts], [glance(prompt, ids) for prompt in prompts]


def _in_processes(reader: Reader, prompts: Sequence[str], processes: int) -> list[Seen]:
    pieces = [prompts[start : start + AT_ONCE] for start in range(0, len(prompts), AT_ONCE)]
    # Spawned, since this process may have threads: a bar of progress, those of numpy.
    with ProcessPoolExecutor(processes, get_context("spawn"), _Worker.begin, (reader,)) as pool:
        return list(pool.map(_Worker.work, pieces))


class _Worker:
    """What a process of the pool keeps."""

    reader: Reader

    @classmethod
    def begin(cls, reader: Reader) -> None:
        cls.reader = reader

    @classmethod
    def work(cls, prompts: Sequence[str]) -> Seen:
        return _seen(cls.reader, prompts)
