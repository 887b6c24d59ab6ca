"""Makes contenders over one table out of what was named, all on the same prompts.

Invariant: every contender is a router over the same rows, so that differences are paired; an endpoint is asked once.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.contenders.endpoint_choices import EndpointChoices
from router.bench.routing.contenders.recorded_choices import column_choices, places_of
from router.bench.routing.contenders.wanted import Wanted
from router.bench.routing.deciding import Deciding
from router.bench.routing.frontier import Router, chosen, constant, learned, oracle, random_mix, thresholds
from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.readers.given_reader import Given, read_prompt
from router.errors import BadRequest
from router.reading.fit_reader import Texts
from router.types import Reader

Picks = NDArray[np.intp]
Answers = Callable[[Sequence[str]], Sequence[Hashable]]


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that decides, over the rows of a table that every model scored.

    `need` is how much each prompt of the table needs the strong model, where the contender says that; `answers` are its
    choices for any texts, where it can be asked for more than is in the table.
    """

    wanted: Wanted
    router: Router
    need: Array | None = None
    answers: Answers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A table ready for contenders: its whole rows with their scores and costs, and what was learned of its prompts."""

    table: Outcomes
    whole: NDArray[np.bool_]
    costs: Array
    pair: tuple[str, str]
    texts: Texts
    difficulty: Array
    reader: Reader
    chances: Array | None = None
    deciding: Deciding | None = None
    readers: Mapping[str, Given] = field(default_factory=dict)
    endpoints: Mapping[str, EndpointChoices] = field(default_factory=dict)

    @property
    def scores(self) -> Array:
        """The scores of the whole rows."""
        return self.table.scores[self.whole]

    @property
    def places(self) -> tuple[int, int]:
        """The places of the weak and of the strong model."""
        strong, weak = (self.table.models.index(name) for name in self.pair)
        return weak, strong

    @property
    def prompts(self) -> list[str]:
        """The prompts of the whole rows."""
        return [self.table.prompts[row] for row in np.flatnonzero(self.whole)]

    def contender(self, wanted: Wanted) -> Contender:
        """What was named, over this table; raises BadRequest and ConfigError."""
        return _MAKERS[wanted.kind](self, wanted)

    def need_of(self, picks: Picks) -> Array | None:
        """How much a prompt needs the strong model by who was chosen; None where others than the two were chosen."""
        weak, strong = self.places
        if not np.isin(picks, (weak, strong)).all():
            return None
        need = np.zeros(len(self.table.prompts))
        need[self.whole] = picks == strong
        return need


def _by_need(at: Field, wanted: Wanted, regime: str, need: Array) -> Router:
    return thresholds(wanted.label, regime, need[at.whole], at.scores, at.costs, at.places)


def _random(at: Field, wanted: Wanted) -> Contender:
    return Contender(wanted, random_mix(at.scores, at.costs))


def _length(at: Field, wanted: Wanted) -> Contender:
    need = np.array([float(len(prompt)) for prompt in at.table.prompts])
    middle = float(np.median(need))
    return Contender(
        wanted, _by_need(at, wanted, "none", need), need, lambda texts: [len(text) > middle for text in texts]
    )


def _shipped(at: Field, wanted: Wanted) -> Contender:
    router = _by_need(at, wanted, "as shipped", at.difficulty)
    return Contender(wanted, router, at.difficulty, _sides(at.reader, at.difficulty))


def _sides(reader: Reader, difficulty: Array) -> Answers:
    """On which side of the middle of a table's prompts a reader finds each text."""
    middle = float(np.median(difficulty))
    return lambda texts: [read_prompt(reader, text).difficulty > middle for text in texts]


def _fit(at: Field, wanted: Wanted) -> Contender:
    assert at.chances is not None  # noqa: S101 - learned whenever it is asked for
    weak, strong = at.places
    router = learned("fit", "in-domain", at.chances[at.whole], at.scores, at.costs, at.table.models)
    return Contender(wanted, router, at.chances[:, strong] - at.chances[:, weak])


def _reader(at: Field, wanted: Wanted) -> Contender:
    given = at.readers[wanted.name]
    answers = _sides(given.reader, given.difficulty(at.texts))
    regime = given.regime(at.table)
    if (chances := given.chances(at.texts, at.table.models)) is not None:
        weak, strong = at.places
        router = learned(wanted.label, regime, chances[at.whole], at.scores, at.costs, at.table.models)
        return Contender(wanted, router, chances[:, strong] - chances[:, weak], answers)
    known = given.chances(at.texts, at.pair)
    need = given.difficulty(at.texts) if known is None else known[:, 0] - known[:, 1]
    return Contender(wanted, _by_need(at, wanted, regime, need), need, answers)


def _oracle(at: Field, wanted: Wanted) -> Contender:
    return Contender(wanted, oracle(at.scores, at.costs))


def _hull(at: Field, wanted: Wanted) -> Contender:
    return Contender(wanted, constant(wanted.label, range(len(at.table.models)), at.scores, at.costs))


def _model(at: Field, wanted: Wanted) -> Contender:
    at.table.column(wanted.name)
    place = at.table.models.index(wanted.name)
    return Contender(wanted, constant(wanted.label, [place], at.scores, at.costs))


def _policy(at: Field, wanted: Wanted) -> Contender:
    if (deciding := at.deciding) is None:
        raise BadRequest(f"--compare policy:{wanted.name} needs a configuration.")
    picks, models = deciding.picks(wanted.name, at.prompts, at.table.models), at.table.models
    return _of_picks(
        at, wanted, deciding.regime, picks, lambda texts: deciding.picks(wanted.name, texts, models).tolist()
    )


def _column(at: Field, wanted: Wanted) -> Contender:
    return _of_picks(at, wanted, "as recorded", column_choices(at.table, wanted.name)[at.whole])


def _url(at: Field, wanted: Wanted) -> Contender:
    endpoint, models = at.endpoints[wanted.name], at.table.models
    picks = places_of(endpoint.choose(at.prompts), models)
    return _of_picks(at, wanted, "as served", picks, lambda texts: places_of(endpoint.choose(texts), models).tolist())


def _of_picks(at: Field, wanted: Wanted, regime: str, picks: Picks, answers: Answers | None = None) -> Contender:
    lacking = "refused" if wanted.kind == "policy" else "not of the table"
    router = chosen(wanted.label, regime, picks, at.scores, at.costs, lacking)
    return Contender(wanted, router, at.need_of(picks), answers)


_MAKERS: dict[str, Callable[[Field, Wanted], Contender]] = {
    "random": _random,
    "length": _length,
    "shipped": _shipped,
    "fit": _fit,
    "reader": _reader,
    "oracle": _oracle,
    "hull": _hull,
    "model": _model,
    "policy": _policy,
    "column": _column,
    "url": _url,
}
