"""What one server knows of its deployments: which are ill, which are full, and what may be tried again.

Invariant: the states are kept by a deployment's name, whatever is reloaded; time is a monotonic clock's, chance is
passed in. Nothing here changes a decision: it says where a model that was decided on is called, and when it is not.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from router.decision.fallback import Place
from router.decision.placement import Placement, Standing, deployments_of, place, weighted
from router.serving.deployments.circuit_breaker import CLOSED, Breaker, begun, ended, opened
from router.serving.deployments.measured_speeds import MeasuredSpeeds
from router.types import Capacity, Config, Deployment, Offer, Outcome, Resilience

MINUTE_S = 60.0
# A backend that wants to be left alone for longer is asked again after so long, in seconds, as its provider does.
LONGEST_REST_S = 60.0
MOST_BUDGET = 10.0
"""Retries, or hedges, that a quiet time may save up."""


@dataclass
class Bucket:
    """A limit per minute: it holds a minute's worth and fills evenly."""

    limit: float
    left: float
    at: float

    def refill(self, now: float) -> float:
        """What is left now."""
        self.left = min(self.limit, self.left + (now - self.at) * self.limit / MINUTE_S)
        self.at = now
        return self.left

    def take(self, amount: float, now: float) -> None:
        """Take so much, even where less is left."""
        self.left = self.refill(now) - amount


@dataclass
class State:
    """One deployment at this moment."""

    deployment: Deployment
    breaker: Breaker = CLOSED
    in_flight: int = 0
    resting_until: float = 0.0
    requests: Bucket | None = None
    tokens: Bucket | None = None
    offers: dict[str, int] = field(default_factory=dict)


class DeploymentPool:
    """Every deployment of a server."""

    def __init__(
        self,
        config: Config,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._states: dict[str, State] = {}
        self._leaving: dict[str, State] = {}
        self._retries = self._hedges = MOST_BUDGET
        self.measured = MeasuredSpeeds()
        self.swapped: Counter[str] = Counter()
        """Answers by deployment whose backend said that another model answered than it was asked for."""
        self.put_in_force(config)

    def put_in_force(self, config: Config) -> None:
        """Take up another configuration; what is known of a deployment that stays is kept."""
        before, now = {**self._leaving, **self._states}, self._clock()
        self.resilience: Resilience = config.resilience
        self.by_model: Mapping[str, tuple[Deployment, ...]] = deployments_of(config)
        self._states = {}
        for deployment in (deployment for deployments in self.by_model.values() for deployment in deployments):
            state = before.get(deployment.name) or State(deployment)
            if state.deployment.capacity != deployment.capacity or deployment.name not in before:
                state.requests, state.tokens = _buckets(deployment.capacity, now)
            state.deployment = deployment
            self._states[deployment.name] = state
        # Calls of what has gone go on, and end there, should it come back meanwhile.
        self._leaving = {name: state for name, state in before.items() if name not in self._states and state.in_flight}

    @property
    def states(self) -> Mapping[str, State]:
        """The state of each deployment, by name."""
        return self._states

    def places(self, away_from: Callable[[str], Collection[str]], tokens: int, unit: str = "") -> Place:
        """How one request of a conversation is offered around; `tokens` is what it is expected to take and give."""

        def standing(name: str) -> Standing:
            state, now = self._states[name], self._clock()
            resting = state.breaker.state(now) == "open" or now < state.resting_until
            return Standing(self._full(state, tokens, now), resting)

        def offered(model: str, tried: Collection[str]) -> Placement:
            return place(weighted(self.by_model.get(model, ()), unit), away_from(model), tried, standing)

        return offered

    def log(self, offers: Sequence[Offer]) -> None:
        """Count what was offered, taken and waived."""
        for name, answer in offers:
            if (state := self._states.get(name)) is not None:
                state.offers[answer] = state.offers.get(answer, 0) + 1

    def begin(self, name: str, tokens: int) -> None:
        """A call begins."""
        if (state := self._states.get(name)) is None:
            return
        state.in_flight += 1
        if state.breaker.until is not None:
            state.breaker = begun(state.breaker, self._clock())
        if state.requests is not None:
            state.requests.take(1, self._clock())
        if state.tokens is not None:
            state.tokens.take(tokens, self._clock())

    def end(self, name: str, outcome: Outcome, expected: int, used: int | None, retry_after: int | None = None) -> None:
        """A call has ended; `used` are its tokens where that is known, in the place of the expected ones."""
        if (state := self._states.get(name) or self._leaving.get(name)) is None:
            return
        now = self._clock()
        state.in_flight -= 1
        state.breaker = ended(state.breaker, outcome, self.resilience.breaking, now)
        if state.breaker.until is not None:
            self._note_illness(state.deployment.model, now)
        # Who asks for patience is left alone while others can answer; who only says no may say yes to the next.
        if outcome == "rate_limited" and retry_after is not None:
            state.resting_until = now + min(retry_after, LONGEST_REST_S)
        elif outcome == "ok":
            state.resting_until = now
        if state.tokens is not None:
            state.tokens.left += expected - (used or 0)

    def eject(self, name: str) -> None:
        """Leave a deployment alone at once, as if it had failed too often; it is probed as any other."""
        if (state := self._states.get(name)) is not None and state.breaker.until is None:
            state.breaker = opened(state.breaker, self.resilience.breaking, self._clock())
            self._note_illness(state.deployment.model, self._clock())

    def first_token(self, model: str, ms: float) -> None:
        """The first token of a model's answer has come, so late."""
        self.measured.note(model, ms, self._clock())

    def measured_words(self) -> tuple[str, ...]:
        """How the models did in the last minutes."""
        return self.measured.words(self._clock())

    def _note_illness(self, model: str, now: float) -> None:
        """A model is ill while every deployment of it is left alone."""
        states = [self._states.get(each.name) for each in self.by_model.get(model, ())]
        if states and all(state is not None and state.breaker.until is not None for state in states):
            self.measured.ill(model, now)

    def earn(self) -> None:
        """A request has come: so much more may be tried again, or hedged."""
        self._retries = min(MOST_BUDGET, self._retries + self.resilience.retrying.budget)
        self._hedges = min(MOST_BUDGET, self._hedges + self.resilience.hedged)

    def may_repeat(self) -> bool:
        """Whether the budget of retries has one left."""
        return self._retries >= 1

    def may_hedge(self) -> bool:
        """Whether the budget of hedges has one left."""
        return self._hedges >= 1

    def hedged(self) -> None:
        """A call was begun beside a late one."""
        self._hedges -= 1

    def pause_s(self, retry_after: int | None) -> float | None:
        """Take one retry from the budget: seconds to wait before it, or None where that would be too long."""
        retrying = self.resilience.retrying
        if retry_after is not None and retry_after > retrying.longest_pause_s:
            return None
        self._retries -= 1
        return max(float(retry_after or 0), retrying.pause_s * (0.5 + self._chance() / 2))

    def _full(self, state: State, tokens: int, now: float) -> bool:
        most = state.deployment.capacity.in_flight
        if most is not None and state.in_flight >= most:
            return True
        if state.requests is not None and state.requests.refill(now) < 1:
            return True
        # A request larger than a whole minute's worth is let through when the bucket is full.
        return state.tokens is not None and state.tokens.refill(now) < min(tokens, state.tokens.limit)


def _buckets(capacity: Capacity, now: float) -> tuple[Bucket | None, Bucket | None]:
    requests, tokens = capacity.requests_per_minute, capacity.tokens_per_minute
    return (
        None if requests is None else Bucket(requests, requests, now),
        None if tokens is None else Bucket(tokens, tokens, now),
    )
