"""`fungible bench ledger`: what a receipt costs to append, and what proofs out of a large log cost to make and check.

Invariant: receipts are the size of real ones, groups are those of a busy server, every proof is verified from its text
with the public key alone; on a PostgreSQL server all happens in a schema that is dropped at the end.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from router.api.assembly import assemble
from router.config import load
from router.decision.receipt import Ending, settle
from router.ids import random_hex
from router.ledger import DatabaseLedger, SqliteLedger
from router.ledger.db.database import Database
from router.ledger.db.open_store import open_store
from router.ledger.location import Place
from router.ledger.log.append import Record
from router.ledger.log.verify import verify_ledger
from router.ledger.receipt_json import encode
from router.serving.request_context import RequestContext
from router.transparency.commitments import SALT, seal
from router.transparency.entry import ANONYMOUS, digest
from router.transparency.proof import parse_proof, verify
from router.types import Attempt, ChatRequest, Chunk, Message, Receipt, Usage

GROUP, GROUPS, PROOFS, STEP = 50, 200, 300, 20_000
REQUEST = ChatRequest("auto", (Message("user", "Summarise the minutes of Tuesday's meeting in three points."),))
ANSWER = (Chunk(text="It was agreed to measure first."),)


def run(entries: int, url: str | None, *, as_json: bool) -> None:
    """Measure and show."""
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("appending", total=entries)
        with empty_place(url) as place:
            append = append_times(place)
        with empty_place(url) as place:
            figures = proof_times(place, entries, lambda: progress.advance(task, STEP))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps({**append, "log": figures}, option=orjson.OPT_INDENT_2) + b"\n")
        return
    table = Table(box=None, show_header=False)
    table.add_column("", overflow="fold")
    table.add_column("", justify="right", no_wrap=True, overflow="fold")
    table.add_row(f"append, groups of {GROUP}, synced", f"{append['append_us']:,.0f} µs a receipt")
    table.add_row("  of the processor, here", f"{append['append_cpu_us']:,.0f} µs a receipt")
    for name, label in (("prove", f"a proof out of {entries:,}"), ("verify", "verified from its text")):
        shown = f"{figures[f'{name}_ms']:.2f} ms, 99th percentile {figures[f'{name}_p99_ms']:.2f}"
        table.add_row(label, shown)
    table.add_row("the whole log verified", f"{figures['verify_all_s']:,.1f} s")
    if figures["bytes_a_receipt"]:
        table.add_row("the file", f"{figures['bytes_a_receipt']:,} bytes a receipt")
    Console(highlight=False).print(table)


@contextmanager
def empty_place(url: str | None) -> Iterator[Place]:
    """An empty place, gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        if url is None:
            yield Place(Path(folder))
            return
        name = f"fungible_bench_{random_hex()[:12]}"
        with closing(open_store(url, "bench", "")) as store:
            _execute(store, f"CREATE SCHEMA {name}")
            try:
                yield Place(Path(folder), f"{url}{'&' if '?' in url else '?'}search_path={name}")
            finally:
                _execute(store, f"DROP SCHEMA {name} CASCADE")


def _execute(store: Database, statement: str) -> None:
    with store.writing() as database:
        database.execute(statement)


def sample() -> Receipt:
    """A receipt as the shipped configuration makes it."""
    config = load()
    decided = assemble(config, SqliteLedger()).consider(REQUEST, RequestContext("bench"))
    served = decided.decision.chosen
    ending = Ending(
        outcome="ok",
        attempts=(Attempt(served, "ok", 1.0),),
        served=served,
        usage=Usage(20, 10, 0, "exact"),
        duration_ms=1.0,
        first_chunk_ms=1.0,
    )
    return settle(decided, ending, config)


def append_times(place: Place) -> dict[str, float]:
    """Microseconds for one receipt with its commitments, encoded, hashed, and synced in groups; the median group."""
    receipt, times, busy = sample(), [], []
    with closing(place.ledger(1.0)) as ledger:
        for group in range(GROUPS):
            started, began = time.perf_counter(), time.process_time()
            for number in range(GROUP):
                sealed = seal(REQUEST.messages, ANSWER, bytes(2 * SALT))
                ledger.append(replace(receipt, id=f"{GROUP * group + number:032x}"), sealed)
            ledger.flush()
            times.append((time.perf_counter() - started) / GROUP * 1e6)
            busy.append((time.process_time() - began) / GROUP * 1e6)
    return {"append_us": statistics.median(times), "append_cpu_us": statistics.median(busy)}


def proof_times(place: Place, entries: int, advance: Callable[[], object]) -> dict[str, Any]:
    """Milliseconds for proofs of entries drawn by chance, seconds for the whole log, and its size on disk."""
    body = encode(sample())
    with closing(place.ledger()) as ledger:
        _fill(ledger, entries, body, advance)
        key = (ledger.log.head(), ledger.log.identity().first)[1]
        made, checked = [], []
        for number in random.Random(1).sample(range(entries), min(PROOFS, entries)):  # noqa: S311
            started = time.perf_counter()
            written = str(ledger.prove(f"{number:032x}"))
            between = time.perf_counter()
            verify(parse_proof(written), key)
            made.append((between - started) * 1e3)
            checked.append((time.perf_counter() - between) * 1e3)
    started = time.perf_counter()
    if findings := verify_ledger(place.log).findings:
        raise AssertionError(findings[0].sentence)
    return {
        "entries": entries,
        "prove_ms": statistics.median(made),
        "prove_p99_ms": sorted(made)[len(made) * 99 // 100],
        "verify_ms": statistics.median(checked),
        "verify_p99_ms": sorted(checked)[len(checked) * 99 // 100],
        "verify_all_s": time.perf_counter() - started,
        "bytes_a_receipt": place.log.stat().st_size // entries if isinstance(place.log, Path) else None,
    }


def _fill(ledger: DatabaseLedger, entries: int, body: bytes, advance: Callable[[], object]) -> None:
    """Entries straight into the log, since only the proofs are timed; one receipt's bytes stand for all."""
    hash_, names = digest(body), (f"{number:032x}" for number in range(entries))
    while group := list(islice(names, STEP)):
        # The transaction that the writer uses: nobody else appends here.
        with ledger.log.writing() as database:
            first = ledger.log.begin(database)
            rows = [(name, body, place) for place, name in enumerate(group, first)]
            database.executemany("INSERT INTO receipts (id, body, entry) VALUES (?, ?, ?)", rows)
            ledger.log.append(database, [Record("request", ANONYMOUS, name, hash_, hash_, hash_) for name in group])
        advance()
