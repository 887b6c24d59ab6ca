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
    with tempfile.TemporaryFile() as output:
        if (steady := os.fork()) == 0:
            load(place, "steady", "refuse", output.fileno())
        rounds = [
            killed_once(place, f"{number:04}", "refuse", LONGEST_S * chance.random())[0] for number in range(kills)
        ]
        os.kill(steady, signal.SIGKILL)
        os.waitpid(steady, 0)
        output.seek(0)
        names = [line.split()[0] for line in output.read().decode().splitlines(keepends=True) if line.endswith("\n")]
    names += [name for acknowledged in rounds for name, _ in acknowledged]
    with closing(place.ledger()) as ledger:
        there = {orjson.loads(body)["id"] for body in ledger.receipts()}
    verified = verify_ledger(place.log)
    figures = {
        "acknowledged": len(names),
        "by_the_killed": sum(map(len, rounds)),
        "lost": sorted(set(names) - there),
        "findings": [finding.sentence for finding in verified.findings],
        "receipts": len(there),
        "size": verified.size,
    }
    sys.stdout.buffer.write(orjson.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
