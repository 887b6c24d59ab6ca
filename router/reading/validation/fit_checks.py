"""Refuses a fit that cannot decide, because what it holds is not finite.

Invariant: what passes gives every model a finite chance on every text.
"""

from typing import Any, Protocol

import numpy as np

from router.errors import ConfigError
from router.reading.answer_lengths import AnswerLengthFit
from router.reading.irt import Chances
from router.reading.ngrams import Floats
from router.reading.ridge import Line


class _Lens(Protocol):
    """What is learned of texts alone."""

    @property
    def idf(self) -> Floats: ...
    @property
    def mean(self) -> Floats: ...
    @property
    def spread(self) -> Floats: ...


class _Fit(Protocol):
    """What a fit holds."""

    @property
    def lens(self) -> _Lens: ...
    @property
    def lines(self) -> tuple[Line, ...]: ...
    @property
    def chances(self) -> Chances: ...
    @property
    def error(self) -> float: ...
    @property
    def lengths(self) -> AnswerLengthFit | None: ...


def require_finite(fitted: _Fit) -> None:
    """Raise ConfigError where a fit holds anything that is not a finite number; it names what."""
    parts: dict[str, Any] = {
        "weights": [line.weights for line in fitted.lines],
        "intercepts": [line.intercept for line in fitted.lines],
        "abilities": fitted.chances.abilities,
        "loadings": fitted.chances.loadings,
        "slope": fitted.chances.slope,
        "error": fitted.error,
        "surface": [fitted.lens.mean, fitted.lens.spread],
        "rarities": fitted.lens.idf,
    }
    if (lengths := fitted.lengths) is not None:
        parts["lengths"] = [*lengths.line.weights, *lengths.habits.verbosity, *lengths.habits.loadings.ravel()]
    broken = [name for name, values in parts.items() if not np.isfinite(np.asarray(values)).all()]
    if broken:
        sentence = f"the fit is broken: its {', '.join(broken)} are not finite numbers"
        raise ConfigError([f"{sentence}; its table is too small, or its prompts or scores too alike"])
