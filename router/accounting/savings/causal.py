"""The causal effect of a ramp: the moved arm compared with the holdback, which a hash kept from moving.

The modelled saving compares each moved request with a counterfactual that is worked out; this compares it with
requests that really went the other way. Both arms are taken as they were assigned, whatever model answered in the
end.

Invariant: where an arm has too few conversations there is no interval, and the report says so.
"""

from decimal import Decimal
from typing import Literal, NamedTuple

from router.accounting.exact_decimal import quotient
from router.accounting.savings.clustered_intervals import LEAST_CLUSTERS, ClusterSums, Estimate, estimate
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.tally import Row, Tally
from router.money import ZERO

Figure = Literal["customer", "platform", "list_cost"]
FIGURES: tuple[Figure, ...] = ("customer", "platform", "list_cost")


class Comparison(NamedTuple):
    """One figure per moved request, in micro-dollars, as modelled and as seen; None where there is nothing to see.

    Of `customer` and `list_cost` what is saved, of `platform` what is gained. Of list cost there is no modelled figure.
    """

    figure: Figure
    modelled: Estimate | None
    causal: Estimate | None


class Trial(NamedTuple):
    """A ramp with the requests of both arms; `enough` says whether each has the conversations for an interval."""

    ramp: str
    moved: int
    holdback: int
    enough: bool
    comparisons: tuple[Comparison, ...]


class Arm:
    """The requests of one side of a ramp."""

    def __init__(self) -> None:
        self.requests = 0
        self.sums = dict.fromkeys(FIGURES, ZERO)
        self.clusters = ClusterSums(len(FIGURES))

    def add(self, row: Row) -> None:
        """Take a request, or a sum of some; call it inside `exactly()`."""
        figures = row.served.paid, row.served.waterfall.contribution, row.request.cost
        self.requests += row.requests
        if row.cluster is not None:
            self.clusters.add(row.cluster, figures)
        for name, value in zip(FIGURES, figures, strict=True):
            self.sums[name] += value

    @property
    def conversations(self) -> int:
        """Groups of conversations."""
        return len(self.clusters)

    def variance(self, figure: Figure) -> float:
        """The variance of a mean per request."""
        return self.clusters.mean_variance(FIGURES.index(figure))


class Experiment:
    """Both arms of one ramp; `modelled` says whether the counterfactual is the model that the ramp moves away from."""

    def __init__(self, ramp: str, *, modelled: bool) -> None:
        self.ramp = ramp
        self._has_model = modelled
        self.moved, self.holdback = Arm(), Arm()
        self.modelled = Tally()

    def add(self, row: Row) -> Arm | None:
        """Take a request, or a sum of some, inside `exactly()`; gives the arm that it belongs to, if to one of both.

        What the moved ones come to in the model is left to the caller to add to `modelled`.
        """
        arm = {"moved": self.moved, "holdback": self.holdback}.get(row.request.arm or "")
        if arm is not None:
            arm.add(row)
        return arm

    def trial(self, lengths: Lengths) -> Trial:
        """The comparison."""
        least = min(self.moved.conversations, self.holdback.conversations)
        modelled = self.modelled.estimates(lengths) if self._has_model else {}
        comparisons = tuple(
            Comparison(name, _each(modelled.get(name), self.moved.requests), self._seen(name, least))
            for name in FIGURES
        )
        return Trial(self.ramp, self.moved.requests, self.holdback.requests, least >= LEAST_CLUSTERS, comparisons)

    def _seen(self, figure: Figure, least: int) -> Estimate | None:
        if not least:
            return None
        means = [quotient(arm.sums[figure], Decimal(arm.requests)) for arm in (self.moved, self.holdback)]
        moved, held = means
        value = moved - held if figure == "platform" else held - moved
        return estimate(value, self.moved.variance(figure) + self.holdback.variance(figure), least)


def _each(total: Estimate | None, requests: int) -> Estimate | None:
    """A total as a mean per request."""
    if total is None or not requests:
        return None
    return Estimate(*(None if end is None else quotient(end, Decimal(requests)) for end in total))  # type: ignore[arg-type]
