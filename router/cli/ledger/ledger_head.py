"""`fungible ledger head`: the signed head, to print or to save."""

import sys
from pathlib import Path

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.ledger.location import Place
from router.transparency.checkpoint import parse_checkpoint


def run(place: Place, out: Path | None, *, as_json: bool) -> None:
    """Print it."""
    with opened(place) as ledger:
        note, who = ledger.log.head(), ledger.log.identity()
    told = parse_checkpoint(note.text)
    if out:
        out.write_text(str(note), encoding="utf-8")
    if as_json:
        keys = [str(tenure.key) for tenure in who.tenures]
        print_json({"origin": told.origin, "size": told.size, "root": told.root.hex(), "keys": keys, "note": str(note)})
        return
    if not out:
        sys.stdout.write(str(note))
    print(f"public key: {who.first}", file=sys.stderr)  # noqa: T201
