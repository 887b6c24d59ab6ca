"""A substitution day by day: a governed ramp over simulated days, through the same service that serves.

Invariant: nothing is decided here; days pass by an injected clock, every figure comes from receipts, and what moves
is decided by the ramp controller from shadow pairs.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson

from router.api.assembly import assemble, govern, load_providers
from router.config import from_documents
from router.config.files.seed_data import Case
from router.config.ramps.ramp_shares import with_shares
from router.errors import Conflict
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER
from router.ledger.ramp_store import RampStore
from router.money import ZERO
from router.ramps import Move, Order, RampState
from router.serving.ramps.ramp_controller import RampController
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.proof import parse_proof, verify
from router.types import Author, ChatRequest, Config, Message, Receipt, Task

SALT = b"demo"
RAMP, ORIGINAL, SUBSTITUTE = "ordinary-work-to-mai-1", "gpt-5", "mai-1"
TASKS: tuple[Task, ...] = ("chat", "summarisation", "translation", "extraction")
SPOILT: Task = "translation"
DAYS, A_DAY, SPOILT_ON = 12, 260, 9
HOURS = 12
WORDS = "prompts.jsonl"
_BEGINS = datetime(2026, 11, 2, tzinfo=UTC)
_PLAN: dict[str, Any] = {
    "name": RAMP,
    "because": "On ordinary work MAI-1 is nearly as good, and cheaper",
    "original": ORIGINAL,
    "substitute": SUBSTITUTE,
    "holdback": 0.05,
    "when": {"difficulty": "< 0.5", "task": list(TASKS)},
    "evidence": {"margin": 0.1, "after": "20 hours", "pairs": 100},
    "shadow": {"sample": 1.0, "judge": "truth", "budget": "50 USD"},
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day: requests by owner and family, money in micro-dollars, the share at its end, moves, the tasks' states.

    `as_asked` is what the same answers would have cost at the price of the model that everybody asked for.
    """

    number: int
    by_owner: Counter[str]
    by_family: Counter[str]
    cost: Decimal
    as_asked: Decimal
    share: float
    moves: tuple[Move, ...]
    state: RampState


@dataclass(frozen=True, slots=True)
class Proven:
    """The receipt of a request that moved, and what verified it offline: the entry, the log's size, the hashes."""

    receipt: Receipt
    entry: int
    size: int
    hashes: int
    key: str


@dataclass(frozen=True, slots=True)
class Story:
    """All days, and the receipt of one moved request."""

    days: tuple[Day, ...]
    proven: Proven | None


def possible(config: Config) -> bool:
    """Whether both models of the story are in the catalog."""
    return {ORIGINAL, SUBSTITUTE} <= {model.id for model in config.models}


def live_through(
    config: Config,
    cases: Sequence[Case],
    advance: Callable[[], object] = lambda: None,
    kept: Path | None = None,
) -> Story:
    """Twelve days of ordinary work; on the ninth the substitute becomes bad at one task.

    A folder that is given keeps the ledger and, beside it, the words that a client would have in a log of its own.
    """
    documents = {**config.documents, "ramps.yaml": {"ramps": [_PLAN]}}
    with _life(from_documents(documents), kept) as life:
        story = asyncio.run(life.days(_ordinary(cases), advance))
        if kept is not None:
            (kept / WORDS).write_bytes(b"".join(orjson.dumps(words) + b"\n" for words in life.words))
        return story


@contextmanager
def _life(config: Config, kept: Path | None) -> "Iterator[_Life]":
    with tempfile.TemporaryDirectory() as folder:
        place = kept or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        if (place / LEDGER).exists():
            raise Conflict(f"{place} holds a ledger already: give an empty folder.")
        with closing(SqliteLedger(place / LEDGER)) as ledger:
            yield _Life(config, ledger)


