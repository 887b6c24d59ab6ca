"""`fungible ledger head`, `prove`, `export`, `witness`, `acknowledge` and `rotate`: what the log says, and signs.

Invariant: each opens the ledger, does one thing, and says what it did; `verify` alone needs no key and stands apart.
"""

import sys
import time
from pathlib import Path

from router.cli.ledger.open_ledger import opened
from router.cli.output import print_json
from router.errors import BadRequest, ProofError
from router.ids import receipt_id
from router.ledger.location import Place
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.note import PublicKey


def head(place: Place, out: Path | None, *, as_json: bool) -> None:
    """Print the signed head, or save it."""
    with opened(place) as ledger:
        note, who = ledger.log.head(), ledger.log.identity()
    checkpoint = parse_checkpoint(note.text)
    if out:
        out.write_text(str(note), encoding="utf-8")
    if as_json:
        keys = [str(tenure.key) for tenure in who.tenures]
        root = checkpoint.root.hex()
        print_json(
            {"origin": checkpoint.origin, "size": checkpoint.size, "root": root, "keys": keys, "note": str(note)}
        )
        return
    if not out:
        sys.stdout.write(str(note))
    print(f"public key: {who.first}", file=sys.stderr)  # noqa: T201


def prove(id: str, place: Place, out: Path | None, *, salts: bool, as_json: bool) -> None:  # noqa: A002
    """Print one receipt with all that it takes to verify it elsewhere, or write it to a file."""
    with opened(place) as ledger:
        proof = ledger.prove(receipt_id(id), salts=salts)
    if out:
        out.write_text(str(proof), encoding="utf-8")
    if as_json:
        size = parse_checkpoint(proof.head.text).size
        print_json({"entry": proof.index, "size": size, "hashes": len(proof.path), "proof": str(proof)})
    elif not out:
        sys.stdout.write(str(proof))


def export(place: Place, out: Path | None, *, as_json: bool) -> None:
    """Write the log as a file, and say how to verify it."""
    if out is None:
        raise BadRequest("Name the file to write, or a folder with --parquet.")
    from router.ledger.log.export import export as export_log

    with opened(place) as ledger:
        size, key = export_log(ledger.log, out), ledger.log.identity().first
    if as_json:
        print_json({"entries": size, "file": str(out), "key": str(key)})
    else:
        print(f"{out} holds {size:,} entries. Verify it with --export {out} --key {key}")  # noqa: T201


def witness(folder: Path, name: str, trusted: PublicKey | None, place: Place, *, as_json: bool) -> None:
    """Sign the head by a hand that remembers; exit code 1 where it does not go on from the last one seen."""
    from router.ledger.log.witness import attest

    with opened(place) as ledger:
        try:
            attested = attest(ledger.log, folder, name, int(time.time()), trusted)
        except ProofError as error:
            print(f"NOT signed: {error.message}", file=sys.stderr)  # noqa: T201
            sys.exit(1)
    size, before = parse_checkpoint(attested.note.text).size, attested.before
    if as_json:
        signed = {"size": size, "before": before, "witness": str(attested.key), "kept": str(attested.kept)}
        print_json(signed | {"note": str(attested.note)})
        return
    sys.stdout.write(str(attested.note))
    grown = f"{size - before:,} entries since the last" if before else "the first that was seen"
    print(f"signed as {attested.key}: {grown}; kept in {attested.kept}", file=sys.stderr)  # noqa: T201


def acknowledge(place: Place, entry: int, by: str, because: str, *, as_json: bool) -> None:
    """Answer in the log for a step back of the clock."""
    from router.ledger.log.acknowledge import acknowledge as write
    from router.transparency.acknowledgement import Acknowledgement

    with opened(place) as ledger:
        back_s = write(ledger.log, Acknowledgement(entry, by, because))
    if as_json:
        print_json({"entry": entry, "back_s": back_s, "by": by, "because": because})
    else:
        print(f"acknowledged: the clock was set back by {back_s:,.0f} s at entry {entry}")  # noqa: T201


def rotate(place: Place, *, as_json: bool) -> None:
    """Let a new key take over from the old one, and say what verifiers need."""
    with opened(place) as ledger:
        new = ledger.log.rotate()
        first = ledger.log.identity().first
    if as_json:
        print_json({"key": str(new), "first": str(first)})
    else:
        print(f"heads are now signed by {new}\nwhoever holds {first} still verifies: the old key announced it")  # noqa: T201
