"""How long the answer of the model that did not serve would have been.

Not as long as the substitute's: models differ in how much they say. So the length is the mean of what the model
itself answered on the same kind of work: by those whom the same ramp held back (they were left out by a hash, so
they are alike), else by everybody whom it served. Where there were fewer than `LEAST` such answers, or an answer
that broke off, it is the substitute's own length, by the ratio of the two models' verbosity in the catalog. Each
length carries which of the three it is.

Invariant: a length is never taken from answers of another model but by that ratio, nor from answers that broke off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from router.accounting.savings.clustered_intervals import ClusterSums, cluster
from router.accounting.settled_request import Settled
from router.types import Model

Basis = Literal["served", "holdback", "same_model", "verbosity"]
LEAST = 20
Kind = tuple[str | None, str, str]
"""Of a ramp (None for any), a model and a task."""
TOKEN = Decimal("0.000001")
"""Lengths that are estimates have so many places."""


class Origin(NamedTuple):
    """Whose answer it is: the ramp that the request met and its arm, the model that served, and the task."""

    ramp: str | None
    arm: str | None
    served: str
    task: str


class Length(NamedTuple):
    """Output tokens, what they come from, and, where that is a mean, of which kind of answers."""

    tokens: Decimal
    basis: Basis
    kind: Kind | None = None


@dataclass(slots=True)
class _Answers:
    count: int = 0
    tokens: int = 0
    clusters: ClusterSums = field(default_factory=lambda: ClusterSums(1))

    def add(self, count: int, tokens: int, group: int) -> None:
        self.count += count
        self.tokens += tokens
        self.clusters.add(group, (tokens,), count)


class Lengths:
    """The lengths of answers that models gave themselves; first all are added, then they are asked for."""

    def __init__(self) -> None:
        self._answers: dict[Kind, _Answers] = {}
        self._means: dict[Kind, Decimal] = {}

    def add(self, request: Settled) -> None:
        """Take an answer of a model that was not put in another's place."""
        if request.outcome != "ok" or request.served != request.asked or request.from_cache:
            return
        origin = Origin(request.ramp, request.arm, request.served, request.task)
        self.add_answers(origin, request.choices, request.output, cluster(request.unit))

    def add_answers(self, origin: Origin, count: int, tokens: int, group: int) -> None:
        """Take so many answers of one group of conversations that were served as they were asked for, and not cut."""
        ramp = origin.ramp if origin.arm in ("holdback", "not_yet") else None
        for kind in {(ramp, origin.served, origin.task), (None, origin.served, origin.task)}:
            self._answers.setdefault(kind, _Answers()).add(count, tokens, group)

    def of(self, request: Settled, model: str, models: Mapping[str, Model]) -> Length:
        """The length that a model's answer would have had."""
        if model == request.served:
            return Length(Decimal(request.output), "served")
        if request.outcome == "ok" and (kind := self.kind_of(request.ramp, model, request.task)) is not None:
            return self.bounded(kind, most_tokens(request, models[model]), request.choices)
        return by_verbosity(request, model, models)

    def kind_of(self, ramp: str | None, model: str, task: str) -> Kind | None:
        """The kind of answers that there are enough of for a mean, or None."""
        for kind in ((ramp, model, task), (None, model, task)):
            answers = self._answers.get(kind)
            if answers is not None and answers.count >= LEAST:
                return kind
        return None

    def bounded(self, kind: Kind, most: int, choices: int) -> Length:
        """The mean length of such answers, for each of the `choices`, `most` tokens each at most."""
        mean = self._mean(kind)
        basis: Basis = "same_model" if kind[0] is None else "holdback"
        if mean > most:
            return Length(Decimal(most * choices), basis)
        return Length(mean * choices, basis, kind)

    def variance(self, kind: Kind) -> float:
        """The variance of a mean length, in tokens squared."""
        return self._answers[kind].clusters.mean_variance(0)

    def _mean(self, kind: Kind) -> Decimal:
        mean = self._means.get(kind)
        if mean is None:
            answers = self._answers[kind]
            mean = self._means[kind] = (Decimal(answers.tokens) / answers.count).quantize(TOKEN)
        return mean


def most_tokens(request: Settled, model: Model) -> int:
    """How long each answer of a model may be: within the client's limit and the model's."""
    return min(request.output_limit or model.max_output, model.max_output)


def by_verbosity(request: Settled, model: str, models: Mapping[str, Model]) -> Length:
    """The served length, by the ratio of the two models' verbosity in the catalog."""
    ratio = Decimal(repr(models[model].verbosity)) / Decimal(repr(models[request.served].verbosity))
    return Length((request.output * ratio).quantize(TOKEN), "verbosity")
