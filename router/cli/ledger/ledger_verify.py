"""`fungible ledger verify`: every entry, record, table and head of a ledger."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from router.cli.ledger.open_ledger import must_be_there
from router.cli.output import print_json
from router.cli.receipt.receipt_verify import public_key
from router.config.files.text_file import read_text
from router.errors import NotFound
from router.ledger.location import Place
from router.ledger.log.export import verify_export
from router.ledger.log.verify import Verified, verify_ledger
from router.transparency.note import PublicKey
from router.transparency.signed_heads import Head, parse_head

MOST_SHOWN = 20


def run(place: Place, heads: Sequence[Path], key: str | None, export: Path | None, *, as_json: bool) -> None:
    """Tell what is wrong; exit code 1 where something is."""
    saved, trusted = [_saved(path) for path in heads], public_key(key) if key else None
    if export:
        verified, where = verify_export(export, saved, trusted), str(export)
    else:
        must_be_there(place)
        verified, where = _with_progress(place, saved, trusted), str(place)
    if as_json:
        print_json(
            {
                "sound": not verified.findings,
                "origin": verified.origin,
                "size": verified.size,
                "root": verified.root.hex(),
                "heads": verified.heads,
                "pruned": verified.pruned,
                "findings": verified.findings,
                "warnings": verified.warnings,
            }
        )
    else:
        _tell(verified, where)
    sys.exit(1 if verified.findings else 0)


def _saved(path: Path) -> Head:
    if not path.is_file():
        raise NotFound(f"There is no head at {path}.")
    return parse_head(str(path), read_text(path))


def _with_progress(place: Place, saved: Sequence[Head], trusted: PublicKey | None) -> Verified:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("verifying", total=None)
        return verify_ledger(place.log, saved, trusted, lambda step: progress.advance(task, step))


def _tell(verified: Verified, where: str) -> None:
    print(f"{where}: {verified.size:,} entries of {verified.origin}, {verified.heads} signed head(s)")  # noqa: T201
    for finding in verified.findings[:MOST_SHOWN]:
        print(f"  {finding.wrong}: {finding.sentence}")  # noqa: T201
    if len(verified.findings) > MOST_SHOWN:
        print(f"  and {len(verified.findings) - MOST_SHOWN:,} more")  # noqa: T201
    for warning in verified.warnings:
        print(f"  warning: {warning}")  # noqa: T201
    print("NOT sound" if verified.findings else _sound(verified.pruned))  # noqa: T201


def _sound(pruned: int) -> str:
    if pruned:
        return f"sound: all is as it was written, but for {pruned:,} receipts that were pruned, as the log states"
    return "sound: every entry, record, table and head is as it was written"
