"""A receipt as a page for people: what was asked, who answered and why, what it took, and what it cost.

Invariant: every figure has its unit; whoever needs exact values reads the JSON.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from router.cli.decision_sentences import difficulty, dollars, verdict, why
from router.cli.responsive_table import Column, ResponsiveTable
from router.types import Receipt, Usage

Line = tuple[str, str]


def show(console: Console, receipt: Receipt) -> None:
    """Print the page."""
    table = ResponsiveTable(Column(""), Column("", prose=True), edge=0)
    for name, words in lines(receipt):
        table.add_row(Text(name, "dim"), Text(words))
    console.print(Text.assemble("receipt ", (receipt.id, "bold")))
    console.print(table)
    _show_candidates(console, receipt)


def lines(receipt: Receipt) -> Iterator[Line]:
    """Each thing that a receipt says, with a name."""
    caller, decision = receipt.ask.caller, receipt.decision
    yield "time", receipt.time.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield "request", receipt.request_id
    if caller.key:
        yield "key", caller.key
    yield "asked for", receipt.asked
    yield "answered by", receipt.served or f"no model; {receipt.chosen} was chosen"
    yield "outcome", receipt.outcome.replace("_", " ")
    yield "policy", f"{decision.policy}, revision {decision.revision}"
    yield "why", why(decision)
    yield "read as", f"{receipt.features.task}, difficulty {difficulty(receipt.features)}"
    if receipt.cached_from:
        yield "cache", f"nothing was called: the answer of receipt {receipt.cached_from} was given again"
    yield from _calls(receipt)
    yield "tokens", _tokens(receipt.usage)
    yield from _money(receipt)
    yield "time taken", _time(receipt)
    for note in receipt.notes:
        yield "note", note


def _calls(receipt: Receipt) -> Iterator[Line]:
    for attempt in receipt.attempts:
        where = f" at {attempt.deployment}" if attempt.deployment not in ("", attempt.model) else ""
        detail = f" ({attempt.detail})" if attempt.detail else ""
        outcome = attempt.outcome.replace("_", " ")
        yield "call", f"{attempt.model}{where}: {outcome}{detail}, {attempt.duration_ms:,.0f} ms"


def _tokens(usage: Usage | None) -> str:
    if usage is None:
        return "none were counted"
    parts = (
        (usage.cached_input_tokens, "of them cached"),
        (usage.cache_write_5m_tokens, "written to a cache for five minutes"),
        (usage.cache_write_1h_tokens, "written to a cache for an hour"),
    )
    said = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    cached = f" ({said})" if said else ""
    reasoning = f" ({usage.reasoning_tokens:,} of them reasoning)" if usage.reasoning_tokens else ""
    counted = {"backend": "by the backend", "exact": "exactly, by the router", "estimate": "as an estimate"}
    return (
        f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out{reasoning}, counted {counted[usage.counted]}"
    )


def _money(receipt: Receipt) -> Iterator[Line]:
    baseline = receipt.decision.baseline
    yield "charged", f"{dollars(receipt.charged)} (USD)"
    yield "list price", f"{dollars(receipt.cost)} (USD) of what answered"
    yield "baseline", f"{dollars(receipt.baseline_cost)} (USD), the same tokens at the price of {baseline}"


def _time(receipt: Receipt) -> str:
    first = "" if receipt.first_chunk_ms is None else f", {receipt.first_chunk_ms:,.0f} ms to the first words"
    return f"{receipt.duration_ms:,.0f} ms{first}"


def _show_candidates(console: Console, receipt: Receipt) -> None:
    heads = (
        Column("predicted quality", right=True),
        Column("expected cost (USD)", right=True),
        Column("latency (ms)", right=True),
    )
    table = ResponsiveTable(Column("model"), *heads, Column("verdict", prose=True), edge=0)
    for each in receipt.decision.candidates:
        figures = f"{each.quality:.1%}", dollars(each.cost), f"{each.latency_ms:,.0f}"
        table.add_row(each.model, *figures, verdict(each))
    console.print()
    console.print(table)
