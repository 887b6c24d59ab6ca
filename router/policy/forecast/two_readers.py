"""Requests that two readers read, each for one of the versions that a replay compares, in one set of columns.

Invariant: each version sees the difficulty and the traits of its own reader: the second one's difficulty is written as
the first one's and a last trait, which counts fully against each model of the second version, and not in the first.
Conditions on difficulty look at the first reader's in both.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from router.policy.replay.request_columns import Logged
from router.types import Config


def read_by_both(first: Iterable[Logged], second: Iterable[Logged], traits: int) -> Iterator[Logged]:
    """The requests of the first reader with what the second read; `traits` is how many the first one reads."""
    for (name, features, ask, situation), (_, other, _, _) in zip(first, second, strict=True):
        own = (*features.traits, *(0.0,) * (traits - len(features.traits)))
        both = (*own, *other.traits, other.difficulty - features.difficulty)
        yield name, replace(features, traits=both), ask, situation


def for_second_reader(config: Config, traits: int) -> Config:
    """A version whose models look at what the second reader read; `traits` is how many the first one reads."""
    models = tuple(
        replace(
            model,
            abilities=replace(model.abilities, loadings=(*(0.0,) * traits, *model.abilities.loadings, -1.0)),
            lengths=model.lengths and replace(model.lengths, loadings=(*(0.0,) * traits, *model.lengths.loadings)),
        )
        for model in config.models
    )
    return replace(config, models=models)
