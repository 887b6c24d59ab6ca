"""`fungible bench ledger`: what a receipt costs to append, and what a proof out of a large log costs to make and check.

Invariant: receipts are the size of real ones, groups are those of a busy server, and every proof is verified from its
text with the public key alone.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from router.api.assembly import assemble
from router.config import load
from router.ledger import SqliteLedger
from router.ledger.encoding import encode
from router.ledger.growing import Record, append
from router.proving.commitments import SALT, seal
from router.proving.entry import ANONYMOUS, digest
from router.proving.proof import parse_proof, verify
from router.receipts import Ending, settle
from router.setup import Terms
from router.types import Attempt, ChatRequest, Chunk, Message, Receipt, Usage

GROUP, GROUPS, PROOFS, STEP = 50, 200, 300, 20_000
REQUEST = ChatRequest("auto", (Message("user", "Summarise the minutes of Tuesday's meeting in three points."),))
ANSWER = (Chunk(text="It was agreed to measure first."),)


def run(entries: int, *, as_json: bool) -> None:
    """Measure and show."""
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("appending", total=entries)
        append_us, told = append_times(), proof_times(entries, lambda: progress.advance(task, STEP))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps({"append_us": append_us, "log": told}, option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console(highlight=False)
    console.print(f"append, groups of {GROUP}, synced    {append_us:,.0f} µs a receipt")
    console.print(
        f"a proof out of {entries:,}     {told['prove_ms']:.2f} ms, 99th percentile {told['prove_p99_ms']:.2f}"
    )
    console.print(
        f"verified from its text        {told['verify_ms']:.2f} ms, 99th percentile {told['verify_p99_ms']:.2f}"
    )


def sample() -> Receipt:
    """A receipt as the shipped configuration makes it."""
    config = load()
    found = assemble(config, SqliteLedger()).consider(REQUEST, Terms("bench"))
    served = found.decision.chosen
    ending = Ending("ok", (Attempt(served, "ok", 1.0),), served, Usage(20, 10, 0, "exact"), 1.0, 1.0)
    return settle(found, ending, config)


def append_times() -> float:
    """Microseconds for one receipt with its commitments, encoded, hashed, and synced in groups; the median group."""
    one, times = sample(), []
    with tempfile.TemporaryDirectory() as folder, closing(SqliteLedger(Path(folder) / "ledger.sqlite3", 1.0)) as ledger:
        for group in range(GROUPS):
            started = time.perf_counter()
            for number in range(GROUP):
                sealed = seal(REQUEST.messages, ANSWER, bytes(2 * SALT))
                ledger.append(replace(one, id=f"{GROUP * group + number:032x}"), sealed)
            ledger.flush()
            times.append((time.perf_counter() - started) / GROUP * 1e6)
    return statistics.median(times)


def proof_times(entries: int, advance: Callable[[], object]) -> dict[str, Any]:
    """Milliseconds for proofs of entries drawn by chance."""
    body = encode(sample())
    with tempfile.TemporaryDirectory() as folder, closing(SqliteLedger(Path(folder) / "ledger.sqlite3")) as ledger:
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
    return {
        "entries": entries,
        "prove_ms": statistics.median(made),
        "prove_p99_ms": sorted(made)[len(made) * 99 // 100],
        "verify_ms": statistics.median(checked),
        "verify_p99_ms": sorted(checked)[len(checked) * 99 // 100],
    }


def _fill(ledger: SqliteLedger, entries: int, body: bytes, advance: Callable[[], object]) -> None:
    """Entries straight into the log, since only the proofs are timed; one receipt's bytes stand for all."""
    told, names = digest(body), (f"{number:032x}" for number in range(entries))
    while group := list(islice(names, STEP)):
        # The transaction that the writer uses: nobody else appends here.
        with ledger.log.writing() as database:
            first = ledger.log.begin(database)
            rows = [(name, body, place) for place, name in enumerate(group, first)]
            database.executemany("INSERT INTO receipts (id, body, entry) VALUES (?, ?, ?)", rows)
            append(database, [Record("request", ANONYMOUS, name, told, told, told) for name in group], "2026-01-01")
        advance()
