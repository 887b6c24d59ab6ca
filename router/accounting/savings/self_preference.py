"""Self-preference: does routing favour the platform's own models beyond what price and predicted quality explain?

Each logged request is decided again by `decide()`: as it was, then with ramps off, without preferences, and without
lists of allowed models, each on top of the one before. At the end no owner's name is known, and what still goes to
the platform's models goes there for its price and predicted quality under the same band, floors, guards and consent.
Money is what was predicted, under the contracts, with caps aside.

Invariant: a request whose choice does not come out as it was logged is counted apart and enters no figure.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from router.accounting.contracts.terms import Buyer, Footing, Terms
from router.accounting.exact_decimal import exactly, quotient
from router.accounting.savings.clustered_intervals import ClusterSums, Estimate, cluster, estimate
from router.accounting.savings.owner_blind_config import STEPS, hidden
from router.accounting.waterfall import Tokens, book
from router.decision.candidates import expected_input, expected_output
from router.decision.decide import decide
from router.errors import RouterError
from router.money import ZERO, cost
from router.types import Config, Decision, Receipt

Verdict = Literal["favours", "disfavours", "neutral", "too_few"]
Measure = Literal["own", "paid", "margin", "quality"]
MEASURES: tuple[Measure, ...] = ("own", "paid", "margin", "quality")
REVISIONS = 64


class Standing(NamedTuple):
    """A kind of work. `shares` of the platform's models: as decided, then after each step of hiding.

    `differences` are means per request, as decided less with owners hidden: of the share, of what the customer pays and
    of the margin in micro-dollars, and of predicted quality.
    """

    name: str
    requests: int
    shares: tuple[float, ...]
    differences: Mapping[Measure, Estimate]
    verdict: Verdict


class SelfPreference(NamedTuple):
    """The whole of it; `irreproducible` requests came out otherwise than they were logged."""

    platform: str
    steps: tuple[str, ...]
    total: Standing
    tasks: tuple[Standing, ...]
    irreproducible: int


class _Choice(NamedTuple):
    own: Decimal
    paid: Decimal
    margin: Decimal
    quality: Decimal


class _Sums:
    def __init__(self) -> None:
        self.requests = 0
        self.own_counts = [0] * (1 + len(STEPS))
        self.sums = [ZERO] * len(MEASURES)
        self.clusters = ClusterSums(len(MEASURES))

    def add(self, group: int, owns: list[bool], differences: list[Decimal]) -> None:
        self.requests += 1
        self.own_counts = [count + own for count, own in zip(self.own_counts, owns, strict=True)]
        self.sums = [total + difference for total, difference in zip(self.sums, differences, strict=True)]
        self.clusters.add(group, differences)

    def standing(self, name: str) -> Standing:
        requests = max(1, self.requests)
        estimates = {measure: self._mean(place, requests) for place, measure in enumerate(MEASURES)}
        shares = tuple(count / requests for count in self.own_counts)
        return Standing(name, self.requests, shares, estimates, _verdict(estimates["own"]))

    def _mean(self, place: int, requests: int) -> Estimate:
        mean = quotient(self.sums[place], Decimal(requests))
        return estimate(mean, self.clusters.mean_variance(place), len(self.clusters))


class Preferences:
    """Takes requests one after another; `config_of` gives the configuration of a revision."""

    def __init__(self, platform: str, current: Config, config_of: Callable[[str], Config]) -> None:
        self.platform = platform
        self._current = current
        self._versions = lru_cache(REVISIONS)(lambda revision: hidden(config_of(revision)))
        self._terms = lru_cache(REVISIONS)(self._terms_of)
        self._total = _Sums()
        self._tasks: dict[str, _Sums] = {}
        self._footings: set[Footing] = set()
        self._irreproducible = 0

    def add(self, receipt: Receipt) -> None:
        """Take a request."""
        versions = self._versions(receipt.decision.revision)
        decisions = self._decide(receipt, versions)
        if decisions is None or decisions[0].chosen != receipt.decision.chosen:
            self._irreproducible += 1
            return
        first, last = (self._choice(receipt, decision) for decision in (decisions[0], decisions[-1]))
        owns = [decision.candidate(decision.chosen).owner == self.platform for decision in decisions]
        with exactly():
            differences = [now - then for now, then in zip(first, last, strict=True)]
            for sums in (self._total, self._tasks.setdefault(receipt.features.task, _Sums())):
                sums.add(cluster(receipt.ask.unit), owns, differences)

    def result(self) -> SelfPreference:
        """The report on everything that was added; the tasks with the most requests first."""
        with exactly():
            tasks = [sums.standing(name) for name, sums in self._tasks.items()]
            total = self._total.standing("all")
        ordered = tuple(sorted(tasks, key=lambda standing: (-standing.requests, standing.name)))
        return SelfPreference(self.platform, tuple(STEPS), total, ordered, self._irreproducible)

    def _decide(self, receipt: Receipt, versions: tuple[Config, ...]) -> list[Decision] | None:
        decisions: list[Decision] = []
        try:
            for place, config in enumerate(versions):
                again = decisions[-1] if place and config is versions[place - 1] else None
                decisions.append(again or decide(receipt.features, receipt.ask, receipt.situation, config))
        except RouterError:
            return None
        return decisions

    def _choice(self, receipt: Receipt, decision: Decision) -> _Choice:
        """What a decision would come to, as predicted."""
        candidate = decision.candidate(decision.chosen)
        terms, config = self._terms(receipt.decision.revision)
        features, caller, day = receipt.features, receipt.ask.caller, receipt.situation.day
        buyer = Buyer(caller.key, caller.team, caller.tags)
        asked = receipt.ask.model or decision.baseline
        sale = terms.sale(asked if decision.charge == "asked" else decision.chosen, day, buyer)
        supply = terms.supply(decision.chosen, day, buyer)
        model = terms.models[decision.chosen]
        taken, given = expected_input(model, features, config), expected_output(model, features) * features.choices
        listed = cost(sale.price, taken, given) if sale.price else ZERO
        with exactly():
            booked = book(sale, supply, Tokens(taken, 0, Decimal(given)), listed, listed, {})
        own = Decimal(candidate.owner == self.platform)
        return _Choice(own, booked.paid, booked.waterfall.contribution, Decimal(repr(candidate.quality)))

    def _terms_of(self, revision: str) -> tuple[Terms, Config]:
        config = self._versions(revision)[0]
        return Terms(config, self._current, self._footings), config


def _verdict(own: Estimate) -> Verdict:
    if own.low is None or own.high is None:
        return "too_few"
    return "favours" if own.low > 0 else "disfavours" if own.high < 0 else "neutral"
