"""The router audits a backend of its own: asks it now and then what an enrolled file has answers to, and watches.

Invariant: no client's request waits for it or is sent by it; what it costs stays within its own budget; without `audit`
in a provider's row nothing is asked. An alarm is logged, counted and written into the ledger, once until the next.
"""

import asyncio
import logging
from collections import deque
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from random import SystemRandom
from typing import Any, cast

import numpy as np
import orjson

from router.audit.enrolled_file import EnrolledFile, read_enrolled
from router.audit.sides import FromFile
from router.audit.wire_shapes import Parameters
from router.decision.features import read
from router.errors import ConfigError
from router.evidence.matched import MatchedTest, SwapWatch, vector
from router.ids import random_hex
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note
from router.money import ZERO, cost, price_on
from router.serving.service import Service
from router.tokens import count
from router.transparency.entry import LOG
from router.types import Call, ChatRequest, Chunk, Message, Model, Usage
from router.types.config import BackendAudit

DOLLAR = 1_000_000
CALL_S = 120.0
MOST_LEVELS = 2000
"""Of what has gathered after each call, the latest are kept, for the page."""
log = logging.getLogger("fungible")
_CHANCE = SystemRandom()


class BackendWatch:
    """The watch of one provider's backend."""

    def __init__(self, service: Service, provider: str, audit: BackendAudit, file: EnrolledFile) -> None:
        self.provider, self.audit = provider, audit
        self.calls = self.failed = self.alarms = 0
        self.spent = ZERO
        self.levels: deque[float] = deque(maxlen=MOST_LEVELS)
        self._service, self._file = service, file
        self._reference = FromFile(audit.reference, file)
        self._test, self._watch = MatchedTest(0.05), SwapWatch.fresh(audit.false_alarms)

    @property
    def level(self) -> float:
        """What has gathered; it rings at the row's `false_alarms`."""
        return self._watch.level

    async def keep_watch(self, ledger: Log) -> None:
        """Ask, again and again, until the answers of the file or the money is used up."""
        for prompt in self._prompts():
            # Who is asked at even times, in one order, can tell an audit from its traffic.
            await asyncio.sleep(self.audit.every_s * _CHANCE.uniform(0.5, 1.5))
            if self._worst(prompt) + self.spent > Decimal(str(self.audit.budget)) * DOLLAR:
                log.warning("the audit of %s has used its budget up", self.provider)
                return
            try:
                if await self.ask(prompt):
                    await asyncio.to_thread(self._record, ledger)
            except Exception as error:  # noqa: BLE001 - an audit that fails ends neither the server nor a request
                self.failed += 1
                log.error("the audit of %s failed: %s", self.provider, type(error).__name__)
        log.warning("the audit of %s has used the answers of %s up", self.provider, self.audit.reference)

    async def ask(self, prompt: str) -> bool:
        """One round; gives whether it rang. Raises ProviderError."""
        async with asyncio.timeout(CALL_S):
            text = await self._answer(prompt)
        reference = self._reference.ask(prompt, Parameters()).said.text
        self.calls += 1
        scored = self._test.observe(prompt, np.array([vector(text), vector(reference)]))
        self._watch = self._watch.after(scored.scores)
        self.levels.append(self._watch.level)
        if not self._watch.alarm:
            return False
        self.alarms += 1
        self._watch = SwapWatch.fresh(self.audit.false_alarms)
        on_swap = self._service.config.providers[self.provider].on_swap
        log.error(
            "the backend of %s no longer answers as %s did; on_swap: %s", self.provider, self.audit.model, on_swap
        )
        if on_swap != "note":
            self._leave_alone()
        return True

    def _prompts(self) -> list[str]:
        """The prompts of the file, round after round while it has answers, each round in an order of its own."""
        rows = self._file.asked
        most = max(len(row.answers) for row in rows)
        rounds = ([row.prompt for row in rows if turn < len(row.answers)] for turn in range(most))
        return [prompt for prompts in rounds for prompt in _CHANCE.sample(prompts, len(prompts))]

    @property
    def _model(self) -> Model:
        return self._service.active.models[self.audit.model]

    def _request(self, prompt: str) -> ChatRequest:
        limit = self._file.parameters.get("max_tokens")
        temperature, system = self._file.parameters.get("temperature"), self._file.parameters.get("system")
        messages = (Message("user", prompt),)
        return ChatRequest(
            self.audit.model,
            (Message("system", system), *messages) if isinstance(system, str) else messages,
            max_tokens=limit if isinstance(limit, int) else None,
            temperature=float(temperature) if isinstance(temperature, int | float) else None,
        )

    def _worst(self, prompt: str) -> Decimal:
        limit = self._file.parameters.get("max_tokens")
        output = limit if isinstance(limit, int) else self._model.max_output
        return self._cost(len(prompt.encode()) + 64, output)

    def _cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        prices = self._service.config.prices.get(self.audit.model, ())
        price = price_on(prices, self._service.clock().date())
        return cost(price, input_tokens, output_tokens) if price else ZERO

    async def _answer(self, prompt: str) -> str:
        request, model, active = self._request(prompt), self._model, self._service.active
        features = read(request, self._service.reader, count, active.contexts, active.config.phrases)
        provider = active.providers[self.provider]
        stream = provider.stream(Call(request, model, features))
        async with aclosing(cast("Any", stream)):
            chunks: list[Chunk] = [chunk async for chunk in stream]
        usage = next((chunk.usage for chunk in reversed(chunks) if chunk.usage), None)
        self.spent += self._price(usage, prompt)
        return "".join(chunk.text for chunk in chunks if chunk.index == 0)

    def _price(self, usage: Usage | None, prompt: str) -> Decimal:
        return self._cost(usage.input_tokens, usage.output_tokens) if usage else self._worst(prompt)

    def _leave_alone(self) -> None:
        """Open the breakers of the deployments that this backend serves the model at; probes go on as ever."""
        active, pool = self._service.active, self._service.state.pool
        for deployment in pool.by_model.get(self.audit.model, ()):
            if active.provider_of(self.audit.model, deployment.name) == self.provider:
                pool.eject(deployment.name)

    def _record(self, ledger: Log) -> None:
        """Write the alarm into the ledger."""
        found = {"provider": self.provider, "model": self.audit.model, "calls": self.calls, "alarms": self.alarms}
        with ledger.writing() as database:
            note(database, ledger, "swap", LOG, f"{self.provider}:{random_hex()}", orjson.dumps(found))


def backend_watches(service: Service) -> list[BackendWatch]:
    """A watch for each provider whose row asks for one; raises ConfigError for what it can't watch."""
    watches, faults = [], []
    for name, row in service.config.providers.items():
        if (audit := row.audit) is None:
            continue
        where = f"providers.yaml: providers.{name}.audit"
        if audit.model not in service.active.models:
            faults.append(f"{where}.model: no model of the catalog is called {audit.model!r}.")
        elif not Path(audit.reference).is_file():
            faults.append(f"{where}.reference: there is no file {audit.reference}; `fungible audit enroll` makes one.")
        else:
            watches.append(BackendWatch(service, name, audit, read_enrolled(Path(audit.reference))))
    if faults:
        raise ConfigError(faults)
    return watches
