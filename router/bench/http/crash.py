"""`fungible bench kills`: a server under load, killed again and again, and what became of the receipts.

Invariant: an answer counts as acknowledged when its last byte has come; what is lost is looked for in the file that
the killed server left, after its log was verified from the first entry.
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
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from router.ledger.location import LEDGER
from router.ledger.log.verify import verify_ledger

BODY = orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": "Say that this was recorded."}]})
CLIENTS = 8
LONGEST_S = 0.6
Acknowledged = list[tuple[str, float]]


def run(kills: int, seed: int, *, as_json: bool) -> None:
    """Kill in both modes, and show what was lost; exit code 1 where it is more than was promised."""
    console, figures = Console(highlight=False), {}
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        task = progress.add_task("killing", total=2 * kills)
        for durability in ("refuse", "degrade"):
            figures[durability] = kill_often(durability, kills, random.Random(seed), lambda: progress.advance(task))  # noqa: S311
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for durability, row in figures.items():
            console.print(
                f"{durability:8} {row['kills']} kills, {row['acknowledged']:,} acknowledged, {row['lost']:,} "
                f"lost, the oldest {row['oldest_lost_ms']:.0f} ms before its kill; {row['unsound']} logs not sound"
            )
    sys.exit(1 if figures["refuse"]["lost"] or any(row["unsound"] for row in figures.values()) else 0)


def kill_often(durability: str, kills: int, chance: random.Random, advance: Callable[[], object]) -> dict[str, Any]:
    """One ledger, many servers, each killed at a random moment; what the clients were promised and what is there."""
    acknowledged, lost, ages, unsound, size = 0, 0, [0.0], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(kills):
            answers, killed = _round(Path(folder), durability, LONGEST_S * chance.random())
            verified = verify_ledger(Path(folder) / LEDGER)
            unsound += bool(verified.findings)
            size = verified.size
            missing = _missing(Path(folder) / LEDGER, answers)
            acknowledged, lost = acknowledged + len(answers), lost + len(missing)
            ages += [killed - at for at in missing]
            advance()
    return {
        "kills": kills,
        "acknowledged": acknowledged,
        "lost": lost,
        "oldest_lost_ms": 1000 * max(ages),
        "entries": size,
        "unsound": unsound,
    }


def _round(folder: Path, durability: str, after_s: float) -> tuple[Acknowledged, float]:
    """A server with clients, killed; the answers that they had, and the moment of the kill."""
    answers: Acknowledged = []
    with _server(folder, durability) as (process, port):
        clients = [threading.Thread(target=_ask, args=(port, answers)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while not answers and process.poll() is None:
            time.sleep(0.001)
        time.sleep(after_s)
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
def _server(folder: Path, durability: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    words = ["serve", "--port", "0", "--data", str(folder), "--durability", durability]
    command = [sys.executable, "-u", "-m", "router.cli", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=None)  # noqa: S603
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        address = next(line for line in process.stdout if "address" in line)
        yield process, int(address.rpartition(":")[2].split("/")[0])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
