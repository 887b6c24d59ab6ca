"""Two processes of one ledger on a server, one of which is killed again and again: run as a program, it prints what
became of receipts.

Every child is forked before anything here talks to the server, so that each begins like a server that was started anew.
"""

import os
import random
import signal
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import orjson

from router.ledger.location import Place
from router.ledger.log.verify import verify_ledger
from unit.ledger_kills import LONGEST_S, killed_once, load


def main(folder: Path, kills: int) -> None:
    place, chance = Place(folder, os.environ["FUNGIBLE_LEDGER"]), random.Random(kills)
    with tempfile.TemporaryFile() as told:
        if (steady := os.fork()) == 0:
            load(place, "steady", "refuse", told.fileno())
        rounds = [
            killed_once(place, f"{number:04}", "refuse", LONGEST_S * chance.random())[0] for number in range(kills)
        ]
        os.kill(steady, signal.SIGKILL)
        os.waitpid(steady, 0)
        told.seek(0)
        names = [line.split()[0] for line in told.read().decode().splitlines(keepends=True) if line.endswith("\n")]
    names += [name for acknowledged in rounds for name, _ in acknowledged]
    with closing(place.ledger()) as ledger:
        there = {orjson.loads(body)["id"] for body in ledger.receipts()}
    found = verify_ledger(place.log)
    figures = {
        "acknowledged": len(names),
        "by_the_killed": sum(map(len, rounds)),
        "lost": sorted(set(names) - there),
        "findings": [one.sentence for one in found.findings],
        "receipts": len(there),
        "size": found.size,
    }
    sys.stdout.buffer.write(orjson.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
