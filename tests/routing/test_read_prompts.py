"""Prompts that are read in several processes are read as in one."""

import numpy as np

from router.api.assembly import shipped_reader
from router.bench.routing.readers.given_reader import read_prompt
from router.bench.routing.readers.read_prompts import look_for_fitting, read_and_look
from router.reading.fit_reader import look
from router.tokens import ids
from router.types import TASKS, Excerpt, Reading

PROMPTS = ["Prove that primes never end.", "소수는 왜 끝이 없나요?", "Prove that primes never end!", "hi", "x" * 9_000]


class Plugged:
    """A reader of somebody else's, which only this process has."""

    name = "plugged"

    def __init__(self) -> None:
        self.kept = lambda: None

    def read(self, excerpt: Excerpt) -> Reading:
        return shipped_reader().read(excerpt)


def test_several_processes_give_what_one_gives() -> None:
    reader = shipped_reader()
    (one, texts), (several, same) = (read_and_look(reader, PROMPTS, many=many) for many in (99, 1))
    assert one == several == [read_prompt(reader, prompt) for prompt in PROMPTS]
    tasks = {prompt: TASKS.index(reading.task) for prompt, reading in zip(PROMPTS, one, strict=True)}
    for made in (texts, same):
        alone = look(PROMPTS, tasks, ids)
        assert made.groups.tolist() == alone.groups.tolist() == [0, 1, 0, 3, 4]
        np.testing.assert_array_equal(made.surface, alone.surface)
        np.testing.assert_array_equal(made.words.column, alone.words.column)
        np.testing.assert_array_equal(made.words.value, alone.words.value)
        np.testing.assert_array_equal(made.tasks, alone.tasks)


def test_for_a_fit_the_same_is_seen_without_readings_and_words() -> None:
    reader = shipped_reader()
    _, texts = read_and_look(reader, PROMPTS)
    seen = look_for_fitting(reader, PROMPTS)
    assert (seen.words.rows, len(seen.words.row), len(seen)) == (5, 0, 5)
    assert seen.groups.tolist() == texts.groups.tolist()
    assert seen.tasks.tolist() == texts.tasks.tolist()
    np.testing.assert_array_equal(seen.tokens.value, texts.tokens.value)
    assert len(seen.only(np.array([1, 3]))) == 2
    assert look_for_fitting(Plugged(), PROMPTS[:2]).tasks.tolist() == texts.tasks[:2].tolist()


def test_a_reader_that_is_no_plain_data_reads_in_this_process() -> None:
    readings, _ = read_and_look(Plugged(), PROMPTS[:2], many=1)
    assert readings == [read_prompt(shipped_reader(), prompt) for prompt in PROMPTS[:2]]
