"""`fungible bench soak`: a server over a slow disk and failing backends, under a mixed load for minutes.

Invariant: what is lost or passed is looked for in the files that the server left when it had stopped.
"""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.progress import Progress

from router.bench.http.endurance.soak_bounds import Soaked, broken, percentile, stall_s
from router.bench.http.endurance.soak_clients import Seen, load, sound
from router.bench.http.endurance.steady_client import MODEL, POLICY, started
from router.bench.http.fake_backend import Upstream
from router.bench.http.faults import failing
from router.bench.http.sample_config import sample_documents
from router.bench.http.soak import TIMES
from router.ledger.location import ACCOUNTS, LEDGER

EARLY_S = 60.0
LOOK_EVERY_S = 1.0
LAGS, WORST = "fungible_event_loop_lag_seconds", "fungible_event_loop_lag_worst_seconds"
# Of each budget: its limit, and what the one request may cost by which it may be passed (64 tokens out, at the second
# backend's price, and what came in); requests by their number, money in micro-dollars.
BUDGETS = {"counted": ("100 requests", Decimal(100), Decimal(1)), "paid": ("0.01 USD", Decimal(10_000), Decimal(2_500))}


def run(seconds: float, faults: float, slow_sync: float, seed: int, *, as_json: bool) -> None:
    """Soak, and show what was seen; exit code 1 where a bound was passed."""
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("soaking", total=seconds)
        soaked, seen = measured(seconds, faults, slow_sync, seed, lambda at: progress.update(task, completed=at))
    faults_seen = broken(soaked)
    if as_json:
        figures = {**asdict(soaked), "ends": dict(sorted(seen.ends.items())), "faults": faults_seen}
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _show(Console(highlight=False), soaked, seen, faults_seen)
    sys.exit(1 if faults_seen else 0)


def measured(
    seconds: float, faults: float, slow_sync: float, seed: int, advance: Callable[[float], object] = lambda _: None
) -> tuple[Soaked, Seen]:
    """A server under load for so long, stopped, and its files looked at."""
    seen = Seen()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scripts = {"first": failing(faults, seed), "second": failing(faults, seed + 1), "sound": sound}
        urls = {name: stack.enter_context(Upstream(script)).url for name, script in scripts.items()}
        steady = stack.enter_context(started())
        urls[MODEL] = steady.url
        _write(folder / "config", urls)
        with _server(folder, slow_sync) as (process, port):
            watch = Watch(process.pid, port, seconds, advance)
            with watch, _bare() as machine:
                steady.start(port, seconds)
                asyncio.run(load(port, seconds, seed, seen))
                steady.add_to(seen)
        missing, passed = lost(folder / LEDGER, seen.receipts), budgets_passed(folder / ACCOUNTS)
    return Soaked(
        stall_ms=1000 * watch.stall_s,
        machine_ms=1000 * machine[0],
        early_mb=watch.early_mb,
        late_mb=watch.late_mb,
        steady_ms=1000 * percentile(seen.steady_s, 0.999),
        steady_answers=len(seen.steady_s),
        steady_failed=seen.steady_failed,
        receipts=len(seen.receipts),
        lost=missing,
        budgets_passed=passed,
    ), seen


class Watch:
    """Asks a server for its loop's lag and looks at its memory once a second, from a thread."""

    def __init__(self, process: int, port: int, seconds: float, advance: Callable[[float], object]) -> None:
        self.stall_s = self.early_mb = self.late_mb = 0.0
        self._process, self._port, self._advance = process, port, advance
        self._early_s = min(EARLY_S, seconds / 2)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch")

    def __enter__(self) -> "Watch":
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        started, (_, before) = time.monotonic(), _lag(self._port)
        worst_s = 0.0
        while not self._done.wait(LOOK_EVERY_S):
            passed_s = time.monotonic() - started
            worst, after = _lag(self._port)
            worst_s = max(worst_s, worst)
            self.stall_s, self.late_mb = stall_s(worst_s, before, after), resident_mb(self._process)
            if not self.early_mb and passed_s >= self._early_s:
                self.early_mb = self.late_mb
            self._advance(passed_s)


