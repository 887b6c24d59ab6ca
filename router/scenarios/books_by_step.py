"""The money of each step, by the same books as `fungible money`.

Invariant: every answered request is booked once, in the order of time, so that caps of contracts fill as they would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import orjson

from router.accounting.books import Books, Question
from router.accounting.savings.baselines import Baseline
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.settled_request import Settled, settled
from router.ledger.receipt_json import encode
from router.scenarios.seen import Step
from router.types import Config


def booked(steps: Sequence[Step], current: Config) -> tuple[Step, ...]:
    """The steps with their money; contracts are those of the last day, whose terms are dated."""
    if not steps:
        return ()
    requests, lengths = list(_requests(steps)), Lengths()
    for request in requests:
        lengths.add(request)
    configs = {step.config.revision: step.config for step in steps}
    for step in steps:
        configs.update({asked.decision.revision: step.config for asked in step.asked if asked.decision})
    question = Question("key", Baseline("asked"), None, None, steps[-1].begins)
    books = Books(question, current, configs.__getitem__, lengths)
    for request in requests:
        books.enter(request)
    groups = {group.name: group for group in books.report().groups}
    return tuple(replace(step, money=groups.get(_label(step))) for step in steps)


def _requests(steps: Sequence[Step]) -> Iterator[Settled]:
    """Every answered request, under the name of its step in the place of a key."""
    for step in steps:
        for asked in step.answered:
            request = settled(orjson.loads(encode(asked.receipt)))  # type: ignore[arg-type]
            if request is not None:
                yield request._replace(buyer=request.buyer._replace(key=_label(step)))


def _label(step: Step) -> str:
    return f"step {step.number}"
