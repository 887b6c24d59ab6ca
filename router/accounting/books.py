"""Sums every request, as served and in the counterfactual, by model, team, day or whatever else is asked.

Invariant: a fold: the same requests under the same contracts give the same report; requests before the time that is
reported count towards caps and commitments and towards nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from router.accounting.contracts.alerts import alerts
from router.accounting.contracts.concentration import MEASURES, Owners, index
from router.accounting.contracts.obligations import Days, caps, commitments
from router.accounting.contracts.terms import Footing, Sale, Supply, Terms
from router.accounting.exact_decimal import exactly
from router.accounting.group_names import group_names
from router.accounting.report import By, Report
from router.accounting.running_totals import World
from router.accounting.savings.baselines import Baseline, counterfactual_tokens
from router.accounting.savings.causal import Arm, Experiment
from router.accounting.savings.clustered_intervals import cluster
from router.accounting.savings.counterfactual_lengths import Length, Lengths
from router.accounting.savings.split import Split, split
from router.accounting.settled_request import Settled
from router.accounting.tally import Row, Tally
from router.accounting.waterfall import Booked, Tokens, value_at
from router.money import ZERO
from router.types import Config, Price

REVISIONS = 64
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Question:
    """The question a report answers: grouping, baseline, and the half-open span of time."""

    by: By
    baseline: Baseline
    since: datetime | None
    until: datetime | None
    today: date


class Books:
    """Requests are entered one after another; `config_of` gives the configuration of a revision."""

    def __init__(
        self, question: Question, current: Config, config_of: Callable[[str], Config], lengths: Lengths
    ) -> None:
        self.question = question
        self.lengths = lengths
        self._current = current
        self.config_of = lru_cache(REVISIONS)(config_of)
        self._footings: set[Footing] = set()
        self.terms_of = lru_cache(REVISIONS)(self._terms)
        self.served, self.otherwise = World(), World()
        self._total = Tally()
        self._groups: dict[str, Tally] = {}
        self._owners = Owners()
        self._experiments: dict[str, Experiment] = {}
        self._incapable = 0
        self._days: tuple[date, date] | None = None

    def enter(self, request: Settled, *, reported: bool = True) -> None:
        """Add the next request; raises Unbalanced. Not `reported`, it counts towards caps and commitments only."""
        terms = self.terms_of(request.revision)
        model = self.question.baseline.of(request)
        length = self.lengths.of(request, model or request.served, terms.models)
        taken = counterfactual_tokens(request, model or request.served, length, self.config_of(request.revision))
        sale = terms.sale(request.charged_by, request.day, request.buyer)
        supply = terms.supply(request.served, request.day, request.buyer, request.deployment)
        other = (
            (terms.sale(model, request.day, request.buyer), _supply_of(model, request, terms))
            if model
            else (sale, supply)
        )
        tokens = request.used
        listed = listed_value(sale.price, tokens)
        with exactly():
            served = self.served.book(sale, supply, tokens, listed, request.charged)
            # An answer that was given again took nothing, so a call of the same model is another world.
            same = None if request.from_cache else (sale, served.supply)
            otherwise, slope = self._book_otherwise(served, same, taken, length, other)
            row = Row(
                request, cluster(request.unit), served, otherwise, split(request.id, served, otherwise), length, slope
            )
            self.served.keep(served)
            self.otherwise.keep(otherwise)
            if reported:
                self._incapable += model is None
                self.count(row)

    def _book_otherwise(
        self,
        served: Booked,
        same: tuple[Sale, Supply] | None,
        tokens: Tokens,
        length: Length,
        other: tuple[Sale, Supply],
    ) -> tuple[Booked, Split | None]:
        """The counterfactual, and what one more token of an estimated length changes in the split.

        `same` are the terms as served, where the tokens are what they would have been under these.
        """
        if other == same and not served.supply.capped:
            return served, None
        world, (sale, supply) = self.otherwise, other
        if other == same:
            listed = served.waterfall.list_value
            return world.book(sale, supply, tokens, listed, listed), None
        listed = listed_value(sale.price, tokens)
        booked = world.book(sale, supply, tokens, listed, listed)
        if length.kind is None:
            return booked, None
        longer = tokens._replace(output=tokens.output + 1)
        listed = listed_value(sale.price, longer)
        more = world.book(sale, supply, longer, listed, listed)
        return booked, split("", booked, more)

    def count(self, row: Row) -> tuple[list[Tally], Arm | None]:
        """Count a request, or a sum of some, in the report, inside `exactly()`; gives the sums that it counts in."""
        request = row.request
        self.saw(request.day)
        self._owners.add(row)
        names = group_names(request, row.served.supply.owner, self.question.by)
        tallies = [self._total, *(self._groups.setdefault(name, Tally()) for name in names)]
        arm = None
        # What was given again says nothing of the models that a ramp compares.
        if request.ramp is not None and not request.from_cache:
            modelled = self.question.baseline.name == "asked"
            trial = self._experiments.setdefault(request.ramp, Experiment(request.ramp, modelled=modelled))
            arm = trial.add(row)
            tallies += [trial.modelled] if arm is trial.moved else []
        for tally in tallies:
            tally.add(row)
        return tallies, arm

    def saw(self, day: date) -> None:
        """Note that the report has a request of that day."""
        first, last = self._days or (day, day)
        self._days = min(first, day), max(last, day)

    def report(self, unanswered: int = 0) -> Report:
        """The report on everything entered; `unanswered` is how many requests had no answer."""
        question, contracts = self.question, self._current.contracts
        owners = self._owners.parts()
        days = self._reported_days()
        with exactly():
            capped = caps(contracts, days, self.served.shares, self.otherwise.shares)
            committed = commitments(contracts, days, self.served.commitments, self.otherwise.commitments)
            groups = [tally.group(name, self.lengths) for name, tally in self._groups.items()]
            total = self._total.group("all", self.lengths)
            trials = tuple(self._experiments[name].trial(self.lengths) for name in sorted(self._experiments))
        ordered = sorted(
            groups, key=lambda group: group.name if question.by == "day" else (-group.requests, group.name)
        )
        return Report(
            by=question.by,
            baseline=question.baseline,
            since=question.since,
            until=question.until,
            days=self._days,
            platform=contracts.platform,
            unanswered=unanswered,
            incapable=self._incapable,
            total=total,
            groups=tuple(ordered),
            owners=owners,
            concentration={measure: index(owners, measure) for measure in MEASURES},
            trials=trials,
            caps=tuple(capped),
            commitments=tuple(committed),
            alerts=alerts(capped, committed, owners, contracts.limits),
            footings=tuple(sorted(self._footings)),
        )

    def _reported_days(self) -> Days:
        """From the first day that is asked for, or found, to the last that has begun."""
        today, since, until = self.question.today, self.question.since, self.question.until
        past = until is not None and until.date() <= today
        last = (until - _TICK).date() if until and past else today
        first = since.date() if since else self._days[0] if self._days else last
        return Days(min(first, last), last, until.date() if until and past else today)

    def _terms(self, revision: str) -> Terms:
        return Terms(self.config_of(revision), self._current, self._footings)


def listed_value(price: Price | None, tokens: Tokens) -> Decimal:
    """The list value of tokens, exact, an estimated length included."""
    return ZERO if price is None else value_at(price, tokens)


def _supply_of(model: str, request: Settled, terms: Terms) -> Supply:
    """What it takes to serve the model of the counterfactual: where it did serve, there."""
    return terms.supply(model, request.day, request.buyer, request.deployment if model == request.served else None)
