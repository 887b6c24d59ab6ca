"""Verifies a transcript offline: its signature, every draw, every wealth, and the end that it states.

Invariant: nothing in the file is trusted: leaves are hashed again, draws are drawn again from the seed that was
committed to, and the wealth is worked out anew from the scores.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import orjson

from router.audit.draws import commitment_to, order_of
from router.audit.transcripts.transcript import KIND, NEVER_STORED
from router.errors import ProofError
from router.evidence.matched.set_bets import Scores
from router.evidence.matched.wealths import Wealths, is_sound
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.entry import canonical
from router.transparency.note import PublicKey, parse_note
from router.transparency.tree import Frontier, leaf_hash

# Logarithms of wealths that are further apart than rounding of floats makes them.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a transcript proves: how it ended (None where it was cut off), and what was worked out anew.

    `unsigned` lines after the last head prove nothing.
    """

    model: str
    endpoint: str
    reference: str
    begun: str
    alpha: float
    end: str | None
    rounds: int
    failed: int
    declared: int
    best_log_wealth: float
    shown: bool
    signed_by: str
    signed: int
    unsigned: int


def verify_transcript(path: Path, trusted: PublicKey) -> Verified:
    """Check every line under the last signed head; raises ProofError with the first that does not hold."""
    leaves, unsigned = signed_leaves(path, trusted)
    begun, *others = leaves
    if begun.get("kind") != "begun" or begun.get("format") != KIND:
        raise ProofError(f"That is no transcript of an audit: its first line is not {KIND}.")
    ended = others[-1] if others and others[-1].get("kind") == "ended" else None
    kinds = Counter(str(leaf.get("kind")) for leaf in others)
    try:
        wealths = _wealth(begun, [leaf for leaf in others if leaf.get("kind") == "round"])
        if ended is not None:
            _draws(begun, ended, others[:-1])
            _end(begun, ended, kinds, wealths)
        return Verified(
            model=str(begun["model"]),
            endpoint=str(begun["endpoint"]),
            reference=str(begun["reference"]),
            begun=str(begun["at"]),
            alpha=float(begun["alpha"]),
            end=None if ended is None else str(ended["end"]),
            rounds=kinds["round"],
            failed=kinds["failed"],
            declared=kinds["declared"],
            best_log_wealth=wealths.best,
            shown=wealths.best >= -log(float(begun["alpha"])),
            signed_by=str(trusted),
            signed=len(leaves),
            unsigned=unsigned,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ProofError("A line of the transcript is not as such a line is.") from None


def signed_leaves(path: Path, trusted: PublicKey) -> tuple[list[Mapping[str, Any]], int]:
    """The leaves under the last head, and how many lines come after it; raises ProofError."""
    leaves: list[Mapping[str, Any]] = []
    frontier, covered = Frontier(), 0
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        row = _row(line)
        if row is None:
            # A line that was being written when the power went is the last.
            break
        if "head" in row:
            _check_head(number, str(row["head"]), frontier, trusted)
            covered = frontier.size
        else:
            leaves.append(dict(row.get("leaf") or {}))
            frontier, _ = frontier.grown([leaf_hash(canonical(leaves[-1]))], NEVER_STORED)
    if not covered:
        raise ProofError("The transcript has no signed head: nothing in it is proved.")
    return leaves[:covered], len(leaves) - covered


def _row(line: bytes) -> Mapping[str, Any] | None:
    try:
        row = orjson.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _check_head(number: int, written: str, frontier: Frontier, trusted: PublicKey) -> None:
    note = parse_note(written)
    head = parse_checkpoint(note.text)
    if not note.signed_by(trusted):
        raise ProofError(f"Line {number}: the head is not signed by {trusted}.")
    if (head.size, head.root) != (frontier.size, frontier.root()):
        raise ProofError(f"Line {number}: a line above it was changed, added or removed.")


def _wealth(begun: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]]) -> Wealths:
    """The wealth after all rounds, worked out from their scores; raises ProofError where a line states another."""
    wealths = Wealths.fresh(list(begun["substitutes"]))
    places = 1 + int(begun["references"])
    for leaf in rounds:
        scores = {name: Scores(tuple(row["of"]), row["spread"]) for name, row in leaf["scores"].items()}
        if not all(is_sound(of, places) for of in scores.values()):
            raise ProofError(f"Draw {leaf['draw']}: its scores are none of a set of {places} answers.")
        wealths = wealths.after(scores)
        if abs(wealths.log - leaf["log_wealth"]) > ROUNDING * max(1.0, abs(wealths.log)):
            raise ProofError(f"Draw {leaf['draw']}: the wealth does not follow from the scores.")
    return wealths


def _draws(begun: Mapping[str, Any], ended: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    """Whether orders were drawn from the seed that was committed to, and draws only went forward."""
    seed = bytes.fromhex(ended["seed"])
    if commitment_to(seed) != begun["seed_commitment"]:
        raise ProofError("The seed at the end is not the one that was committed to at the beginning.")
    last = 0
    for leaf in others:
        if leaf["draw"] <= last:
            raise ProofError(f"Draw {leaf['draw']} comes after draw {last}.")
        last = leaf["draw"]
        if "order" in leaf and tuple(leaf["order"]) != order_of(seed, last, 1 + int(begun["references"])):
            raise ProofError(f"Draw {last}: its order is not the one that the seed draws.")


def _end(begun: Mapping[str, Any], ended: Mapping[str, Any], kinds: Counter[str], wealths: Wealths) -> None:
    """Whether the end that is stated follows from the rounds."""
    counted = {"rounds": kinds["round"], "failed": kinds["failed"], "declared": kinds["declared"]}
    if any(ended[name] != count for name, count in counted.items()):
        raise ProofError("The end counts other rounds than the transcript has.")
    shown = wealths.best >= -log(float(begun["alpha"]))
    # A watch's alarm rests on rounds before this transcript, too: its wealth alone says less.
    if ended["stop"] != "alarm" and not begun["watch"] and (ended["end"] == "another_model") != shown:
        raise ProofError("The end that is stated does not follow from the wealth.")
