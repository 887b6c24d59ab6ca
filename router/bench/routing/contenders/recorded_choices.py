"""Choices that were made elsewhere, by name: a column of the table, or what an endpoint answered.

Invariant: a name counts for a model where it is that name, whatever its case, or that name with a date or version
behind it; what names no model of the table is counted, scores nothing and costs nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.outcome_table import Outcomes
from router.errors import ConfigError

NOBODY = -1
SHOWN = 5


def places_of(names: Sequence[str], models: Sequence[str]) -> NDArray[np.intp]:
    """The column of each name, `NOBODY` where it is no model."""
    plain = {model.lower(): place for place, model in enumerate(models)}
    longest = sorted(plain, key=len, reverse=True)
    known: dict[str, int] = {}

    def place(name: str) -> int:
        word = name.strip().lower()
        if word not in plain:
            dated = (
                plain[model] for model in longest if word.startswith(f"{model}-") and word[len(model) + 1].isdigit()
            )
            return next(dated, NOBODY) if word else NOBODY
        return plain[word]

    for name in set(names):
        known[name] = place(name)
    return np.array([known[name] for name in names], np.intp)


def column_choices(table: Outcomes, column: str) -> NDArray[np.intp]:
    """What a column of choices chose for each prompt; raises ConfigError where none is a model of the table."""
    if column not in table.labels:
        raise ConfigError([f"{table.name}: has no column {column!r}"])
    names = table.labels[column]
    places = places_of(names, table.models)
    if (places == NOBODY).all():
        seen = ", ".join(repr(name) for name in list(dict.fromkeys(filter(None, names)))[:SHOWN]) or "nothing"
        sentence = f"the column {column!r} names no model of the table; it holds {seen}"
        raise ConfigError([f"{table.name}: {sentence}; the models are {', '.join(table.models)}"])
    return places
