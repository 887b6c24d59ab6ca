"""Makes a ledger of many receipts quickly: decisions on the shipped workload, settled again and again over a month.

Invariant: every receipt is one that a server could have written: decided by `decide()`, settled and appended by the
code that serves; only who asked, when, and how long it took are drawn.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from router.api.assembly import assemble
from router.config import from_documents, load
from router.config.files.seed_data import load_workload
from router.decision.receipt import Ending, settle
from router.ids import first_id
from router.ledger import DatabaseLedger, SqliteLedger
from router.serving.request_context import RequestContext
from router.types import Access, Attempt, ChatRequest, Config, Receipt, Usage

DAYS = 30
KINDS = 1500
"""So many different decisions are made; receipts repeat them."""
AT_ONCE = 1000
MODELS = ("auto", "auto", "auto", "cost", "quality", "gpt-5", "gpt-5")
KEYS = tuple(f"team-{number}" for number in range(20))
RAMP: dict[str, Any] = {
    "name": "ordinary-work",
    "because": "MAI-1 is nearly as good, and cheaper",
    "original": "gpt-5",
    "substitute": "mai-1",
    "share": 0.25,
    "holdback": 0.1,
}


def ramped() -> Config:
    """The shipped configuration with a ramp, so that both of its sides have requests."""
    return from_documents({**load().documents, "ramps.yaml": {"ramps": [RAMP]}})


def fill(ledger: DatabaseLedger, config: Config, count: int, advance: Callable[[int], object] = int) -> None:
    """Append so many receipts, evenly over the last `DAYS` days, in the order of time."""
    ledger.keep(config)
    kinds, rng, now = list(islice(_kinds(config), KINDS)), random.Random(1), datetime.now(UTC)  # noqa: S311
    begin, step = now - timedelta(days=DAYS), timedelta(days=DAYS) / count
    for first in range(0, count, AT_ONCE):
        for number in range(first, min(first + AT_ONCE, count)):
            ledger.append(_again(rng.choice(kinds), begin + number * step, number, rng))
        ledger.flush()
        advance(min(AT_ONCE, count - first))


def _kinds(config: Config) -> Iterator[Receipt]:
    """Receipts of the shipped prompts, by names and keys in turn; without end."""
    service, cases = assemble(config, SqliteLedger()), load_workload()
    accesses: Sequence[Access | None] = [None, *(Access(key) for key in KEYS)]
    number = 0
    while True:
        case, model = cases[number % len(cases)], MODELS[number % len(MODELS)]
        own = f"bench-{number}"
        context = RequestContext(own, unit=own, access=accesses[number % len(accesses)])
        exchange = service.consider(ChatRequest(model, case.messages), context)
        served = exchange.decision.chosen
        usage = Usage(exchange.features.input_tokens, 50 + number % 700, 0, "exact")
        ending = Ending("ok", (Attempt(served, "ok", 1.0),), served, usage, 1.0, 1.0)
        yield settle(exchange, ending, config)
        number += 1


def _again(kind: Receipt, time: datetime, number: int, rng: random.Random) -> Receipt:
    """The same decision for another conversation at another time."""
    id_ = f"{first_id(time)[:12]}{number:020x}"
    return replace(kind, id=id_, time=time, request_id=id_, duration_ms=rng.lognormvariate(5.5, 0.8))
