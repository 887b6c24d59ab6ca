"""Reads every prompt of a table, in several processes where there are many.

Invariant: the same readings and the same texts whatever the number of processes; a reader that is not plain data, as a
plug-in may be, reads in this process.
"""

import os
from collections.abc import Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from router.bench.routing.readers.given_reader import excerpt_of, read_prompt
from router.reading.fit_reader import Look, Texts, glance, looked
from router.reading.learned import LearnedReader, subject
from router.tokens import ids
from router.types import TASKS, Reader, Reading

MANY = 20_000
"""From so many prompts on it is quicker to start other processes, each of which takes a second."""
AT_ONCE = 2_000
MOST_PROCESSES = 4


class Seen(NamedTuple):
    """What some prompts say: the number of each one's task, the whole readings where they are wanted, and the look."""

    tasks: list[int]
    readings: list[Reading]
    look: Look


def read_and_look(
    reader: Reader, prompts: Sequence[str], names: Sequence[Hashable] | None = None, many: int = MANY
) -> tuple[list[Reading], Texts]:
    """What the reader says of each prompt, and the texts with their groups, by near-duplicates and by names."""
    parts = _parts(reader, prompts, many, whole=True)
    return [reading for part in parts for reading in part.readings], _texts(prompts, parts, names)


def look_for_fitting(
    reader: Reader, prompts: Sequence[str], names: Sequence[Hashable] | None = None, many: int = MANY
) -> Texts:
    """The texts alone, without the words that their groups were found by; of the reader's only the task is asked."""
    return _texts(prompts, _parts(reader, prompts, many, whole=False), names).for_fitting()


def _texts(prompts: Sequence[str], parts: Sequence[Seen], names: Sequence[Hashable] | None) -> Texts:
    tasks = np.array([task for part in parts for task in part.tasks], np.intp)
    return looked(prompts, [part.look for part in parts], tasks, names)


def _parts(reader: Reader, prompts: Sequence[str], many: int, *, whole: bool) -> list[Seen]:
    processes = min(os.cpu_count() or 1, MOST_PROCESSES)
    if len(prompts) < many or processes < 2 or not isinstance(reader, LearnedReader):
        return [_seen(reader, prompts, whole=whole)]
    pieces = [prompts[start : start + AT_ONCE] for start in range(0, len(prompts), AT_ONCE)]
    # Spawned, since this process may have threads: a bar of progress, those of numpy.
    with ProcessPoolExecutor(processes, get_context("spawn"), _Worker.begin, (reader, whole)) as pool:
        return list(pool.map(_Worker.work, pieces))


def _seen(reader: Reader, prompts: Sequence[str], *, whole: bool) -> Seen:
    if whole or not isinstance(reader, LearnedReader):
        readings = [read_prompt(reader, prompt) for prompt in prompts]
        tasks = [TASKS.index(reading.task) for reading in readings]
        return Seen(tasks, readings if whole else [], glance(prompts, ids))
    return Seen([_task(reader, prompt) for prompt in prompts], [], glance(prompts, ids))


def _task(reader: LearnedReader, prompt: str) -> int:
    """The task that a reading would have: half the work, since stakes and language are left out."""
    chances, _ = reader.judge(subject(excerpt_of(prompt)))
    return chances.index(max(chances))


class _Worker:
    """What a process of the pool keeps."""

    reader: Reader
    whole: bool

    @classmethod
    def begin(cls, reader: Reader, whole: bool) -> None:
        cls.reader, cls.whole = reader, whole

    @classmethod
    def work(cls, prompts: Sequence[str]) -> Seen:
        return _seen(cls.reader, prompts, whole=cls.whole)
