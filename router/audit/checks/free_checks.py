"""What an endpoint gives away for nothing: names, headers, its list of models, token counts, how answers end, speed.

Invariant: none of it is proof that a model is another; what differs is a finding with what else could explain it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from router.audit.checks.audit_finding import Finding
from router.audit.checks.echoed_parameters import echoed_parameters
from router.audit.checks.log_probabilities import log_probabilities
from router.audit.endpoint_client import Reply
from router.audit.wire_shapes import Parameters
from router.decision.names.served_name import same_name

# Headers by which gateways say what served.
SAID_BY_HEADERS = ("x-fungible-served", "openai-model", "x-model", "x-served-model", "x-litellm-model-id")
# Names under which routers answer without saying what did.
ROUTERS = frozenset({"auto", "model-router", "router"})
# Tokens for one of ours on the two sides, further apart than this part of them, over so many answers, are no accident.
APART, FEWEST = 0.1, 3


def names_no_model(name: str) -> bool:
    """Whether a name stands for whatever a router picks, so that it says nothing of what answered."""
    return name.lower().rsplit("/", 1)[-1] in ROUTERS


def declared_other(asked: str, reply: Reply) -> str | None:
    """The model that an answer says it is from, where that is another than was asked for."""
    said = (reply.said.model, reply.headers.get(SAID_BY_HEADERS[0]))
    if names_no_model(asked):
        return None
    return next((name for name in said if name and not names_no_model(name) and not same_name(asked, name)), None)


def look(
    asked: str,
    listed: Sequence[str] | None,
    audited: Sequence[Reply],
    references: Sequence[Reply],
    count: Callable[[str], int],
    wanted: Parameters,
    each: int,
) -> tuple[Finding, ...]:
    """All findings over the answers of an audit; `count` is a count of tokens by our own tokenizer, `wanted` was sent.

    The last references are to the same prompts as the audited answers are, `each` of them to one.
    """
    findings = [
        _names(asked, audited),
        _listed(asked, listed),
        _headers(audited),
        *_tokens(audited, references, count),
        _prompt_tokens(audited, references, each),
        _limit(audited, wanted.max_tokens),
        *echoed_parameters(wanted, audited, references),
        log_probabilities(audited, references, each),
        _ends(audited, references),
        _fingerprints(audited),
        _speed(audited, references),
    ]
    return tuple(finding for finding in findings if finding is not None)


def _names(asked: str, replies: Sequence[Reply]) -> Finding | None:
    if not replies:
        return None
    said = Counter(reply.said.model or "no name" for reply in replies)
    if all(name == "no name" or names_no_model(name) for name in said):
        return Finding("served name", "hint", f"Answers name {_list(said)}, which says nothing of what answered.")
    others = Counter(other for reply in replies if (other := declared_other(asked, reply)))
    if not others:
        return Finding("served name", "fine", f"Answers name {_list(said)}; {asked} was asked for.")
    sentence = f"{sum(others.values())} of {len(replies)} answers name another model than {asked}: {_list(others)}."
    return Finding("served name", "declared", sentence)


def _listed(asked: str, listed: Sequence[str] | None) -> Finding | None:
    if listed is None:
        return Finding("list of models", "hint", "The endpoint does not list its models.")
    if any(same_name(asked, name) for name in listed):
        return Finding("list of models", "fine", f"{asked} is among the {len(listed)} models that it lists.")
    return Finding("list of models", "hint", f"{asked} is not among the {len(listed)} models that it lists.")


def _headers(replies: Sequence[Reply]) -> Finding | None:
    said = Counter(
        f"{name}: {reply.headers[name][:80]}" for reply in replies for name in SAID_BY_HEADERS if name in reply.headers
    )
    return Finding("headers", "hint", f"Headers say {_list(said)}.") if said else None


def _tokens(audited: Sequence[Reply], references: Sequence[Reply], count: Callable[[str], int]) -> Iterable[Finding]:
    """Output tokens as charged for one of ours, on both sides: inflation, or another tokenizer."""
    sides = [_slope(replies, count) for replies in (audited, references)]
    if sides[0] is None:
        yield Finding("token counts", "hint", "The audited endpoint reports no usage that could be checked.")
        return
    words = f"It charges {sides[0]:.3f} output tokens for one of o200k_base"
    if sides[1] is None:
        yield Finding("token counts", "hint", f"{words}; the reference reports none.")
        return
    apart = abs(sides[0] - sides[1]) > APART * sides[1] and len(audited) >= FEWEST
    yield Finding(
        "token counts", "differs" if apart else "fine", f"{words}, the reference {sides[1]:.3f}: "
        + ("another tokenizer, hidden reasoning, or inflated counts." if apart else "alike."),
    )  # fmt: skip


def _prompt_tokens(audited: Sequence[Reply], references: Sequence[Reply], each: int) -> Finding | None:
    """Input tokens as charged for the very same prompts: what is put around them, or another tokenizer, shows."""
    if len(references) < each * len(audited):
        return None
    aligned = references[len(references) - each * len(audited) :: each]
    counts = [(own.said.input_tokens, other.said.input_tokens) for own, other in zip(audited, aligned, strict=True)]
    more = [own - other for own, other in counts if own is not None and other is not None]
    if not more:
        return None
    if not any(more):
        return Finding("prompt tokens", "fine", "It charges as many input tokens for each prompt as the reference.")
    sentence = f"It charges {median(more):+g} input tokens for the same prompt, half of the time or more"
    why = "a system prompt of its own, another template or another tokenizer"
    return Finding("prompt tokens", "differs", f"{sentence} ({min(more):+d} to {max(more):+d}): {why}.")


def _limit(audited: Sequence[Reply], most: int) -> Finding | None:
    """Whether the limit of output tokens, which every call sets, is kept."""
    over = [reply.said.output_tokens for reply in audited if (reply.said.output_tokens or 0) > most]
    if not over:
        return None
    return Finding(
        "limit",
        "differs",
        f"{len(over)} answers charge up to {max(map(int, filter(None, over)))} output tokens, {most} were allowed.",
    )


def _slope(replies: Sequence[Reply], count: Callable[[str], int]) -> float | None:
    charged = [(reply.said.output_tokens, count(reply.said.text)) for reply in replies if reply.said.output_tokens]
    ours = sum(own for _, own in charged)
    return sum(theirs or 0 for theirs, _ in charged) / ours if ours else None


def _ends(audited: Sequence[Reply], references: Sequence[Reply]) -> Finding | None:
    shares = [_cut(replies) for replies in (audited, references)]
    if shares[0] is None or shares[1] is None:
        return None
    apart = abs(shares[0] - shares[1]) > 0.2
    sentence = f"{shares[0]:.0%} of its answers end at the limit of tokens, {shares[1]:.0%} of the reference's."
    return Finding("ends", "differs" if apart else "fine", sentence)


def _cut(replies: Sequence[Reply]) -> float | None:
    ends = [reply.said.finish for reply in replies if reply.said.finish]
    return sum(end in ("length", "max_tokens") for end in ends) / len(ends) if ends else None


def _fingerprints(replies: Sequence[Reply]) -> Finding | None:
    said = Counter(reply.said.fingerprint for reply in replies if reply.said.fingerprint)
    if not said:
        return None
    return Finding("fingerprints", "hint", f"{len(said)} system fingerprints: {_list(said)}.")


def _speed(audited: Sequence[Reply], references: Sequence[Reply]) -> Finding | None:
    if not audited or not references:
        return None
    own, other = (median(reply.seconds for reply in replies) for replies in (audited, references))
    return Finding("speed", "hint", f"Half of its answers take {own:.2f} s or less, of the reference's {other:.2f} s.")


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.most_common(4)) + (" …" if len(counts) > 4 else "")
