"""Log-probabilities of both sides, token by token, as far as they said the very same words to the very same prompt.

After the same words a model gives a token the same probability each time, but for the arithmetic of the machine: what
differs there is another model, another quantisation, or another prompt in front. Past the first word that differs the
two can't be compared; and how probable an answer is as a whole says nothing, since a better model is often surer.

Invariant: only tokens with the same words before them are compared.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from router.audit.checks.audit_finding import Finding
from router.audit.endpoint_client import Reply

CHECK = "log-probabilities"
APART = 0.1
"""Half of the tokens further apart than this, in nats, are no rounding, which stays within a few hundredths."""
FEWEST = 8
"""Fewer tokens than this are only a hint."""


def log_probabilities(audited: Sequence[Reply], references: Sequence[Reply], each: int) -> Finding | None:
    """How far apart both sides are, `each` of the last references being to one audited answer; None where none says."""
    sides = [any(reply.said.logprobs for reply in replies) for replies in (audited, references)]
    if not any(sides):
        return None
    if not all(sides):
        silent = "the reference" if sides[0] else "the audited endpoint"
        return Finding(CHECK, "hint", f"Only one side gives log-probabilities; {silent} does not.")
    gaps = list(_gaps(audited, references, each))
    if len(gaps) < FEWEST:
        return Finding(CHECK, "hint", f"Both sides said too few of the same words to compare them ({len(gaps)}).")
    middle = median(gaps)
    sentence = (
        f"After the same words, {len(gaps)} tokens differ by {middle:.3f} nats in the median, {max(gaps):.2f} at most: "
    )
    if middle <= APART:
        return Finding(CHECK, "fine", f"{sentence}as one model does from call to call.")
    return Finding(CHECK, "differs", f"{sentence}another model or quantisation, or another prompt in front.")


def _gaps(audited: Sequence[Reply], references: Sequence[Reply], each: int) -> Iterator[float]:
    """How far apart the log-probabilities are, of each token that both said after the same words."""
    if len(references) < each * len(audited):
        return
    aligned = references[len(references) - each * len(audited) :]
    for place, own in enumerate(audited):
        for other in aligned[each * place : each * (place + 1)]:
            for (mine, my_log), (theirs, their_log) in zip(own.said.logprobs, other.said.logprobs, strict=False):
                if mine != theirs:
                    break
                yield abs(my_log - their_log)
