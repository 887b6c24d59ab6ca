"""`fungible bench limits`: what a budget adds to a request, by where its account is kept.

Invariant: all ways serve the same request by the same service in turns, one request after another, and differ in the
accounts alone; receipts go to a ledger in memory. What is measured is the whole request: the median by the clock, and
the mean of this process's processor, with all that threads do beside it. What is shown is how much more it takes than
without a budget.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from router.api.assembly import assemble
from router.bench.http.ledger_speed import empty_place
from router.bench.stages import CONTEXT
from router.config import load
from router.config.load import with_policies
from router.ids import random_hex
from router.ledger import SqliteLedger
from router.ledger.budget_store import Accounts, BudgetAccounts
from router.ledger.leases.shared_limits import open_limits
from router.serving.service import Service
from router.types import ChatRequest, Config, Message

POLICIES = """
default: plain
policies:
  plain:
    because: a benchmark
    band: 1
    models: [gpt-5-nano]
{budgets}
"""
BUDGET = """
    budgets:
      - {name: all, limit: 1000000 USD, per: month}
"""
REQUEST = ChatRequest("plain", (Message("user", "Summarise the minutes of Tuesday's meeting in three points."),))
NONE, FILE, DATABASE, LEASES = "no budget", "a SQLite file", "PostgreSQL", "PostgreSQL, shared out by Valkey"


class Taken(NamedTuple):
    """Microseconds for a request, by the clock and of the processor."""

    clock: float
    processor: float


def run(requests: int, rounds: int, url: str | None, limits_at: str | None, *, as_json: bool) -> None:
    """Measure and show."""
    taken = asyncio.run(_measure(requests, rounds, url, limits_at))
    plain = taken.pop(NONE)
    added = {
        name: Taken(*(round(each - base, 1) for each, base in zip(figures, plain, strict=True)))
        for name, figures in taken.items()
    }
    if as_json:
        rows = {name: figures._asdict() for name, figures in added.items()}
        whole = {"request_us": plain._asdict(), "a_budget_adds_us": rows}
        sys.stdout.buffer.write(orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")
        return
    table = Table("a budget adds, its account in", "µs by the clock", "of the processor", box=None)
    for name, figures in added.items():
        table.add_row(name, f"{figures.clock:,.0f}", f"{figures.processor:,.0f}")
    Console(highlight=False).print(table)


async def _measure(requests: int, rounds: int, url: str | None, limits_at: str | None) -> dict[str, Taken]:
    """The median round of each way, all ways in turns."""
    with _services(url, limits_at) as services:
        rows: dict[str, list[Taken]] = {name: [] for name in services}
        for number in range(rounds + 1):
            for name, service in services.items():
                taken = await _timed(service, requests)
                if number:
                    # The first round warms up.
                    rows[name].append(taken)
    return {name: Taken(*map(median, zip(*taken, strict=True))) for name, taken in rows.items()}


async def _timed(service: Service, requests: int) -> Taken:
    """The median request by the clock, which a pause of the machine does not move; the mean of all that they took."""
    clocks, busy = [], time.process_time()
    for _ in range(requests):
        started = time.perf_counter()
        async with await service.answered(REQUEST, CONTEXT) as answer:
            async for _chunk in answer:
                pass
        clocks.append(time.perf_counter() - started)
    return Taken(median(clocks) * 1e6, (time.process_time() - busy) / requests * 1e6)


@contextmanager
def _services(url: str | None, limits_at: str | None) -> Iterator[dict[str, Service]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        made: dict[str, Callable[[], BudgetAccounts]] = {
            NONE: Accounts,
            FILE: lambda: Accounts(folder / "accounts.sqlite3"),
        }
        if url:
            place = stack.enter_context(empty_place(url))
            made[DATABASE] = place.accounts
            if limits_at:
                made[LEASES] = lambda: open_limits(place, limits_at, random_hex().encode()).accounts
        yield {name: _service(stack, accounts(), _config(budget=name != NONE)) for name, accounts in made.items()}


def _config(*, budget: bool) -> Config:
    return with_policies(load(), POLICIES.format(budgets=BUDGET if budget else "").encode())


def _service(stack: ExitStack, accounts: BudgetAccounts, config: Config) -> Service:
    stack.enter_context(closing(accounts))
    return assemble(config, stack.enter_context(closing(SqliteLedger())), accounts=accounts)
