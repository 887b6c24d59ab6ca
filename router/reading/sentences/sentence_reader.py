"""Reads as the shipped reader does, and the kind of work by a sentence encoder, too, where that is unsure.

Invariant: pure; whatever the shipped reader is sure of stays as it is, and so does all but the task and the length that
is expected for it; where the encoder fails, the shipped reader's word stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.reading.learned import LearnedReader, log_chances, subject
from router.reading.lengths import OUTPUT_TOKENS
from router.types import TASKS, Excerpt, Reading

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Any]
UNSURE = 0.7
"""The encoder is asked where the likeliest task has a lower chance."""
READ = 300
"""Characters of a text that the encoder gets: its time goes with them, some 2 ms for so many."""
ARRAYS = "sentence_tasks.npz"


class SentenceReader:
    """The shipped reader with an encoder beside it; `encode` makes a vector of each text."""

    name = "encoder-1"
    # Some milliseconds of the processor: the server reads in a thread.
    remote = True

    def __init__(self, shipped: LearnedReader, encode: Encode, weights: Floats, offsets: Floats) -> None:
        self._shipped, self._encode = shipped, encode
        self._weights, self._offsets = weights, offsets

    def read(self, excerpt: Excerpt) -> Reading:
        """The shipped reading, with the task that is likeliest by the mean of both logarithms of chances."""
        own = self._shipped.read(excerpt)
        text = subject(excerpt)
        if own.task_probability >= UNSURE or not text.strip():
            return own
        try:
            vector = np.asarray(self._encode([text[:READ]]), np.float32)[0]
        except Exception:  # noqa: BLE001 - whatever it is, the shipped reader has read
            return own
        scores = vector @ self._weights + self._offsets
        both = (np.array(log_chances(self._shipped.judge(text)[0])) + scores - np.logaddexp.reduce(scores)) / 2
        place = int(both.argmax())
        task = TASKS[place]
        return replace(
            own,
            task=task,
            task_probability=float(np.exp(both[place] - np.logaddexp.reduce(both))),
            output_tokens=round(own.output_tokens * OUTPUT_TOKENS[task] / OUTPUT_TOKENS[own.task]),
        )
