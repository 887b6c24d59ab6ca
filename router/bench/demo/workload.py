"""Runs labelled prompts through a service, and adds up what came of them.

Invariant: nothing is decided here; every figure comes from receipts and from the answers themselves.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.stub.skill import is_right, prompt_of
from router.config.files.seed_data import Case
from router.errors import NoCandidate
from router.money import ZERO
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import Candidate, ChatRequest, Consent, Receipt


@dataclass(frozen=True, slots=True)
class Result:
    """One case: its receipt, and whether the answer was right; both None where no model may answer."""

    case: Case
    receipt: Receipt | None
    right: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run in figures: money in micro-dollars, qualities as shares, latency in milliseconds."""

    answered: int
    refused: int
    cost: Decimal
    asked_cost: Decimal
    predicted: float
    simulated: float
    simulated_error: float
    by_owner: Counter[str]
    by_family: Counter[str]
    by_model: Counter[str]


def run_cases(
    service: Service,
    cases: Sequence[Case],
    model: str,
    consent: Consent | None = None,
    advance: Callable[[], object] = lambda: None,
) -> list[Result]:
    """Ask for `model` with every case."""

    async def go() -> list[Result]:
        results = []
        for case in cases:
            results.append(await run_case(service, case, model, consent))
            advance()
        return results

    return asyncio.run(go())


async def run_case(service: Service, case: Case, model: str, consent: Consent | None) -> Result:
    """Ask for `model` with one case; the stubs get the label, which is the truth that they simulate."""
    labels = {"fungible.task": case.task, "fungible.difficulty": str(case.difficulty)}
    request = ChatRequest(model, case.messages, metadata=labels)
    try:
        answer = service.answer(request, RequestContext(case.id, consent, unit=case.id))
    except NoCandidate:
        return Result(case, None, None)
    async with answer:
        text = "".join([chunk.text async for chunk in answer])
    return Result(case, answer.settled(), is_right(prompt_of(request), text))


def summarise(results: Sequence[Result]) -> Summary:
    """Add up a run."""
    answered = [(r.receipt, bool(r.right)) for r in results if r.receipt and r.receipt.served]
    receipts = [receipt for receipt, _ in answered]
    count = max(1, len(receipts))
    right = sum(correct for _, correct in answered) / count
    served = [receipt.decision.candidate(receipt.served or "") for receipt in receipts]
    return Summary(
        answered=len(receipts),
        refused=len(results) - len(receipts),
        cost=sum((receipt.cost for receipt in receipts), ZERO),
        asked_cost=sum((receipt.baseline_cost for receipt in receipts), ZERO),
        predicted=sum(candidate.quality for candidate in served) / count,
        simulated=right,
        simulated_error=1.96 * (right * (1 - right) / count) ** 0.5,
        by_owner=Counter(candidate.owner for candidate in served),
        by_family=Counter(candidate.family for candidate in served),
        by_model=Counter(candidate.model for candidate in served),
    )


def by_task(
    results: Iterable[Result], side: Callable[[Candidate], str] = lambda candidate: candidate.owner
) -> dict[str, Counter[str]]:
    """For each labelled task, how many requests each owner's models served, or each other side's."""
    tasks: dict[str, Counter[str]] = {}
    for result in results:
        if result.receipt and result.receipt.served:
            served = side(result.receipt.decision.candidate(result.receipt.served))
            tasks.setdefault(result.case.task, Counter())[served] += 1
    return tasks
