"""A reader that has learned difficulty from a person's own outcomes, over the shipped one.

Invariant: task, language, stakes and length of answer are the shipped reader's; difficulty and traits are the fit's,
on the same bounded text in fitting and in serving. A short turn is read with what came before it.
"""

from dataclasses import dataclass, replace

import numpy as np

from router.reading.fit_reader import Fitted, Texts
from router.reading.learned import subject
from router.reading.ngrams import counted
from router.reading.text_surface import surface
from router.types import TASKS, Excerpt, Reader, Reading


@dataclass(frozen=True, slots=True)
class FittedReader:
    """The reader that `fungible serve --reader DIR` uses."""

    base: Reader
    fitted: Fitted
    name: str = "fitted-1"

    def read(self, excerpt: Excerpt) -> Reading:
        """Read a bounded text."""
        reading = self.base.read(excerpt)
        words = subject(excerpt) or excerpt.earlier
        task = np.array([TASKS.index(reading.task)], np.intp)
        texts = Texts(counted([words]), np.array([surface(words)]), task, np.zeros(1, np.int64))
        traits = self.fitted.traits(texts)
        return replace(
            reading,
            difficulty=float(self.fitted.chances.difficulty(traits)[0]),
            difficulty_error=self.fitted.error,
            traits=tuple(traits[0].tolist()),
        )
