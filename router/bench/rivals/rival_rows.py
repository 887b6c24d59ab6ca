"""What a comparison came to, as rows for tables, pictures and programs."""

from collections.abc import Mapping
from dataclasses import dataclass

from router.bench.rivals.contest import Contest, Rival, verdict_of
from router.money import usd

Ends = tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rival. Quality is the mean grade in [0, 1]; `difference` is to the first rival, which has none.

    `difference_interval` holds at every look but for the question's alpha at either end; the other intervals hold so
    asymptotically.
    """

    name: str
    endpoint: str
    quality: float
    quality_interval: Ends
    difference: float | None
    difference_interval: Ends
    verdict: str
    cost_usd: float
    cost_interval: Ends
    cost_from: str
    seconds: float
    seconds_interval: Ends
    spent_usd: str
    served: Mapping[str, int]


def rows_of(contest: Contest) -> list[Row]:
    """Every rival, in the order in which they were given."""
    return [_row(rival, contest.wish.question.alpha) for rival in contest.rivals]


def _row(rival: Rival, alpha: float) -> Row:
    evidence, interval = rival.evidence, rival.interval
    return Row(
        name=rival.name,
        endpoint=rival.live.place,
        quality=rival.quality.mean,
        quality_interval=rival.quality.interval(alpha),
        difference=evidence.total / max(1, evidence.pairs) if evidence else None,
        difference_interval=(interval.low, interval.high) if interval else None,
        verdict=verdict_of(evidence) if evidence else "compared with",
        cost_usd=rival.cost_usd.mean,
        cost_interval=rival.cost_usd.interval(alpha),
        cost_from=rival.cost_from,
        seconds=rival.seconds.mean,
        seconds_interval=rival.seconds.interval(alpha),
        spent_usd=usd(rival.spent),
        served=dict(rival.served.most_common()),
    )
