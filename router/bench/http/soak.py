"""`fungible bench upstream`: many requests before backends that fail, and what is left of them.

Invariant: every request has one end, which its client saw and its receipt records; what was held open before is what is
held open after.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from providers.upstream.http.connection import Broken
from providers.upstream.http.pool import Address, Pool
from router import tokens
from router.bench.http.fake_backend import Upstream
from router.bench.http.faults import LEFT, failing
from router.bench.http.in_process_server import Served, resident_mb
from router.bench.http.sample_config import sample_documents
from router.config import from_documents
from router.serving.limits import Limits
from router.types import Config, Receipt

TIMES = {"connect": 1.0, "first_token": 0.1, "between_tokens": 0.4, "whole": 0.5}
PATIENCE_S = 30.0
SETTLE_S = 5.0
LEAVES_EVERY = 50
WARM = 1_000
# Allocators and caches settle for a while; 10,000 requests that leaked a kilobyte each would stand out.
MOST_GROWN_MB = 10
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n%b"


def run(requests: int, faults: float, connections: int, seed: int, *, as_json: bool) -> None:
    """Ask, count, and show; exit code 1 where something is missing or left behind."""
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("asking", total=requests)
        figures = measured(requests, faults, connections, seed, lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console = Console(highlight=False)
        console.print(_table(figures))
        console.print(
            "\n".join(f"[bold red]wrong[/] {fault}" for fault in figures["faults"]) or "\nEvery sum comes out."
        )
    sys.exit(1 if figures["faults"] else 0)


def measured(
    requests: int, faults: float, connections: int, seed: int, advance: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Ask so many times; what was seen, what was recorded, what is held before and after, and what is wrong."""
    tokens.count("warm")
    recorded = Recorded()
    with (
        tempfile.TemporaryDirectory() as folder,
        Upstream(failing(faults, seed)) as first,
        Upstream(failing(faults, seed + 1)) as second,
        Served(_config(first, second), Path(folder), Limits(in_flight=2 * connections), recorded.note) as served,
    ):
        # What is made once and kept is made by the first requests.
        asyncio.run(_ask(served, min(WARM, requests), connections, Counter(), lambda: None))
        before, seen = _settled(served, (first, second)), Counter[str]()
        recorded.clear()
        started = time.perf_counter()
        asyncio.run(_ask(served, requests, connections, seen, advance))
        seconds = time.perf_counter() - started
        after = _settled(served, (first, second))
    figures = {"requests": requests, "seconds": round(seconds, 2), "seen": dict(seen), **recorded.to_json()}
    figures |= {"before": before, "after": after}
    return {**figures, "faults": _wrong(figures)}


class Recorded:
    """What receipts say, counted and let go: keeping them would look like a leak."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin to count."""
        self._outcomes, self._attempts = Counter[str](), Counter[str]()
        self._counted, self._notes = Counter[str](), Counter[str]()

    def note(self, receipt: Receipt) -> None:
        """Count a receipt."""
        self._outcomes[receipt.outcome] += 1
        self._attempts.update(attempt.outcome for attempt in receipt.attempts)
        self._counted[receipt.usage.counted if receipt.usage else "nobody"] += 1
        self._notes.update(receipt.notes)

    def to_json(self) -> dict[str, Any]:
        """The counts."""
        return {
            "receipts": self._outcomes.total(),
            "outcomes": dict(self._outcomes),
            "attempts": dict(self._attempts),
            "counted by": dict(self._counted),
            "notes": dict(self._notes),
        }


def _config(*backends: Upstream) -> Config:
    names = ("first", "second")
    settings = {"timeouts": TIMES, "idle_s": 0.1}
    urls = {name: backend.url for name, backend in zip(names, backends, strict=True)}
    return from_documents(sample_documents(urls, settings))


