"""Deployments: one model at one provider, region, cloud and GPU generation, with a capacity; and how failures are met.

Invariant: the order of the deployments of a model is its order of refusal: the first is offered each request first.
Those with a weight that follow one another share conversations by it.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a deployment takes, each server counting for itself; None is no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model somewhere. Without a region it may answer from any of its model's."""

    name: str
    model: str
    provider: str
    region: str | None = None
    cloud: str = ""
    gpu: str = ""
    capacity: Capacity = Capacity()
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Breaking:
    """When a deployment is ejected: `failures` in a row, or half of at least `fewest` within `window_s`.

    It is probed after `cool_s`, twice as long after each probe that fails, up to `longest_s`.
    """

    failures: int = 5
    fewest: int = 20
    window_s: float = 10.0
    cool_s: float = 5.0
    longest_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Retrying:
    """The same deployment again, where nothing else is left: once a request, and of all requests so large a part.

    The pause is drawn from the upper half of `pause_s`; a backend that says when it wants to be asked is asked then,
    where that is within `longest_pause_s`.
    """

    budget: float = 0.1
    pause_s: float = 0.2
    longest_pause_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Resilience:
    """How failures are met. `hedge_s` is how long a first token is waited for before another call is begun, or None.

    `hedged` is the largest part of requests that is hedged.
    """

    breaking: Breaking = Breaking()
    retrying: Retrying = Retrying()
    hedge_s: float | None = None
    hedged: float = 0.05


AS_SHIPPED = Resilience()


class Offer(NamedTuple):
    """A deployment that was offered a request, and what became of that."""

    deployment: str
    answer: Literal["taken", "region", "full", "ejected"]
