"""`fungible bench kills`: a server under load, killed again and again, and what became of the receipts.

Invariant: an answer counts as acknowledged when its last byte has come; what is lost is looked for in the file that
the killed server left, after its log was verified from the first entry. The promise that is measured: `refuse` loses
nothing; what `degrade` loses was answered within one window, and not longer ago than two commits and the window.
"""

import http.client
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.console import Console
from rich.progress import Progress

from router.ledger.location import LEDGER
from router.ledger.log.verify import verify_ledger
from router.serving.limits import DEFAULT_LIMITS, Durability

BODY = orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": "Say that this was recorded."}]})
CLIENTS = 8
LONGEST_S = 0.6
# For a busy machine: what the clock of the clients, and a commit without the delay, may add.
MARGIN_S = 0.25
Acknowledged = list[tuple[str, float]]
MODES: tuple[Durability, ...] = ("refuse", "degrade")


class Disk(NamedTuple):
    """What the servers are told: the window of `degrade`, and how much longer each sync takes than it would."""

    window_s: float = DEFAULT_LIMITS.window_s
    delay_s: float = 0.0


def run(kills: int, seed: int, disk: Disk, *, as_json: bool) -> None:
    """Kill in both modes, and show what was lost; exit code 1 where it is more than was promised."""
    console, figures = Console(highlight=False), {}
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("killing", total=2 * kills)
        for mode in MODES:
            chance = random.Random(seed)  # noqa: S311 - not for secrets
            figures[mode] = kill_often(mode, kills, chance, disk, lambda: progress.advance(task))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for mode, row in figures.items():
            console.print(
                f"{mode:8} {row['kills']} kills, {row['acknowledged']:,} acknowledged, {row['lost']:,} lost, answered "
                f"within {row['lost_within_ms']:.0f} ms (allowed {row['allowed_within_ms']:.0f}), the oldest "
                f"{row['oldest_lost_ms']:.0f} ms before its kill (allowed {row['allowed_oldest_ms']:.0f}); "
                f"{row['unsound']} logs not sound"
            )
    sys.exit(0 if all(map(is_kept, figures.values())) else 1)


def is_kept(row: dict[str, Any]) -> bool:
    """Whether what was promised was kept."""
    within = row["lost_within_ms"] <= row["allowed_within_ms"] and row["oldest_lost_ms"] <= row["allowed_oldest_ms"]
    return not row["unsound"] and within and (row["lost"] == 0 or row["allowed_within_ms"] > 0)


def kill_often(
    durability: Durability, kills: int, chance: random.Random, disk: Disk, advance: Callable[[], object]
) -> dict[str, Any]:
    """One ledger, many servers, each killed at a random moment; what the clients were promised and what is there."""
    acknowledged, lost, unsound, size, ages, spans = 0, 0, 0, 0, [0.0], [0.0]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(kills):
            answers, killed = _round(Path(folder), durability, disk, LONGEST_S * chance.random())
            verified = verify_ledger(Path(folder) / LEDGER)
            unsound += bool(verified.findings)
            size = verified.size
            missing = _missing(Path(folder) / LEDGER, answers)
            acknowledged, lost = acknowledged + len(answers), lost + len(missing)
            ages += [killed - at for at in missing]
            spans.append(max(missing) - min(missing) if missing else 0.0)
            advance()
    return {
        "kills": kills,
        "acknowledged": acknowledged,
        "lost": lost,
        "lost_within_ms": 1000 * max(spans),
        "oldest_lost_ms": 1000 * max(ages),
        **_allowed(durability, disk),
        "entries": size,
        "unsound": unsound,
    }


def _allowed(durability: Durability, disk: Disk) -> dict[str, float]:
    if durability == "refuse":
        return {"allowed_within_ms": 0.0, "allowed_oldest_ms": 0.0}
    within_s = disk.window_s + MARGIN_S
    return {"allowed_within_ms": 1000 * within_s, "allowed_oldest_ms": 1000 * (within_s + 2 * disk.delay_s)}


def _round(folder: Path, durability: Durability, disk: Disk, after_s: float) -> tuple[Acknowledged, float]:
    """A server with clients, killed; the answers that they had, and the moment of the kill."""
    answers: Acknowledged = []
    with _server(folder, durability, disk) as (process, port):
        clients = [threading.Thread(target=_ask, args=(port, answers)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while not answers and process.poll() is None:
            time.sleep(0.001)
        # Long enough for a slow disk to be in the middle of any of its first commits.
        time.sleep(after_s * (1 + 5 * disk.delay_s))
        killed = time.monotonic()
        process.send_signal(signal.SIGKILL)
        process.wait()
        for client in clients:
            client.join()
    return answers, killed


def _ask(port: int, answers: Acknowledged) -> None:
    """Ask until the server is gone."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        try:
            while True:
                connection.request("POST", "/v1/chat/completions", BODY, {"content-type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    answers.append((answer.headers["x-fungible-receipt"], time.monotonic()))
        except (OSError, http.client.HTTPException):
            return


def _missing(path: Path, answers: Acknowledged) -> list[float]:
    """When those answers came whose receipts are not there."""
    with closing(sqlite3.connect(path)) as database:
        question = "SELECT 1 FROM receipts WHERE id = ?"
        return [at for id, at in answers if database.execute(question, (id,)).fetchone() is None]  # noqa: A001


@contextmanager
def _server(folder: Path, durability: Durability, disk: Disk) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    words = ["serve", "--port", "0", "--data", str(folder), "--durability", durability]
    start = ["-m", "router.bench.http.slow_disk_server", str(disk.delay_s)] if disk.delay_s else ["-m", "router.cli"]
    command = [sys.executable, "-u", *start, *words, "--window", str(disk.window_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=None)  # noqa: S603
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        address = next(line for line in process.stdout if "address" in line)
        yield process, int(address.rpartition(":")[2].split("/")[0])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