def _wrong(figures: dict[str, Any]) -> list[str]:
    """Every way in which the sums do not come out."""
    seen, receipts, before, after = (
        Counter(figures["seen"]),
        Counter(figures["outcomes"]),
        figures["before"],
        figures["after"],
    )
    sums = {
        "requests and receipts": (figures["requests"], figures["receipts"]),
        # Who leaves as the last word comes has had it all, and the receipt says so.
        "whole answers and clients that left": (seen["whole"] + seen["left"], receipts["ok"] + receipts["client_left"]),
        "answers that broke off": (seen["broke off"], receipts["cut_off"]),
        "refusals": (seen["refused"], receipts["content_filter"] + receipts["rejected"]),
        "failures": (seen["failed"], receipts["unavailable"] + receipts["timeout"] + receipts["rate_limited"]),
        **{what: (before[what], after[what]) for what in ("tasks", "in flight", "sockets and files", "to backends")},
    }
    grown = after["memory, MB"] - before["memory, MB"]
    faults = [
        f"{what}: {expected:,} and {counted:,}" for what, (expected, counted) in sums.items() if expected != counted
    ]
    return faults + ([f"memory has grown by {grown:.0f} MB"] if grown > MOST_GROWN_MB else [])


def _settled(served: Served, backends: tuple[Upstream, ...]) -> dict[str, Any]:
    """What is held once everything has come to rest."""
    until, seen = time.monotonic() + SETTLE_S, list[dict[str, Any]]()
    while time.monotonic() < until and (len(seen) < 2 or seen[-1] != seen[-2] or seen[-1]["to backends"]):
        time.sleep(0.1)
        seen.append({**served.held(), "to backends": sum(backend.open for backend in backends)})
    return {**seen[-1], "memory, MB": resident_mb()}


async def _ask(
    served: Served, requests: int, connections: int, seen: "Counter[str]", advance: Callable[[], object]
) -> None:
    """Several clients at once, each with its next request when the last is answered."""
    pool, numbers = Pool(Address("127.0.0.1", served.port), connections, 60.0, 5.0), iter(range(requests))

    async def client() -> None:
        for number in numbers:
            seen[await _ask_once(pool, number)] += 1
            advance()

    await asyncio.gather(*(client() for _ in range(connections)))
    await pool.aclose()


async def _ask_once(pool: Pool, number: int) -> str:
    """Ask once; how that ended for the client. Every other answer is a stream, and some are left in the middle."""
    leaves = number % LEAVES_EVERY == 1
    text = f"{LEFT if leaves else 'Minutes'} {number}"
    body = orjson.dumps({"model": "auto", "stream": bool(number % 2), "messages": [{"role": "user", "content": text}]})
    connection = await pool.take()
    connection.begin(HEAD % (len(body), body))
    due = asyncio.get_running_loop().time() + PATIENCE_S
    try:
        await connection.opened(due)
        if leaves and connection.status == 200:
            await connection.more(due)
            return "left"
        whole = b""
        while piece := await connection.more(due):
            whole += piece
        return _end(connection.status, whole)
    except (Broken, TimeoutError) as error:
        return f"the server {error}"
    finally:
        pool.give(connection)


def _end(status: int, body: bytes) -> str:
    if status == 200:
        return "broke off" if body.startswith(b"data: ") and not body.endswith(b"data: [DONE]\n\n") else "whole"
    return "refused" if status == 400 else "failed"


def _table(figures: dict[str, Any]) -> Table:
    table = Table(box=None, header_style="dim", title_justify="left")
    for column in ("", "", ""):
        figure = bool(table.columns)
        table.add_column(column, justify="right" if figure else "left", no_wrap=figure, overflow="fold")
    table.add_row("requests", f"{figures['requests']:,}", f"{figures['requests'] / figures['seconds']:,.0f} a second")
    for title, rows in (
        ("seen by the clients", "seen"),
        ("recorded in receipts", "outcomes"),
        ("calls", "attempts"),
        ("tokens counted by", "counted by"),
    ):
        table.add_section()
        table.add_row(f"[dim]{title}[/]")
        for what, count in sorted(figures[rows].items(), key=lambda row: -row[1]):
            table.add_row(f"  {what}", f"{count:,}")
    table.add_section()
    table.add_row("[dim]held[/]", "[dim]before[/]", "[dim]after[/]")
    for what in figures["before"]:
        table.add_row(f"  {what}", f"{figures['before'][what]:,}", f"{figures['after'][what]:,}")
    return table
