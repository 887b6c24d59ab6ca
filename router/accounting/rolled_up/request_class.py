"""What requests must have in common to be booked as one, and what is summed over them.

A class holds only what receipts say and what the revision that they were decided under says, which never changes. No
contract is in it, no discount and no mean length, so sums stay right whatever is changed later, and are valued when
a report is made.

Invariant: booking the sum of a class comes to the sum of its bookings, as long as no cap binds; what would not come to
it is refused with `Unsummable`, never rounded.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from router.accounting.contracts.terms import Buyer
from router.accounting.exact_decimal import exactly
from router.accounting.savings.baselines import counterfactual_tokens
from router.accounting.savings.clustered_intervals import cluster
from router.accounting.savings.counterfactual_lengths import TOKEN, by_verbosity, most_tokens
from router.accounting.settled_request import Settled
from router.accounting.waterfall import value_at
from router.money import ZERO, price_on
from router.types import Config, Model, Task


class Unsummable(Exception):
    """A request, or the terms of some, of which a sum does not come to what the single requests come to."""


class RequestClass(NamedTuple):
    """Fields of receipts that decide how a request is booked and where it counts, see `Settled`.

    `most` is the longest answer that the asked model might have given, where another one served, else 0. `complete`
    says that the answer was not cut off. Tags stand one after another.
    """

    revision: str
    day: str
    served: str
    asked: str
    charged_by: str
    deployment: str
    policy: str
    task: Task
    ramp: str | None
    arm: str | None
    key: str | None
    team: str | None
    most: int
    complete: bool
    from_cache: bool
    tags: tuple[str, ...]

    @property
    def date(self) -> date:
        """The day, on which its prices and terms were in force."""
        return _date(self.day)

    @property
    def buyer(self) -> Buyer:
        """Who asked."""
        return Buyer(self.key, self.team, self.tags)

    @property
    def as_asked(self) -> bool:
        """Whether the asked model served."""
        return self.served == self.asked


class Sums(NamedTuple):
    """Whole numbers that are summed over a class. The `asked_` ones are what the asked model would have taken in.

    `verbose` is the output that it would have given by the catalog's verbosity, in millionths of a token.
    """

    requests: int
    choices: int
    input: int
    cached: int
    output: int
    written_5m: int
    written_1h: int
    asked_input: int
    asked_cached: int
    asked_5m: int
    asked_1h: int
    verbose: int


WIDTH = len(Sums._fields)


class Models:
    """What a revision says of models and prices, as classes need it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.by_id: dict[str, Model] = {model.id: model for model in config.models}

    def class_of(self, request: Settled) -> tuple[RequestClass, int, Sums]:
        """The class of a request, the group of its conversation, and what it adds.

        Raises Unsummable where it was charged, or cost, something else than its tokens at the day's price.
        """
        self._refuse_other_money(request)
        kind = RequestClass(
            revision=request.revision,
            day=request.day.isoformat(),
            served=request.served,
            asked=request.asked,
            charged_by=request.charged_by,
            deployment=request.deployment,
            policy=request.policy,
            task=request.task,
            ramp=request.ramp,
            arm=request.arm,
            key=request.buyer.key,
            team=request.buyer.team,
            most=0 if request.served == request.asked else most_tokens(request, self.by_id[request.asked]),
            complete=request.outcome == "ok",
            from_cache=request.from_cache,
            tags=request.buyer.tags,
        )
        return kind, cluster(request.unit), self._sums(request)

    def _sums(self, request: Settled) -> Sums:
        taken = request.input, request.cached, request.output, request.written_5m, request.written_1h
        if request.served == request.asked:
            return Sums(1, request.choices, *taken, request.input, request.cached, *taken[3:], 0)
        length = by_verbosity(request, request.asked, self.by_id)
        other = counterfactual_tokens(request, request.asked, length, self.config)
        verbose = int(length.tokens / TOKEN)
        asked = other.input, other.cached, other.written_5m, other.written_1h
        return Sums(1, request.choices, *taken, *asked, verbose)

    def _refuse_other_money(self, request: Settled) -> None:
        for said, model in ((request.charged, request.charged_by), (request.cost, request.served)):
            price = price_on(self.config.prices.get(model, ()), request.day)
            with exactly():
                if said != (ZERO if price is None else value_at(price, request.used)):
                    raise Unsummable(f"request {request.id}")


@lru_cache(maxsize=4096)
def _date(text: str) -> date:
    return date.fromisoformat(text)
