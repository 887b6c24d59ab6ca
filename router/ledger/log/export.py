"""The whole log as a file of JSON lines, for whoever wants to verify it without the database.

Invariant: the first line has the signed head and the keys; each further line is one entry with its record, in turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from router.errors import ProofError
from router.ledger.db.database import WIDEST
from router.ledger.log.append import STRIDE
from router.ledger.log.merkle_log import Log
from router.ledger.log.pages import pages
from router.ledger.log.verify import Verified
from router.transparency.audit import Audit, Row
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.entry import digest, read_leaf
from router.transparency.note import PublicKey, parse_public_key
from router.transparency.pruning import Pruning, parse_pruning
from router.transparency.signed_heads import Head, hold_against, parse_head
from router.transparency.signing_keys import follow


def export(log: Log, out: Path) -> int:
    """Write the log up to its head; gives the number of entries. Raises ProofError where it can't be signed."""
    head, who = log.head(), log.identity()
    size = parse_checkpoint(head.text).size
    with out.open("wb") as file, log.reading() as database:
        first = {"head": str(head), "key": str(who.first), "announcements": who.announcements}
        file.write(orjson.dumps(first, option=orjson.OPT_APPEND_NEWLINE))
        for row in chain.from_iterable(pages(database, size)):
            line = {"leaf": row.leaf.decode(), "body": row.body.decode() if row.body else None}
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return size


def verify_export(path: Path, saved: Sequence[Head] = (), trusted: PublicKey | None = None) -> Verified:
    """Verify an exported log; raises ProofError for a file that is none."""
    try:
        with path.open("rb") as file:
            claims = dict(_pruning(orjson.loads(line)) for line in file if b'\\"kind\\":\\"prune\\"' in line)
            file.seek(0)
            lines = (orjson.loads(line) for line in file)
            return _verify(path, next(lines, {}), lines, saved, trusted, claims)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProofError(f"{path} is no exported log: {type(error).__name__}: {error}.") from None


def _pruning(line: dict[str, Any]) -> tuple[str, Pruning]:
    """What an entry says is gone, by the digest of its record; raises ValueError where the record can't be read."""
    body = str(line["body"]).encode()
    if (pruning := parse_pruning(body)) is None:
        raise ValueError("a record of a pruning can't be read")
    return digest(body), pruning


def _verify(
    path: Path,
    first: dict[str, Any],
    lines: Iterator[dict[str, Any]],
    saved: Sequence[Head],
    trusted: PublicKey | None,
    prunings: Mapping[str, Pruning],
) -> Verified:
    head = parse_head(str(path), first["head"])
    heads = [head, *saved]
    numbered = enumerate(lines)
    audit = Audit(STRIDE, {signed.checkpoint.size for signed in heads}, prunings)
    while page := [_row(sequence, line) for sequence, line in islice(numbered, WIDEST)]:
        audit.rows(page)
    audit.end(head.checkpoint.size)
    origin = head.checkpoint.origin
    tenures = follow(trusted or parse_public_key(first["key"]), origin, first["announcements"])
    findings = hold_against(heads, audit.roots, audit.size, tenures, whole=audit.whole)
    found, warnings = (*audit.findings, *findings), tuple(audit.warnings)
    return Verified(origin, audit.size, audit.frontier.root(), len(heads), found, warnings, audit.pruned)


def _row(sequence: int, line: dict[str, Any]) -> Row:
    leaf, body = line["leaf"].encode(), line["body"]
    return Row(sequence, leaf, None, read_leaf(leaf), None if body is None else body.encode())
