"""A reader that has learned difficulty from a person's own outcomes, over the shipped one.

Invariant: task, language and stakes are the shipped reader's; difficulty, traits and, where learned, length are the
fit's, of the same features in fitting and in serving. What the user said in the whole conversation is read, bounded,
since that is what a table of conversations is learned from; thanks alone ask for nothing and are read alone.
"""

from math import exp

import numpy as np
from numpy.typing import NDArray

from router.decision.features import bounded
from router.reading.answer_lengths import LONGEST, SHORTEST
from router.reading.fit_reader import SURFACE_CLIP, SURFACE_SCALE, Fitted
from router.reading.ngrams import COLUMNS, MOST, Encode, token_columns
from router.reading.politeness import only_thanks
from router.reading.text_surface import surface
from router.types import Excerpt, Reader, Reading

Numbers = NDArray[np.float64]
# What a column counts that occurs so often, by that number; a text has no more tokens than bytes.
_AMOUNTS = (1 + np.log(np.maximum(np.arange(4 * MOST + 1), 1))).astype(np.float32)


class FittedReader:
    """The reader that `fungible serve --reader DIR` uses; `encode` makes tokens as it did in fitting."""

    name = "fitted-2"

    def __init__(self, base: Reader, fitted: Fitted, encode: Encode) -> None:
        self.base, self.fitted = base, fitted
        self._encode = encode
        self._lengths = fitted.lengths
        lines = fitted.lines if fitted.lengths is None else (*fitted.lines, fitted.lengths.line)
        lens, weights = fitted.lens, np.stack([line.weights for line in lines], axis=1)
        # One row for each column of a text: the square of its rarity, then what it adds to each trait.
        self._rows = np.column_stack([lens.idf**2, lens.idf[:, None] * weights[:COLUMNS]]).astype(np.float32)
        self._figures = SURFACE_SCALE * weights[COLUMNS:]
        self._starts = np.array([line.intercept for line in lines])
        self._mean, self._per_spread = lens.mean, 1 / lens.spread
        self._error = fitted.error

    def read(self, excerpt: Excerpt) -> Reading:
        """Read what a user said, bounded."""
        traits = self.traits(conversation(excerpt)).tolist()
        reading = self.base.read(excerpt)
        output_tokens = reading.output_tokens
        if self._lengths is not None:
            output_tokens = round(min(LONGEST, max(SHORTEST, exp(traits[-1]))))
            traits[-1] -= self._lengths.mean
        return Reading(
            task=reading.task,
            task_probability=reading.task_probability,
            difficulty=-self.fitted.chances.slope * traits[0],
            difficulty_error=self._error,
            language=reading.language,
            output_tokens=output_tokens,
            traits=tuple(traits),
            stakes=reading.stakes,
        )

    def traits(self, text: str) -> Numbers:
        """The traits of one text, the level first, and last the usual length's logarithm where lengths were learned.

        It is what `Fitted.traits` gives, for one text and faster.
        """
        columns, counts = token_columns(text, self._encode)
        amounts = _AMOUNTS.take(counts)
        rows = self._rows.take(columns, 0)
        length = max(float(amounts * amounts @ rows[:, 0]) ** 0.5, 1e-9)
        standard = (surface(text) - self._mean) * self._per_spread
        np.minimum(standard, SURFACE_CLIP, out=standard)
        np.maximum(standard, -SURFACE_CLIP, out=standard)
        traits: Numbers = (amounts @ rows[:, 1:]) / length + standard @ self._figures + self._starts
        return traits


def conversation(excerpt: Excerpt) -> str:
    """What the user said in all turns, bounded; where the last one only says thanks, that one."""
    if excerpt.asked and not only_thanks(excerpt.last):
        return bounded(f"{excerpt.asked}\n{excerpt.last}")
    return excerpt.last or excerpt.earlier
