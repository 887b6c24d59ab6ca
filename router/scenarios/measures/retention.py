"""Users who pay a subscription and leave by a law that the scenario assumes.

Invariant: the law is data, and said to be assumed; what it reads of quality and cost was measured in that step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from router.scenarios.expressions import amount
from router.scenarios.measures.measure import Measure
from router.scenarios.measures.money_measures import MICRO
from router.scenarios.measures.routing_measures import ROUTING
from router.scenarios.sample_intervals import Figure
from router.scenarios.scenario import Both, Population
from router.scenarios.seen import Step

MEASURED = ("quality", "rival", "users")
"""The names that a law may speak of beside settings: what was measured, and how many users there are."""


def with_users(steps: Sequence[Step], population: Population) -> tuple[Step, ...]:
    """The steps with the users of each; who leaves does so at its end. Raises ValueError."""
    counted: list[Step] = []
    users = amount(population.start, steps[0].names) if steps else 0.0
    for step in steps:
        names = {**step.names, "users": users, **_measured(step, population)}
        terms = {name: amount(getattr(population, name), names) for name in ("pays", "requests")}
        counted.append(
            replace(step, users=users, names={**names, **{f"{name}_each": to for name, to in terms.items()}})
        )
        users *= 1 - min(1.0, max(-1.0, amount(population.leave, names)))
    return tuple(counted)


def _measured(step: Step, population: Population) -> dict[str, float]:
    quality = ROUTING["predicted"].work(step, "")
    rival = ROUTING["quality_of"].work(step, population.rival) if population.rival else quality
    return {"quality": quality.value if quality else 0.0, "rival": rival.value if rival else 0.0}


def _users(step: Step, _: str) -> Figure | None:
    return None if step.users is None else Figure(step.users)


def _sales(step: Step) -> float:
    return (step.users or 0.0) * step.names.get("pays_each", 0.0)


def _costs(step: Step) -> float:
    """What the platform pays for the answers to all users: inference, shares, its own cost."""
    if step.money is None:
        return 0.0
    fall = step.money.served.waterfall
    each = float(fall.inference + fall.share + fall.platform_cost) / MICRO / step.money.requests
    return (step.users or 0.0) * step.names.get("requests_each", 0.0) * each


def _profit(step: Step, _: str) -> Figure | None:
    return None if step.users is None else Figure(_sales(step) - _costs(step))


def _margin(step: Step, _: str) -> Figure | None:
    sales = _sales(step)
    return Figure(1 - _costs(step) / sales) if sales else None


RETENTION: Mapping[str, Measure] = {
    "users": Measure(Both("users", "이용자"), "count", _users),
    "subscription_margin": Measure(Both("gross margin of the subscription", "구독의 매출총이익률"), "share", _margin),
    "subscription_profit": Measure(Both("gross profit a month", "월 매출총이익"), "usd", _profit),
}
