"""What makes governed ramps move while a server runs: it observes answers, and each second settles what follows.

Invariant: no request waits for it. What was observed and could not be written is kept and told with the next tick;
what is in force is what the store says, whichever server or person moved it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from threading import Lock

from router.decision.ramp_split import unit_of
from router.errors import Conflict, NotFound
from router.ledger.ramp_store import Judged, Observed, RampStore, Seen
from router.money import ZERO
from router.ramps import Answered, Move, Order, RampState, Rated, Served, in_force
from router.serving.observed_answer import ObservedAnswer
from router.serving.ramps.shadow_pairs import ShadowPairs, purse
from router.types import Config, InForce, Judge, RampPlan, Receipt

TICK_S = 1.0
MOST_OBSERVED = 100_000
"""Answers of one ramp between two ticks; more count nowhere."""
# What says nothing about the model that was called.
_NOT_ITS_FAULT = frozenset({"ok", "client_left", "budget", "stopped"})
log = logging.getLogger("fungible")


class RampController:
    """Governs the ramps of one server; `files` is the configuration as its files say."""

    def __init__(
        self, store: RampStore, files: Config, judges: Mapping[str, Judge], clock: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.files = files
        self.pairing = ShadowPairs(judges, self._observe_pair, self._spent)
        self.states: Mapping[str, RampState] = {}
        self._clock = clock
        self._turn = Lock()
        self._observed: dict[str, Observed] = {}
        self._served: dict[str, Served] = {}

    @property
    def plans(self) -> tuple[RampPlan, ...]:
        """The governed ramps."""
        return self.files.plans

    def plan(self, name: str) -> RampPlan:
        """The plan of a ramp; raises NotFound, or Conflict for one that is moved by hand."""
        named = next((plan for plan in self.plans if plan.name == name), None)
        if named is None and any(ramp.name == name for ramp in self.files.ramps):
            raise Conflict(f"The ramp {name!r} is moved by hand: edit its share in ramps.yaml.")
        if named is None:
            known = ", ".join(plan.name for plan in self.plans if not plan.ramp.alias) or "none"
            raise NotFound(f"No ramp is called {name!r}. There are: {known}.", param="name")
        return named

    def govern(self, files: Config, judges: Mapping[str, Judge]) -> None:
        """Govern what these files say from now on."""
        self.files = files
        self.pairing.judges = judges

    def shares(self) -> dict[str, InForce]:
        """What is in force now, by the last look at the store; of a plan that asks something else, nothing."""
        running = {plan.name: in_force(plan, state) for plan in self.plans if (state := self.states.get(plan.name))}
        return {name: share for name, share in running.items() if share is not None}

    def look(self) -> None:
        """Look at the store."""
        self.states = self.store.states() if self.plans else {}

    def follow(self, answer: ObservedAnswer) -> None:
        """Observe an answer that has ended; begins a pair where it is sampled. Never raises."""
        try:
            self._follow(answer)
        except Exception:
            log.exception("an answer was not observed")

    def _follow(self, answer: ObservedAnswer) -> None:
        receipt = answer.settled()
        plans = answer.active.config.plans
        if not plans or (receipt.outcome in ("client_left", "stopped") and receipt.served is None):
            return
        with self._turn:
            self._count(answer, receipt)
        moved = receipt.decision.ramp
        plan = next((plan for plan in plans if moved and plan.name == moved.ramp), None)
        if plan is None or moved is None:
            return
        self._observe(plan, receipt)
        self.pairing.consider(plan, answer)

    def rate(self, ramp: str, rated: Rated) -> None:
        """A client's rating of an answer of a ramp, whose evidence it is where the plan says so."""
        plan = next((plan for plan in self.plans if plan.name == ramp), None)
        if plan and plan.shadow.judge.kind == "feedback":
            with self._turn:
                self._of(ramp).ratings.append(rated)

    def obey(self, name: str, order: Order) -> Move:
        """Carry out an order; raises Conflict where it does not fit."""
        return self.store.obey(self.plan(name), order, self._clock())

    def tick(self) -> list[Move]:
        """Write what was observed, and let every ramp move; blocks. What can't be written is kept."""
        with self._turn:
            observed, self._observed = self._observed, {}
            served, self._served = self._served, {}
        if not self.plans:
            return []
        try:
            moves = self.store.settle(self.plans, observed, served, self._clock())
        except BaseException:
            with self._turn:
                self._put_back(observed, served)
            raise
        return moves

    async def keep_governing(self, take_up: Callable[[], Awaitable[object]]) -> None:
        """Tick for as long as the server runs; `take_up` puts in force what the store says."""
        while True:
            await asyncio.sleep(TICK_S)
            try:
                for move in await asyncio.to_thread(self.tick):
                    log.warning("ramp %s: %s, %s, share %g", move.ramp, move.kind, move.stage, move.share)
                await asyncio.to_thread(self.look)
                await take_up()
            except Exception as error:  # noqa: BLE001 - a store that fails ends neither the governing nor a request
                log.error("ramps stand still: %s", error)

    async def stop(self) -> None:
        """Give up the pairs in progress, and write what was observed."""
        await self.pairing.stop()
        await asyncio.to_thread(self.tick)

    def _observe(self, plan: RampPlan, receipt: Receipt) -> None:
        """Note one answer on its side."""
        moved = receipt.decision.ramp
        assert moved is not None  # noqa: S101 - told by the caller
        first = receipt.attempts[0].outcome if receipt.attempts else receipt.outcome
        shifted = receipt.baseline_cost if moved.arm == "moved" and receipt.served else ZERO
        latency = receipt.first_chunk_ms if receipt.first_chunk_ms is not None else receipt.duration_ms
        answer = Answered(receipt.features.task, moved.arm, first not in _NOT_ITS_FAULT, latency, shifted)
        unit = unit_of(plan.ramp, receipt.ask.unit, receipt.ask.caller.key)
        with self._turn:
            seen = self._of(plan.name).seen
            if len(seen) < MOST_OBSERVED:
                seen.append(Seen(answer, unit))

    def _count(self, answer: ObservedAnswer, receipt: Receipt) -> None:
        if receipt.served:
            owner = answer.active.models[receipt.served].owner
            before = self._served.get(owner, Served())
            self._served[owner] = Served(before.requests + 1, before.cost + receipt.cost)

    def _observe_pair(self, ramp: str, what: Judged | Decimal) -> None:
        with self._turn:
            if isinstance(what, Judged):
                self._of(ramp).judged.append(what)
            else:
                self._of(ramp).unjudged_cost += what

    def _spent(self, plan: RampPlan) -> Decimal:
        """What the pairs of a ramp, or of all upgrades of its alias, have cost today, as far as is known."""
        paid = [each.name for each in self.plans if purse(each) == purse(plan)] if plan.ramp.alias else [plan.name]
        return sum((self._spent_by(name) for name in paid), ZERO)

    def _spent_by(self, ramp: str) -> Decimal:
        state, today = self.states.get(ramp), self._clock().date().toordinal()
        known = state.today.pairs_cost if state and state.today.day == today else ZERO
        waiting = self._observed.get(ramp)
        return known + (
            sum((judged.pair.cost for judged in waiting.judged), waiting.unjudged_cost) if waiting else ZERO
        )

    def _of(self, ramp: str) -> Observed:
        return self._observed.setdefault(ramp, Observed())

    def _put_back(self, observed: Mapping[str, Observed], served: Mapping[str, Served]) -> None:
        for ramp, before in observed.items():
            now = self._of(ramp)
            now.seen[:0], now.judged[:0], now.ratings[:0] = before.seen, before.judged, before.ratings
            now.unjudged_cost += before.unjudged_cost
        for owner, counts in served.items():
            since = self._served.get(owner, Served())
            self._served[owner] = Served(since.requests + counts.requests, since.cost + counts.cost)
