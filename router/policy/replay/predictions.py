"""What each model would do with each request: its chance of a right answer, its tokens, its cost, its time.

Invariant: every number is made by the same operations in the same order as in `router.decision.scoring` and
`router.decision.candidates`, so that it is the same to the last bit.
"""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.decision.candidates import MOST_LONGER
from router.decision.ramp_split import arm, unit_of
from router.decision.scoring import UNABLE
from router.policy.replay.request_columns import Floats, Ints, Mask, Requests, Rows, absolute
from router.types import KINDS, Model, Ramp

MOST_ADDED = 20.0


class Tokens(NamedTuple):
    """The tokens that a model is expected to take and to give, and the room that it needs for both."""

    taken: Ints
    given: Ints
    room: Ints


class Shared:
    """What versions have in common on some requests: chances of equal abilities, tokens, and sides of equal ramps."""

    def __init__(self, requests: Requests, rows: Rows) -> None:
        self.requests = requests
        self.rows = rows
        self._chances: dict[Any, Floats] = {}
        self._tokens: dict[Any, Tokens] = {}
        self._arms: dict[Any, NDArray[np.int8]] = {}

    def chances(self, model: Model) -> Floats:
        """The chance that a model answers each of these requests rightly."""
        abilities = model.abilities
        known = (tuple(sorted(abilities.values.items())), abilities.loadings)
        chances = self._chances.get(known)
        if chances is None:
            chances = self._chances[known] = self._chances_of(model)
        return chances

    def tokens(self, model: Model, relative: Mapping[str, float]) -> Tokens:
        """The tokens of a model whose tokenizer makes so many, by language, of one token of the reference."""
        known = (tuple(relative.items()), model.verbosity, model.lengths, model.max_output)
        tokens = self._tokens.get(known)
        if tokens is None:
            tokens = self._tokens[known] = self._tokens_of(model, relative)
        return tokens

    def limited(self, model: Model, relative: Mapping[str, float], most: Ints) -> Tokens:
        """The tokens of a model where policies limit answers to so many; vectors and speech have no limit."""
        requests, rows = self.requests, self.rows
        limit = requests.output_limit[rows]
        in_words = np.array([KINDS.isdisjoint(needs) for needs in requests.needs.values], np.bool_)
        lower = (most > 0) & ((limit == 0) | (most < limit)) & in_words[requests.needs.codes[rows]]
        return _tokens(model, relative, requests, rows, np.where(lower, most, limit))

    def moves(self, ramp: Ramp, places: NDArray[np.intp]) -> Mask:
        """Whether a ramp moves the units of some of these requests, told by their places."""
        unit, key = self.requests.unit.take(self.rows), self.requests.key.take(self.rows)
        same = (ramp.name, ramp.share, ramp.holdback, ramp.unit)
        known = self._arms.setdefault(same, np.full(len(unit.is_word), -1, np.int8))
        for place in places[known[places] < 0].tolist():
            known[place] = arm(ramp, unit_of(ramp, unit.at(place), key.at(place))).arm == "moved"
        return known[places] > 0

    def part(self, places: NDArray[np.intp]) -> "Shared":
        """The same for some of these requests."""
        return _Part(self, places)

    def _chances_of(self, model: Model) -> Floats:
        requests, rows = self.requests, self.rows
        by_task = np.array([_ability(model, task) for task in requests.task.values], np.float64)
        ability = by_task[requests.task.codes[rows]]
        if requests.traits.shape[1]:
            ability = ability + _added(model.abilities.loadings, requests.traits[rows])
        return sigmoid(ability - requests.difficulty[rows])

    def _tokens_of(self, model: Model, relative: Mapping[str, float]) -> Tokens:
        return _tokens(model, relative, self.requests, self.rows, self.requests.output_limit[self.rows])


class _Part(Shared):
    def __init__(self, whole: Shared, places: NDArray[np.intp]) -> None:
        super().__init__(whole.requests, absolute(whole.rows)[places])
        self.whole, self.places = whole, places

    def _chances_of(self, model: Model) -> Floats:
        chances: Floats = self.whole.chances(model)[self.places]
        return chances

    def _tokens_of(self, model: Model, relative: Mapping[str, float]) -> Tokens:
        return Tokens(*(column[self.places] for column in self.whole.tokens(model, relative)))


def most_verbosity(model: Model) -> float:
    """The most by which an answer of a model may be longer than usual."""
    lengths = model.lengths
    if lengths is None:
        return model.verbosity
    return lengths.verbosity * (exp(MOST_LONGER) if lengths.loadings else 1)


def sigmoid(x: Floats) -> Floats:
    """The logistic function, by the same exp() as one decision: numpy's differs in the last bit."""
    values: Floats = 1 / (1 + np.fromiter(map(exp, (-x).data), np.float64, len(x)))
    return values


def _ability(model: Model, task: Any) -> float:
    return model.abilities.values.get(task, UNABLE)


def _added(loadings: tuple[float, ...], traits: Floats) -> Floats:
    added = np.zeros(len(traits))
    for loading, trait in zip(loadings, traits.T, strict=False):
        added = added + loading * trait
    return np.clip(added, -MOST_ADDED, MOST_ADDED)


def _tokens(model: Model, relative: Mapping[str, float], requests: Requests, rows: Rows, limit: Ints) -> Tokens:
    by_language = factors(relative, requests.language.values)
    taken = requests.input_tokens[rows]
    if set(by_language) != {1.0}:
        taken = np.ceil(taken * np.array(by_language)[requests.language.codes[rows]]).astype(np.int64)
    limited, capped = limit > 0, np.minimum(limit, model.max_output)
    expected = np.ceil(requests.output_tokens[rows] * _verbosity(model, requests, rows)).astype(np.int64)
    given = np.minimum(expected, np.where(limited, capped, model.max_output))
    return Tokens(taken, given, taken + np.where(limited, capped, given))


def _verbosity(model: Model, requests: Requests, rows: Rows) -> Floats | float:
    """What `router.decision.candidates.verbosity` says, for each request."""
    lengths = model.lengths
    if lengths is None:
        return model.verbosity
    if not lengths.loadings or not requests.traits.shape[1]:
        return lengths.verbosity
    traits = requests.traits[rows]
    longer = np.zeros(len(traits))
    for loading, trait in zip(lengths.loadings, traits.T, strict=False):
        longer = longer + loading * trait
    longer = np.clip(longer, -MOST_LONGER, MOST_LONGER)
    return lengths.verbosity * np.fromiter(map(exp, longer.data), np.float64, len(longer))


def factors(relative: Mapping[str, float], languages: Sequence[str]) -> list[float]:
    """How many tokens a tokenizer makes of one of the reference, for each language."""
    return [relative.get(language) or relative.get("other", 1.0) for language in languages]
