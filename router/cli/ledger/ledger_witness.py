"""`fungible ledger witness`: a second signature, by a hand that remembers."""

import sys
import time
from pathlib import Path

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.cli.receipt.receipt_verify import public_key
from router.errors import ProofError
from router.ledger.location import Place
from router.ledger.log.witness import attest
from router.transparency.checkpoint import parse_checkpoint


def run(folder: Path, name: str, key: str | None, place: Place, *, as_json: bool) -> None:
    """Sign the head; exit code 1 where it does not go on from the last one seen."""
    trusted = public_key(key) if key else None
    with opened(place) as ledger:
        try:
            found = attest(ledger.log, folder, name, int(time.time()), trusted)
        except ProofError as error:
            print(f"NOT signed: {error.message}", file=sys.stderr)  # noqa: T201
            sys.exit(1)
    size = parse_checkpoint(found.note.text).size
    if as_json:
        told = {"size": size, "before": found.before, "witness": str(found.key), "kept": str(found.kept)}
        print_json(told | {"note": str(found.note)})
        return
    sys.stdout.write(str(found.note))
    grown = f"{size - found.before:,} entries since the last" if found.before else "the first that was seen"
    print(f"signed as {found.key}: {grown}; kept in {found.kept}", file=sys.stderr)  # noqa: T201
