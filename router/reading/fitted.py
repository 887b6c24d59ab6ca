"""A reader that has learned difficulty from a person's own outcomes, over the shipped one.

Invariant: task, language and stakes are the shipped reader's; difficulty, traits and, where learned, length are the
fit's, of the same features in fitting and in serving. What the user said in the whole conversation is read, bounded,
since that is what a table of conversations is learned from; thanks alone ask for nothing and are read alone.
"""

from dataclasses import replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from router.decision.features import bounded
from router.reading.answer_lengths import LONGEST, SHORTEST
from router.reading.fit_reader import SURFACE_CLIP, SURFACE_SCALE, Fitted
from router.reading.ngrams import COLUMNS, Encode, token_columns
from router.reading.politeness import only_thanks
from router.reading.text_surface import surface
from router.types import Excerpt, Reader, Reading

Numbers = NDArray[np.float64]


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
        traits = self.traits(conversation(excerpt))
        reading = self.base.read(excerpt)
        if self._lengths is not None:
            usual = min(LONGEST, max(SHORTEST, exp(traits[-1])))
            reading = replace(reading, output_tokens=round(usual))
            traits[-1] -= self._lengths.mean
        return replace(
            reading,
            difficulty=float(-self.fitted.chances.slope * traits[0]),
            difficulty_error=self._error,
            traits=tuple(traits.tolist()),
        )

    def traits(self, text: str) -> Numbers:
        """The traits of one text, the level first, and last the usual length's logarithm where lengths were learned.

        It is what `Fitted.traits` gives, for one text and faster.
        """
        columns, counts = token_columns(text, self._encode)
        amounts = np.array([1.0 if count == 1 else 1 + log(count) for count in counts.tolist()], np.float32)
        rows = self._rows.take(columns, 0)
        length = max(float(amounts * amounts @ rows[:, 0]) ** 0.5, 1e-9)
        standard = np.maximum(np.minimum((surface(text) - self._mean) * self._per_spread, SURFACE_CLIP), -SURFACE_CLIP)
        traits: Numbers = (amounts @ rows[:, 1:]) / length + standard @ self._figures + self._starts
        return traits


def conversation(excerpt: Excerpt) -> str:
    """What the user said in all turns, bounded; where the last one only says thanks, that one."""
    if excerpt.asked and not only_thanks(excerpt.last):
        return bounded(f"{excerpt.asked}\n{excerpt.last}")
    return excerpt.last or excerpt.earlier
