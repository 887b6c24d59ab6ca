"""Lives through the days of a scenario with the same service that serves: events, traffic, ramps, receipts.

Invariant: nothing is decided here; days pass by an injected clock, and a seed gives the same course again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import orjson
from pydantic import TypeAdapter

from router.config import from_documents
from router.config.files.seed_data import Case
from router.config.ramps.ramp_shares import with_shares
from router.errors import AttemptsExhausted, ConfigError, Conflict, NoCandidate, NotFound
from router.ledger import SqliteLedger
from router.ledger.ramp_store import RampStore
from router.ramps import Move, Order
from router.scenarios.books_by_step import booked
from router.scenarios.drawn_traffic import Drawn, Draws, ReadOnce
from router.scenarios.expressions import amount, worked_out
from router.scenarios.house import House
from router.scenarios.patches import laid_over, with_event
from router.scenarios.scenario import Course, Event, Scenario, Traffic
from router.scenarios.seen import Asked, Lived, Step
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.request_context import RequestContext
from router.types import Author, Caller, ChatRequest, Config, Message, Receipt

SALT = b"scenario"
MONTH_DAYS = 30.0
AUTHOR = Author("scenario", "command")
_TRAFFIC: TypeAdapter[Traffic] = TypeAdapter(Traffic)


class Play:
    """One scenario with its settings and a seed, to be lived through in each course."""

    def __init__(
        self,
        scenario: Scenario,
        config: Config,
        cases: Sequence[Case],
        house: House,
        seed: int = 1,
        requests: int | None = None,
    ) -> None:
        self.scenario = scenario
        self.config = config
        self.house = house
        self.draws = Draws(cases, seed)
        self.reader = ReadOnce(house.reader())
        self.seed = seed
        self.requests = requests

    def live(self, course: Course, settings: Mapping[str, float], advance: Callable[[], object] = int) -> Lived:
        """Every step of a course; raises ConfigError where an event does not fit."""
        return Lived(course, asyncio.run(_Life(self, course, settings).steps(advance)))

    def decide(self, course: Course, settings: Mapping[str, float], number: int) -> Step:
        """One step that is only decided: nobody is called, and no ramp moves."""
        return _Life(self, course, settings).decided(number)


class _Life:
    """One course: a service with its governor, and the clock that they go by."""

    def __init__(self, play: Play, course: Course, settings: Mapping[str, float]) -> None:
        self.play = play
        self.course = course
        self.scenario = play.scenario
        self.settings = {**settings, **course.set}
        self.first_day = date.fromisoformat(self.scenario.begins)
        self.now = datetime.combine(self.first_day, datetime.min.time(), UTC)
        self.traffic = replace(play.scenario.traffic, requests=play.requests or play.scenario.traffic.requests)
        start = laid_over(play.config.documents, _written(self.scenario, self.scenario.start, self.settings))
        start = laid_over(start, _written(self.scenario, course.change, self.settings))
        self.documents = self.first = start
        self.files = _checked(start, f"{self.scenario.name}: start")
        self.ledger = SqliteLedger()
        self.service = play.house.assemble(self.files, self.ledger, reader=play.reader, salt=SALT)
        self.service.clock = lambda: self.now
        chance = Random(play.seed)  # noqa: S311 - a simulation
        self.service.state.pool = DeploymentPool(self.files, lambda: self.now.timestamp(), chance.random)
        self.governor = play.house.govern(self.service, self.ledger)
        longest = 86_400.0 * self.scenario.step_days
        self.governor.store = RampStore(self.ledger.log, longest_tick_s=longest)
        self.receipts: list[Receipt] = []
        self.service.state.watch = self.receipts.append

    async def steps(self, advance: Callable[[], object]) -> tuple[Step, ...]:
        seen = []
        try:
            for number in range(1, self.scenario.steps + 1):
                self._enter(number)
                seen.append(await self._step(number))
                advance()
        finally:
            self.ledger.close()
        return booked(seen, self.files)

    def decided(self, number: int) -> Step:
        """What would be decided on the day of a step."""
        try:
            for earlier in range(1, number + 1):
                self._enter(earlier)
            asked = tuple(self._decide(drawn) for drawn in self._drawn(number))
        finally:
            self.ledger.close()
        return self._seen(number, asked, ())

    def names(self, number: int) -> dict[str, float]:
        """What expressions may speak of in a step."""
        month = (number - 1) * self.scenario.step_days / MONTH_DAYS
        return {**self.settings, "step": float(number), "month": month}

    def begins(self, number: int) -> date:
        """The first day of a step."""
        return self.first_day + timedelta(days=(number - 1) * self.scenario.step_days)

    def _drawn(self, number: int) -> list[Drawn]:
        try:
            return self.play.draws.step(self.traffic, number, self.names(number))
        except ValueError as error:
            raise ConfigError([f"{self.scenario.name}: traffic: {error}"]) from None

    def _enter(self, number: int) -> None:
        """The events of a step, then what they make of the configuration."""
        day, names, before = self.begins(number), self.names(number), self.documents
        self.now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
        orders: list[tuple[str, Order]] = []
        for event in self.scenario.events:
            if (event.always or self.course.events) and happens(event, self.scenario, number):
                where = f"{self.scenario.name}: the event of {event.on}"
                try:
                    if event.when is not None and not amount(event.when, names):
                        continue
                    self.documents = with_event(self.documents, self.first, event, names, day)
                    self.traffic = other_traffic(self.traffic, event.traffic, names)
                except (ValueError, TypeError) as error:
                    raise ConfigError([f"{where}: {error}"]) from None
                orders += [(order.ramp, Order(order.word, AUTHOR)) for order in event.order]
        if self.documents != before:
            self.files = _checked(self.documents, f"{self.scenario.name}: on {day}")
            self._put_in_force(before)
        for ramp, order in orders:
            self._obey(ramp, order)

    def _obey(self, ramp: str, order: Order) -> None:
        try:
            self.governor.obey(ramp, order)
        except (Conflict, NotFound) as error:
            raise ConfigError([f"{self.scenario.name}: the ramp {ramp}: {error.message}"]) from None

    def _put_in_force(self, before: Mapping[str, Any]) -> None:
        house, providers = self.play.house, self.service.active.providers
        if before["providers.yaml"] != self.documents["providers.yaml"]:
            providers = house.load_providers(self.files)
        self.governor.govern(self.files, house.load_judges(self.files, providers, self.play.reader))
        config = with_shares(self.files, self.governor.shares())
        self.ledger.keep(config)
        self.service.put_in_force(config, providers)

    async def _step(self, number: int) -> Step:
        drawn, ticks = self._drawn(number), self.scenario.ticks
        asked, moves = list[Asked](), list[Move]()
        for tick in range(ticks):
            for each in drawn[tick::ticks]:
                asked.append(await self._ask(each))
            if self.files.plans:
                moves += await self._tick()
            self.now += timedelta(days=self.scenario.step_days / ticks)
        return self._seen(number, tuple(asked), tuple(moves))

    async def _tick(self) -> list[Move]:
        await self.governor.pairing.settle()
        moves = self.governor.tick()
        self.governor.look()
        config = with_shares(self.files, self.governor.shares())
        self.ledger.keep(config)
        self.service.put_in_force(config, self.service.active.providers)
        return moves

    def _seen(self, number: int, asked: tuple[Asked, ...], moves: tuple[Move, ...]) -> Step:
        return Step(
            number=number,
            begins=self.begins(number),
            config=self.service.config,
            names=self.names(number),
            asked=asked,
            shares={ramp: share.share for ramp, share in self.governor.shares().items()},
            ramps=dict(self.governor.states),
            moves=moves,
        )

    def _request(self, drawn: Drawn) -> tuple[ChatRequest, RequestContext]:
        case, askers = drawn.case, drawn.askers
        labels = {"fungible.task": case.task, "fungible.difficulty": str(case.difficulty)}
        messages = (*case.messages[:-1], _numbered(case.messages[-1], drawn.unit))
        caller = Caller(None, askers.team, askers.residency, askers.tags)
        request = ChatRequest(askers.ask, messages, metadata=labels)
        return request, RequestContext(drawn.unit, askers.consent, unit=drawn.unit, caller=caller)

    def _decide(self, drawn: Drawn) -> Asked:
        request, context = self._request(drawn)
        try:
            return Asked(drawn, self.service.consider(request, context).decision)
        except NoCandidate as error:
            return Asked(drawn, None, excluded=_excluded(error))

    async def _ask(self, drawn: Drawn) -> Asked:
        request, context = self._request(drawn)
        before = len(self.receipts)
        try:
            answer = self.service.answer(request, context)
            async with answer:
                text = "".join([chunk.text async for chunk in answer])
        except NoCandidate as error:
            return Asked(drawn, None, excluded=_excluded(error))
        except AttemptsExhausted:
            receipt = self.receipts[before]
            return Asked(drawn, receipt.decision, receipt)
        # A pair of a ramp runs now, while nobody waits.
        await asyncio.sleep(0)
        receipt = answer.settled()
        prompt = "\n".join(message.text for message in request.messages if message.role == "user")
        return Asked(drawn, receipt.decision, receipt, self.play.house.is_right(prompt, text))


def happens(event: Event, scenario: Scenario, number: int) -> bool:
    """Whether an event happens at a step: at the first that begins on its day or later, or at each from there on."""
    first = step_of(event.on, scenario)
    if event.until is not None and number > step_of(event.until, scenario):
        return False
    return number >= first if event.each_step else number == first


def step_of(day: str, scenario: Scenario) -> int:
    """The number of the first step that begins on a day or later."""
    days = (date.fromisoformat(day) - date.fromisoformat(scenario.begins)).days
    return max(1, 1 + -int(-days // scenario.step_days))


def _written(scenario: Scenario, part: Mapping[str, Any], names: Mapping[str, float]) -> Any:
    try:
        return worked_out(part, {**names, "step": 1.0, "month": 0.0})
    except ValueError as error:
        raise ConfigError([f"{scenario.name}: start: {error}"]) from None


def _checked(documents: Mapping[str, Any], where: str) -> Config:
    try:
        return from_documents(documents)
    except ConfigError as error:
        problems = [replace(problem, where=f"{where}: {problem.where}") for problem in error.problems]
        raise ConfigError(problems) from None


def other_traffic(traffic: Traffic, change: Mapping[str, Any], names: Mapping[str, float]) -> Traffic:
    """The traffic after an event; raises ValueError."""
    if not change:
        return traffic
    plain = orjson.loads(orjson.dumps(traffic))
    return _TRAFFIC.validate_json(orjson.dumps(laid_over(plain, worked_out(change, names))))


def _numbered(message: Message, unit: str) -> Message:
    return replace(message, content=f"{message.text} [{unit}]")


def _excluded(error: NoCandidate) -> dict[str, str]:
    return {candidate.model: candidate.code for candidate in error.candidates}
