"""A process that is forked, loaded and killed again and again: run as a program, it prints what became of receipts.

The parent has one thread and no ledger, so that each child begins like a server that was started anew.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import orjson

from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from unit.ledger_samples import receipt

LONGEST_S = 0.15


def load(place: Place, name: str, durability: str, out: int) -> None:
    """Append for ever, and tell of each receipt once it counts as acknowledged."""
    ledger = place.ledger(0.002 if durability == "refuse" else None)

    async def client(worker: int) -> None:
        original = receipt(name, f"key_{worker % 3}")
        for number in count():
            ledger.append(replace(original, id=f"{name}-{worker}-{number:06}"))
            if durability == "refuse":
                await ledger.written(f"{name}-{worker}-{number:06}")
            os.write(out, f"{name}-{worker}-{number:06} {time.monotonic()}\n".encode())
            await asyncio.sleep(0.001)

    async def clients() -> None:
        await asyncio.gather(*map(client, range(8)))

    asyncio.run(clients())


def killed_once(place: Place, name: str, durability: str, after_s: float) -> tuple[list[tuple[str, float]], float]:
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reads)
        load(place, name, durability, writes)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        first = pipe.readline()
        time.sleep(after_s)
        killed = time.monotonic()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = [first, *pipe]
    return [(line.split()[0], float(line.split()[1])) for line in lines if line.endswith("\n")], killed


def verify(path: Path) -> tuple[list[str], int]:
    """The findings and the entries; nothing where the process was killed before its first group."""
    with closing(sqlite3.connect(path)) as database:
        if database.execute("SELECT COUNT(*) FROM entries").fetchone() == (0,):
            return [], 0
    verified = verify_ledger(path)
    return [finding.sentence for finding in verified.findings], verified.size


def main(folder: Path, durability: str, kills: int) -> None:
    place = Place(folder)
    chance, lost, acknowledged, oldest, findings, size = random.Random(kills), 0, 0, 0.0, [], 0
    for number in range(kills):
        lines, killed = killed_once(place, f"{number:04}", durability, LONGEST_S * chance.random())
        verified, size = verify(place.log)
        findings += verified
        with closing(sqlite3.connect(place.log)) as database:
            there = {name for (name,) in database.execute("SELECT id FROM receipts")}
        ages = [killed - at for name, at in lines if name not in there]
        acknowledged, lost, oldest = acknowledged + len(lines), lost + len(ages), max([oldest, *ages])
    told_all = {"acknowledged": acknowledged, "lost": lost, "oldest_s": oldest, "findings": findings, "size": size}
    sys.stdout.buffer.write(orjson.dumps(told_all))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
