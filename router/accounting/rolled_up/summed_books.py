"""Keeps the books from sums: each class of requests is booked once, however many it has.

The sums are gone through twice, as receipts are: first for the lengths that answers had, then for the money. Classes
of several days, revisions and keys that are booked by the same terms and count in the same rows are booked as one.

Invariant: the report is that of `Books`, to the last digit; where sums can't tell, Unsummable is raised and nothing is
reported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from router.accounting.books import Books, Question
from router.accounting.exact_decimal import exactly
from router.accounting.group_names import group_names
from router.accounting.report import Report
from router.accounting.rolled_up.class_sums import ClassSums, Whole, added
from router.accounting.rolled_up.class_terms import ARM, SPLIT, ClassTerms, EachLength
from router.accounting.rolled_up.exact_spread import Scale, Spread, scale_for
from router.accounting.rolled_up.request_class import RequestClass, Sums, Unsummable
from router.accounting.savings.causal import Arm
from router.accounting.savings.clustered_intervals import CLUSTERS, ClusterSums
from router.accounting.savings.counterfactual_lengths import Length, Lengths, Origin
from router.accounting.savings.split import Split, split
from router.accounting.settled_request import Settled
from router.accounting.tally import Row, Tally
from router.errors import Unbalanced
from router.money import ZERO
from router.types import Config


class Portion(NamedTuple):
    """Sums of a stretch of time, read when they are needed. Not `reported`, they count towards caps and commitments."""

    read: Callable[[], ClassSums]
    reported: bool = True


class _Kind(NamedTuple):
    """What is booked as one: the place of its terms, the rows that it counts in, and where lengths come from."""

    reported: bool
    terms: int
    rows: tuple[str, ...]
    served: str
    asked: str
    task: str
    ramp: str | None
    arm: str | None
    most: int
    complete: bool


class _Sorted(NamedTuple):
    """Of each kind its first class and its last portion; of each portion the kinds of its classes.

    `most` is a little above the most that is summed over one group of conversations, all sums together.
    """

    classes: list[RequestClass]
    last: list[int]
    portions: list[Whole]
    most: int


class SummedBooks:
    """Makes one report; `config_of` gives the configuration of a revision."""

    def __init__(self, question: Question, current: Config, config_of: Callable[[str], Config]) -> None:
        self._lengths = Lengths()
        self._books = Books(question, current, config_of, self._lengths)
        self._terms = ClassTerms(self._books)
        self._kinds: dict[_Kind, int] = {}
        self._spreads: dict[int, tuple[ClusterSums, Spread]] = {}

    def report(self, portions: Sequence[Portion], unanswered: int) -> Report:
        """The report on all portions; raises Unsummable."""
        found = self._sorted(portions)
        kinds = [(kind, self._length(kind)) for kind in self._kinds]
        with exactly():
            try:
                scale = scale_for([self._terms.rates(kind.terms, length) for kind, length in kinds], found.most)
                for place, groups, rows in _gathered(portions, found):
                    self._book(kinds[place], found.classes[place], groups, rows, scale)
            except Unbalanced as error:
                raise Unsummable(error.message) from error
            self._refuse_reached_caps()
            for clusters, spread in self._spreads.values():
                for group, requests, values in spread.groups():
                    clusters.add(group, values, requests)
        return self._books.report(unanswered)

    def _sorted(self, portions: Sequence[Portion]) -> _Sorted:
        classes: list[RequestClass] = []
        last: list[int] = []
        places = []
        counts = np.zeros(CLUSTERS)
        for number, portion in enumerate(portions):
            sums = portion.read()
            counts += np.bincount(sums.group, sums.sums.sum(axis=1, dtype=np.float64), CLUSTERS)
            if portion.reported:
                self._add_lengths(sums)
            of = np.zeros(len(sums.classes), np.int64)
            for at, kind in enumerate(sums.classes):
                of[at] = place = self._kinds.setdefault(self._kind(kind, portion.reported), len(self._kinds))
                if place == len(classes):
                    classes.append(kind)
                    last.append(number)
                last[place] = number
            places.append(of)
        return _Sorted(classes, last, places, int(counts.max() * 1.001) + 1)

    def _kind(self, kind: RequestClass, reported: bool) -> _Kind:
        place = self._terms.place(kind)
        rows: tuple[str, ...] = ()
        if reported:
            self._books.saw(kind.date)
            owner = self._terms.sides[place].supply.owner
            rows = tuple(group_names(_request(kind), owner, self._books.question.by))
        return _Kind(
            reported=reported,
            terms=place,
            rows=rows,
            served=kind.served,
            asked=kind.asked,
            task=kind.task,
            ramp=kind.ramp,
            arm=kind.arm,
            most=kind.most,
            complete=kind.complete,
        )

    def _add_lengths(self, sums: ClassSums) -> None:
        choices, output = Sums._fields.index("choices"), Sums._fields.index("output")
        given = np.array([k.complete and k.as_asked and not k.from_cache for k in sums.classes], bool)
        rows = np.flatnonzero(given[sums.of_class]) if len(given) else np.zeros(0, np.int64)
        places: dict[Origin, int] = {}
        alike = [places.setdefault(Origin(k.ramp, k.arm, k.served, k.task), len(places)) for k in sums.classes]
        origins = list(places)
        codes = np.array(alike, np.int64)[sums.of_class[rows]] * CLUSTERS + sums.group[rows]
        codes, answers = added(codes, sums.sums[rows][:, [choices, output]])
        for code, (count, tokens) in zip(codes.tolist(), answers.tolist(), strict=True):
            self._lengths.add_answers(origins[code // CLUSTERS], count, tokens, code % CLUSTERS)

    def _length(self, kind: _Kind) -> EachLength:
        if kind.served == kind.asked:
            return EachLength(Length(ZERO, "served"))
        of = self._lengths.kind_of(kind.ramp, kind.asked, kind.task) if kind.complete else None
        return EachLength(Length(ZERO, "verbosity") if of is None else self._lengths.bounded(of, kind.most, 1))

    def _book(self, of: tuple[_Kind, EachLength], like: RequestClass, groups: Whole, rows: Whole, scale: Scale) -> None:
        (kind, each), sums = of, Sums(*rows.sum(axis=0).tolist())
        sides = self._terms.sides[kind.terms]
        length = each.of(sums)
        served, otherwise = sides.book(sums, length.tokens, self._books)
        slope: Split | None = None
        if length.kind is not None:
            slope = split("", otherwise, sides.book_asked(sums, length.tokens + 1, self._books))
        row = Row(
            request=_request(like, sums, sides.cost(sums)),
            cluster=None,
            served=served,
            otherwise=otherwise,
            split=split("", served, otherwise),
            length=length,
            slope=slope,
            requests=sums.requests,
        )
        self._books.served.keep(served)
        self._books.otherwise.keep(otherwise)
        if kind.reported:
            cut = scale.cut(self._terms.rates(kind.terms, each))
            self._spread(row, groups, rows[:, 0], scale.valued(cut, rows), scale)

    def _spread(self, row: Row, groups: Whole, requests: Whole, pieces: Whole, scale: Scale) -> None:
        tallies, arm = self._books.count(row)
        for clusters, figures in _clusters(tallies, arm):
            if id(clusters) not in self._spreads:
                width = pieces[:, figures].shape[1]
                self._spreads[id(clusters)] = clusters, Spread(scale, width)
            self._spreads[id(clusters)][1].add(groups, requests, pieces[:, figures])

    def _refuse_reached_caps(self) -> None:
        for world in (self._books.served, self._books.otherwise):
            for term, used in world.shares.items():
                if used > self._terms.limits.get(term, used):
                    raise Unsummable(f"the cap of {term[1]} is reached")


def _gathered(portions: Sequence[Portion], found: _Sorted) -> Iterator[tuple[int, Whole, Whole]]:
    """Of each kind its groups of conversations, each once, with their sums, as soon as no later portion has it."""
    waiting: defaultdict[int, list[tuple[Whole, Whole]]] = defaultdict(list)
    for number, portion in enumerate(portions):
        sums = portion.read()
        if not len(sums.group):
            continue
        codes, rows = added(found.portions[number][sums.of_class] * CLUSTERS + sums.group, sums.sums)
        kinds = codes // CLUSTERS
        starts = np.flatnonzero(np.r_[True, kinds[1:] != kinds[:-1]]).tolist()
        for start, end in zip(starts, [*starts[1:], len(kinds)], strict=True):
            place = int(kinds[start])
            waiting[place].append((codes[start:end] % CLUSTERS, rows[start:end]))
            if found.last[place] == number:
                parts = waiting.pop(place)
                groups, of_groups = (np.concatenate(each) for each in zip(*parts, strict=True))
                yield place, *(added(groups, of_groups) if len(parts) > 1 else (groups, of_groups))


def _clusters(tallies: Sequence[Tally], arm: Arm | None) -> Iterator[tuple[ClusterSums, slice]]:
    for tally in tallies:
        yield tally.clusters, SPLIT
    if arm is not None:
        yield arm.clusters, ARM


def _request(kind: RequestClass, sums: Sums | None = None, cost: Decimal = ZERO) -> Settled:
    """A class as one request that took the sums of all, for what books look at."""
    taken = sums or Sums(*[0] * len(Sums._fields))
    return Settled(
        id="",
        day=kind.date,
        revision=kind.revision,
        served=kind.served,
        asked=kind.asked,
        charged_by=kind.charged_by,
        outcome="ok" if kind.complete else "",
        task=kind.task,
        language="",
        input=taken.input,
        cached=taken.cached,
        output=taken.output,
        choices=taken.choices,
        output_limit=0,
        charged=ZERO,
        cost=cost,
        ramp=kind.ramp,
        arm=kind.arm,
        unit="",
        buyer=kind.buyer,
        candidates=(),
        deployment=kind.deployment,
        written_5m=taken.written_5m,
        written_1h=taken.written_1h,
        policy=kind.policy,
        from_cache=kind.from_cache,
    )
