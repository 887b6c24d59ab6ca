"""Verifies the transcript of a comparison offline: its signature, its seed, and verdicts that follow from the grades.

Invariant: nothing in the file is trusted but what the heads sign; verdicts are bet on anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.audit.draws import commitment_to
from router.audit.transcripts.verify_transcript import signed_leaves
from router.bench.rivals.contest import FORMAT, verdict_of
from router.errors import ProofError
from router.evidence import Evidence, Question, difference, observe
from router.transparency.note import PublicKey


@dataclass(frozen=True, slots=True)
class VerifiedContest:
    """What a transcript proves: rivals, rounds that counted, verdicts by rival, and why it ended (None: cut off)."""

    rivals: tuple[str, ...]
    rounds: int
    verdicts: Mapping[str, str]
    stop: str | None
    signed: int
    unsigned: int


def is_contest(path: Path) -> bool:
    """Whether a file says that it is the transcript of a comparison."""
    with path.open("rb") as file:
        return FORMAT.encode() in file.readline()


def verify_contest(path: Path, trusted: PublicKey) -> VerifiedContest:
    """Check every line under the last signed head; raises ProofError with the first that does not hold."""
    (begun, *others), unsigned = signed_leaves(path, trusted)
    ended = others[-1] if others and others[-1].get("kind") == "ended" else None
    try:
        names = tuple(str(rival["name"]) for rival in begun["rivals"])
        rounds = [leaf for leaf in others if leaf["kind"] == "round"]
        verdicts = _verdicts(names, Question(begun["margin"], begun["alpha"]), rounds)
        if ended is not None:
            if commitment_to(bytes.fromhex(ended["seed"])) != begun["seed_commitment"]:
                raise ProofError("The seed at the end is not the one that was committed to at the beginning.")
            if (ended["rounds"], dict(ended["verdicts"])) != (len(rounds), verdicts):
                raise ProofError("The end that is stated does not follow from the grades.")
        stop = None if ended is None else str(ended["stop"])
        return VerifiedContest(names, len(rounds), verdicts, stop, 1 + len(others), unsigned)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ProofError("A line of the transcript is not as such a line is.") from None


def _verdicts(names: Sequence[str], question: Question, rounds: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    evidence = {name: Evidence(question) for name in names[1:]}
    for leaf in rounds:
        grades = [answer["grade"] for answer in leaf["answers"]]
        for name, grade in zip(names[1:], grades[1:], strict=True):
            evidence[name] = observe(evidence[name], difference(grades[0], grade))
    return {name: verdict_of(known) for name, known in evidence.items()}