class _Life:
    """One service with its governor, and the clock that they go by."""

    def __init__(self, config: Config, ledger: SqliteLedger) -> None:
        self.now = _BEGINS
        self.config = config
        self.ledger = ledger
        self.service: Service = assemble(config, ledger, salt=SALT)
        self.service.clock = lambda: self.now
        self.governor: RampController = govern(self.service, ledger)
        self.governor.store = RampStore(ledger.log, longest_tick_s=86_400.0 / HOURS)
        self.receipts: list[Receipt] = []
        self.words: list[dict[str, str]] = []
        self.service.state.watch = self.receipts.append

    async def days(self, cases: Sequence[Case], advance: Callable[[], object]) -> Story:
        for word in ("approve", "start"):
            self.governor.obey(RAMP, Order(word, Author("demo", "command")))
        traffic, days = cycle(cases), []
        for number in range(1, DAYS + 1):
            if number == SPOILT_ON:
                self._spoil()
            days.append(await self._day(number, list(islice(traffic, A_DAY))))
            advance()
        moved = [receipt for receipt in self.receipts if receipt.decision.reason == "ramp"]
        return Story(tuple(days), self._prove(moved[len(moved) // 2]) if moved else None)

    async def _day(self, number: int, cases: Sequence[Case]) -> Day:
        self.receipts.clear() if number < DAYS else None
        first, moves = len(self.receipts), list[Move]()
        for hour in range(HOURS):
            for place, case in enumerate(cases[hour::HOURS]):
                await self._ask(case, f"{number}-{hour}-{place}")
            moves += await self._tick()
            self.now += timedelta(hours=24 / HOURS)
        served = self.receipts[first:]
        models = [self.service.active.models[receipt.served] for receipt in served if receipt.served]
        return Day(
            number=number,
            by_owner=Counter(model.owner for model in models),
            by_family=Counter(model.family for model in models),
            cost=sum((receipt.cost for receipt in served), ZERO),
            as_asked=sum((receipt.baseline_cost for receipt in served), ZERO),
            share=share if (share := self._share()) is not None else 0.0,
            moves=tuple(moves),
            state=self.governor.states[RAMP],
        )

    def _share(self) -> float | None:
        share = self.governor.shares().get(RAMP)
        return share.share if share else None

    async def _ask(self, case: Case, unit: str) -> None:
        """Everybody asks for the original; each request is another, so that each pair is."""
        labels = {"fungible.task": case.task, "fungible.difficulty": str(case.difficulty)}
        messages = (Message("system", f"Request {unit}."), *case.messages[:-1], _numbered(case.messages[-1], unit))
        request = ChatRequest(ORIGINAL, messages, metadata=labels)
        async with self.service.answer(request, RequestContext(unit, "any", unit=unit)) as answer:
            async for _ in answer:
                pass
        self.words.append({"receipt": answer.settled().id, "prompt": messages[-1].text})
        # The pair runs now, while nobody waits.
        await asyncio.sleep(0)

    async def _tick(self) -> list[Move]:
        await self.governor.pairing.settle()
        moves = self.governor.tick()
        self.governor.look()
        config = with_shares(self.config, self.governor.shares())
        self.ledger.keep(config)
        self.service.put_in_force(config, self.service.active.providers)
        return moves

    def _spoil(self) -> None:
        """From now on the substitute is bad at one task: an update that nobody announced."""
        rows = dict(self.config.providers)
        owner = next(model for model in self.config.models if model.id == SUBSTITUTE)
        row = rows[owner.provider]
        rows[owner.provider] = replace(row, settings={**row.settings, "skill": {SPOILT: -0.7}})
        self.service.put_in_force(self.service.config, load_providers(replace(self.config, providers=rows)))

    def _prove(self, receipt: Receipt) -> Proven:
        """Prove it as a stranger would: from the text of the proof and the public key."""
        self.ledger.flush()
        key = self.ledger.log.identity().first
        proof = parse_proof(str(self.ledger.prove(receipt.id)))
        shown = verify(proof, key)
        size = parse_checkpoint(proof.head.text).size
        return Proven(receipt, shown.entry.sequence, size, len(proof.path), str(key))


def _ordinary(cases: Sequence[Case]) -> list[Case]:
    """The ordinary work of the workload, task after task in turn."""
    by_task: Mapping[Task, list[Case]] = {task: [] for task in TASKS}
    for case in cases:
        if case.task in by_task and case.difficulty < 0.5:
            by_task[case.task].append(case)
    longest = max((len(group) for group in by_task.values()), default=0)
    return [group[place % len(group)] for place in range(longest) for group in by_task.values() if group]


def _numbered(message: Message, unit: str) -> Message:
    content = message.text
    return replace(message, content=f"{content} [{unit}]")
