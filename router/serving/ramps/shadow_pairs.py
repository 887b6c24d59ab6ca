"""Shadow pairs: for a sampled part of a ramp's traffic the other model answers too, and a judge grades both.

Invariant: the second call begins when the first answer has ended, never delays or changes it, is bound by the same
guards, and its text is not kept. What it costs counts against a budget of its own.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from typing import Any, cast

from router.decision.candidates import permits
from router.decision.parameters.set_parameters import sent
from router.errors import ProviderError
from router.ledger.ramp_store import Judged
from router.money import ZERO, price_on, usage_cost
from router.ramps import Paired
from router.serving.limits import DEFAULT_LIMITS
from router.serving.observed_answer import ObservedAnswer
from router.serving.usage_count import count_usage, credible
from router.serving.work.answer_size import AnswerSize
from router.types import Call, ChatRequest, Chunk, Comparison, Judge, RampPlan, Receipt, Spoken, Ungraded, Usage

# Of a conversation whose tokens are counted in a thread.
LONG_TOKENS = 8_192
MOST_AT_ONCE = 8
"""Pairs in progress; a request that is sampled beyond is left out, and counted."""
_WHOLE = 2**64
Tell = Callable[[str, Judged | Decimal], object]
"""Takes a ramp's name with a pair, or with what a pair cost that nobody could judge."""


class ShadowPairs:
    """The pairs of one server; `tell` takes what comes of them, `spent` is what a ramp's pairs have cost today."""

    def __init__(self, judges: Mapping[str, Judge], tell: Tell, spent: Callable[[RampPlan], Decimal]) -> None:
        self.judges = judges
        self.left_out = 0
        self.failed = 0
        self._tell = tell
        self._spent = spent
        self._pending: dict[str, Decimal] = {}
        self._running: set[asyncio.Task[None]] = set()

    def consider(self, plan: RampPlan, answer: ObservedAnswer) -> None:
        """Begin a pair, if this request is of the sample, and there is money and room for it."""
        receipt = answer.settled()
        other = _other(plan, receipt)
        if other is None or plan.name not in self.judges or not sampled(plan, receipt.id):
            return
        if type(answer.request) is not ChatRequest:
            # A judge reads words: of vectors and of sound it would be shown nothing.
            return
        if not _may_judge(plan, receipt):
            return
        expected = receipt.decision.candidate(other).cost
        left = plan.shadow.budget - self._spent(plan) - self._pending.get(purse(plan), ZERO)
        if expected > left or len(self._running) >= MOST_AT_ONCE:
            self.left_out += 1
            return
        self._pending[purse(plan)] = self._pending.get(purse(plan), ZERO) + expected
        task = asyncio.get_running_loop().create_task(self._pair(plan, answer, other))
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(done, purse(plan), expected))

    def _ended(self, task: "asyncio.Task[None]", paying: str, expected: Decimal) -> None:
        self._running.discard(task)
        self._pending[paying] -= expected
        if not task.cancelled() and task.exception() is not None:
            self.failed += 1

    async def settle(self) -> None:
        """Wait for the pairs in progress."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def stop(self) -> None:
        """Give up the pairs in progress."""
        for task in self._running:
            task.cancel()
        await self.settle()

    async def _pair(self, plan: RampPlan, answer: ObservedAnswer, other: str) -> None:
        receipt = answer.settled()
        async with asyncio.timeout(answer.deadline_s):
            try:
                second, spent = await _second(answer, other)
                first = Spoken(receipt.served or "", spoken(answer.chunks))
                original, substitute = (second, first) if other == plan.ramp.original else (first, second)
                comparison = Comparison(
                    receipt.id, receipt.situation.day, answer.request, receipt.features, original, substitute
                )
            except ProviderError:
                self.failed += 1
                return
            await self._judge(plan, comparison, spent)

    async def _judge(self, plan: RampPlan, comparison: Comparison, spent: Decimal) -> None:
        try:
            grades = await self.judges[plan.name].grade(comparison)
        except ProviderError:
            grades = Ungraded()
        spent += grades.cost
        if isinstance(grades, Ungraded):
            self._tell(plan.name, spent)
            return
        pair = Paired(comparison.features.task, grades.original, grades.substitute, spent)
        models = comparison.original.model, comparison.substitute.model
        self._tell(plan.name, Judged(pair, comparison.id, *models, _judge_name(plan)))


def purse(plan: RampPlan) -> str:
    """Whose budget pays for the pairs: the ramp's own, or that of the alias whose upgrade it is."""
    return plan.ramp.alias or plan.name


def sampled(plan: RampPlan, id: str) -> bool:  # noqa: A002
    """Whether a request is of the sample: by a hash of its receipt's id, whatever was answered."""
    place = int.from_bytes(blake2b(f"pairs\0{plan.name}\0{id}".encode(), digest_size=8).digest())
    return place < int(plan.shadow.sample * _WHOLE)


def spoken(chunks: list[Chunk]) -> str:
    """The first choice of an answer, as text."""
    return "".join(
        chunk.text + ((piece.name or "") + piece.arguments if (piece := chunk.tool_call) else "")
        for chunk in chunks
        if chunk.index == 0
    )


def _other(plan: RampPlan, receipt: Receipt) -> str | None:
    """The model that did not serve, where one of the two did, as it was decided."""
    if receipt.outcome != "ok" or receipt.served != receipt.chosen:
        return None
    others = {plan.ramp.original: plan.ramp.substitute, plan.ramp.substitute: plan.ramp.original}
    return others.get(receipt.served)


def _may_judge(plan: RampPlan, receipt: Receipt) -> bool:
    """A model that judges hears what was said: it must be one that no guard bars, and that the caller's key may use."""
    judging = plan.shadow.judge
    if judging.kind != "model":
        return True
    barred = any(
        candidate.model == judging.name and candidate.code == "guard" for candidate in receipt.decision.candidates
    )
    return not barred and permits(receipt.ask.permit, judging.name)


async def _second(answer: ObservedAnswer, other: str) -> tuple[Spoken, Decimal]:
    """What the other model answers, and its price; raises ProviderError."""
    active, exchange = answer.active, answer.exchange
    row, candidate = active.models[other], exchange.decision.candidate(other)
    asked = sent(answer.request, exchange.decision, row)
    request = replace(asked, stream=None, stream_options=None, n=None)
    call = Call(request, row, exchange.features, candidate.away_from)
    stream = active.providers[row.provider].stream(call)
    async with aclosing(cast("Any", stream)):
        size, chunks = AnswerSize(DEFAULT_LIMITS), list[Chunk]()
        async for chunk in stream:
            chunks.append(chunk)
            if size.add(chunk):
                await asyncio.sleep(0)
    usage = next((chunk.usage for chunk in reversed(chunks) if chunk.usage), None)
    if usage is None or not credible(usage, row, request.choices):
        tokenizer = active.config.tokenizers[row.tokenizer]
        count = partial(count_usage, request, exchange.features, tokenizer, [spoken(chunks)])
        long = exchange.features.input_tokens > LONG_TOKENS or size.is_long
        usage = await asyncio.to_thread(count) if long else count()
    return Spoken(other, spoken(chunks)), _price(answer, other, usage)


def _price(answer: ObservedAnswer, model: str, usage: Usage) -> Decimal:
    price = price_on(answer.active.config.prices.get(model, ()), answer.exchange.situation.day)
    return usage_cost(price, usage) if price else ZERO


def _judge_name(plan: RampPlan) -> str:
    judging = plan.shadow.judge
    own = " (own family)" if judging.own_family else ""
    return f"{judging.kind}:{judging.name}{own}" if judging.name else judging.kind