def resident_mb(process: int) -> float:
    """Resident memory of a process."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=False)  # noqa: S603, S607
    return round(int(shown.stdout or 0) / 1024, 1)


def _lag(port: int) -> tuple[float, dict[float, float]]:
    """The longest lag of late, and how many lags were no longer than each bound, in seconds."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as shown:
        families = {family.name: family for family in text_string_to_metric_families(shown.read().decode())}
    buckets = [row for row in families[LAGS].samples if row.name.endswith("_bucket")]
    return families[WORST].samples[0].value, {float(row.labels["le"]): row.value for row in buckets}


def _write(folder: Path, urls: dict[str, str]) -> None:
    """The configuration: one failing model before another, a sound one, and two policies with a budget each."""
    documents = sample_documents(urls, {"timeouts": TIMES})
    policies: dict[str, Any] = documents["policies.yaml"]["policies"]
    policies["calm"] = {**policies["plain"], "models": ["sound"]}
    policies[POLICY] = {**policies["plain"], "models": [MODEL]}
    policies["plain"]["models"] = ["first", "second"]
    for name, (limit, *_) in BUDGETS.items():
        policies[name] = {**policies["plain"], "budgets": [{"name": name, "limit": limit, "per": "month"}]}
    folder.mkdir()
    for name, document in documents.items():
        # What is JSON is YAML, and has no anchors.
        (folder / name).write_bytes(orjson.dumps(document))


@contextmanager
def _server(folder: Path, slow_sync: float) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A server process, stopped at the end in the way that loses nothing."""
    start = ["-m", "router.bench.http.slow_disk_server", str(slow_sync), "serve", "--port", "0"]
    words = ["--config", str(folder / "config"), "--data", str(folder), "--durability", "refuse"]
    process = subprocess.Popen([sys.executable, "-u", *start, *words], stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        address = next((line for line in process.stdout if "address" in line), "")
        if not address:
            raise ChildProcessError("the server did not start: it says why above")
        yield process, int(address.rpartition(":")[2].split("/")[0])
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def _bare() -> Iterator[list[float]]:
    """How late a loop without work is meanwhile: seconds, there at the end."""
    command, worst_s = [sys.executable, "-m", "router.bench.http.endurance.bare_lag"], list[float]()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        yield worst_s
        worst_s.append(float(process.communicate()[0]))


def lost(path: Path, receipts: list[str]) -> int:
    """How many of these receipts are not in the ledger."""
    with closing(sqlite3.connect(path)) as database:
        written = {row[0] for row in database.execute("SELECT id FROM receipts")}
    return sum(receipt not in written for receipt in receipts)


def budgets_passed(path: Path) -> int:
    """How many budgets have spent more than their limit and one request."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT budget, spent FROM accounts").fetchall()
    most = {name: limit + one for name, (_, limit, one) in BUDGETS.items()}
    return sum(Decimal(spent) > most[budget.rpartition("/")[2]] for budget, spent in rows)


def _show(console: Console, soaked: Soaked, seen: Seen, faults: list[str]) -> None:
    rows = {
        "event loop late, at most": f"{soaked.stall_ms:.1f} ms",
        "one without work meanwhile": f"{soaked.machine_ms:.1f} ms",
        "memory, early and at the end": f"{soaked.early_mb:.0f} MB, {soaked.late_mb:.0f} MB",
        "steady client, p99.9": f"{soaked.steady_ms:.1f} ms of {soaked.steady_answers:,} answers",
        "receipts named and lost": f"{soaked.receipts:,}, {soaked.lost:,}",
        "budgets passed": str(soaked.budgets_passed),
    }
    for what, figure in rows.items():
        console.print(f"{what:30} {figure}")
    console.print("[dim]" + ", ".join(f"{end} × {count:,}" for end, count in sorted(seen.ends.items())) + "[/]")
    console.print("\n".join(f"[bold red]broken[/] {fault}" for fault in faults) or "\nEvery bound was kept.")
