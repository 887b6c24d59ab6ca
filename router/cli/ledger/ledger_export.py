"""`fungible ledger export`: the log as a file."""

from pathlib import Path

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.ledger.location import Place
from router.ledger.log.export import export


def run(place: Place, out: Path, *, as_json: bool) -> None:
    """Write it, and say how to verify it."""
    with opened(place) as ledger:
        size, key = export(ledger.log, out), ledger.log.identity().first
    if as_json:
        print_json({"entries": size, "file": str(out), "key": str(key)})
    else:
        print(f"{out} holds {size:,} entries. Verify it with --export {out} --key {key}")  # noqa: T201
