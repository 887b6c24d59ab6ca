"""`fungible ledger prove`: one receipt with all that it takes to verify it elsewhere."""

import sys
from pathlib import Path

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.ledger.location import Place
from router.transparency.checkpoint import parse_checkpoint


def run(id: str, place: Place, out: Path | None, *, salts: bool, as_json: bool) -> None:  # noqa: A002
    """Print it, or write it to a file."""
    with opened(place) as ledger:
        proof = ledger.prove(id, salts=salts)
    if out:
        out.write_text(str(proof), encoding="utf-8")
    if as_json:
        size = parse_checkpoint(proof.head.text).size
        print_json({"entry": proof.index, "size": size, "hashes": len(proof.path), "proof": str(proof)})
    elif not out:
        sys.stdout.write(str(proof))
