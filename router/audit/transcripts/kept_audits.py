"""The transcripts of audits that are kept in a data folder, and what each says, for whoever shows them.

Invariant: a file is read only under a plain name of its own folder; what it says is checked as `fungible audit verify`
checks it, and shown as unverified where that fails.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

import orjson

from router.errors import NotFound, ProofError
from router.ledger.log.signing_key_file import read_key
from router.transparency.note import PublicKey

AUDITS, KEY = "audits", "audit.key"
MOST_SHOWN = 20
MOST_BYTES = 64 * 1024 * 1024
MOST_POINTS = 400
"""Of a wealth, so many are given: enough for a picture."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.jsonl")


def kept(data: Path | None) -> list[Path]:
    """The transcripts in a data folder, the latest first, no more than are shown."""
    folder = None if data is None else data / AUDITS
    if folder is None or not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file()]
    small = [path for path in files if path.stat().st_size <= MOST_BYTES]
    return sorted(small, key=lambda path: (-path.stat().st_mtime_ns, path.name))[:MOST_SHOWN]


def kept_file(data: Path | None, name: str) -> Path:
    """The transcript of that name; raises NotFound."""
    if data is not None and _NAME.fullmatch(name) and (path := data / AUDITS / name).is_file():
        return path
    raise NotFound(f"No transcript is called {name!r}: those that are kept are in `{AUDITS}` of the data folder.")


def kept_summaries(data: Path | None) -> list[dict[str, Any]]:
    """What each transcript says; a file that is none is left out."""
    trusted = _trusted(data)
    rows = [_summary(path, path.stat().st_mtime_ns, path.stat().st_size, trusted) for path in kept(data)]
    return [dict(row) for row in rows if row is not None]


def _trusted(data: Path | None) -> PublicKey | None:
    if data is None or not (data / KEY).exists():
        return None
    try:
        return read_key(data / KEY).public
    except ProofError:
        return None


@lru_cache(maxsize=2 * MOST_SHOWN)
def _summary(path: Path, _changed: int, _size: int, trusted: PublicKey | None) -> Mapping[str, Any] | None:
    leaves = _leaves(path)
    if not leaves or leaves[0].get("kind") != "begun" or "alpha" not in leaves[0] or "model" not in leaves[0]:
        return None
    begun, ended = leaves[0], leaves[-1] if leaves[-1].get("kind") == "ended" else {}
    wealth = [float(leaf["log_wealth"]) for leaf in leaves if leaf.get("kind") == "round" and "log_wealth" in leaf]
    return {
        "name": path.name,
        "model": str(begun["model"]),
        "endpoint": str(begun.get("endpoint", "")),
        "reference": str(begun.get("reference", "")),
        "begun": str(begun.get("at", "")),
        "alpha": float(begun["alpha"]),
        "decides": -log(float(begun["alpha"])),
        "end": ended.get("end"),
        "stop": ended.get("stop"),
        "rounds": len(wealth),
        "failed": sum(leaf.get("kind") == "failed" for leaf in leaves),
        "declared": sum(leaf.get("kind") == "declared" for leaf in leaves),
        "wealth": thinned(wealth),
        "best_log_wealth": max([0.0, *wealth]),
        "nearest": ended.get("nearest"),
        "substitutes": list(ended.get("substitutes") or ()),
        "seen": ended.get("seen"),
        "spent_usd": ended.get("spent_usd"),
        "verified": _verified(path, trusted),
    }


def thinned(values: Sequence[float]) -> list[list[float]]:
    """Places, from 1, with their values: all of a few, and of many some, with the first and the last."""
    count = len(values)
    step = max(1, -(-count // MOST_POINTS))
    places = sorted({*range(0, count, step), *([count - 1] if count else [])})
    return [[place + 1, values[place]] for place in places]


def _leaves(path: Path) -> list[Mapping[str, Any]]:
    leaves = []
    for line in path.read_bytes().splitlines():
        try:
            row = orjson.loads(line)
        except ValueError:
            break
        if isinstance(row, dict) and isinstance(row.get("leaf"), dict):
            leaves.append(row["leaf"])
    return leaves


def _verified(path: Path, trusted: PublicKey | None) -> bool | None:
    """Whether all of it holds; None where no key is here to check it with."""
    if trusted is None:
        return None
    # With the statistics of audits, which a server needs only for a page that shows some.
    from router.audit.transcripts.verify_transcript import verify_transcript

    try:
        return verify_transcript(path, trusted).unsigned == 0
    except ProofError:
        return False
