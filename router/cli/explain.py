"""`fungible explain`: one decision, taken apart."""

import sys
from pathlib import Path
from typing import cast, get_args

import orjson
from rich.console import Console
from rich.text import Text

from router.api.assembly import assemble, reader_of
from router.cli.decision_sentences import change, difficulty, dollars, verdict, why
from router.cli.output import picture_console, save_picture
from router.cli.responsive_table import Column, ResponsiveTable, labelled
from router.config import load
from router.decision.explanation import explained
from router.decision.flips import flips
from router.decision.receipt import Exchange
from router.errors import BadRequest
from router.ledger import SqliteLedger
from router.serving.request_context import RequestContext
from router.types import Candidate, ChatRequest, Consent, Message

BAR, LABEL = 12, 9


def run(
    text: str,
    policy: str | None,
    model: str | None,
    consent: str | None,
    folder: Path | None,
    reader: Path | None,
    *,
    as_json: bool,
    svg: Path | None = None,
) -> None:
    """Decide as the server would, and show it."""
    if consent is not None and consent not in get_args(Consent):
        raise BadRequest(f"--consent {consent!r} is none of {', '.join(get_args(Consent))}.")
    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise BadRequest("The text is empty: give a prompt, or - to read it from standard input.")
    service = assemble(load(folder), SqliteLedger(), reader=reader_of(reader))
    request = ChatRequest(model or policy or "auto", (Message("user", words),))
    terms = RequestContext("explain", cast("Consent | None", consent), policy if model else None)
    exchange = service.consider(request, terms)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(explained(exchange), default=str, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console = picture_console(svg)
        show(exchange, console)
        save_picture(console, svg, "fungible explain")


def show(exchange: Exchange, console: Console) -> None:
    """The reading, the table of all models, and the reason."""
    decision, read = exchange.decision, exchange.features
    exact = "" if read.input_tokens_error == 0 else f" ± {read.input_tokens_error:.0%}"
    what = (
        f"{read.task} ({read.task_probability:.0%} sure), difficulty {difficulty(read)}, "
        f"language {read.language}\n{read.input_tokens:,}{exact} tokens in, about {read.output_tokens:,} out"
        + (f", needs {', '.join(read.needs)}" if read.needs else "")
    )
    console.print()
    console.print(labelled("Read", Text(what), LABEL))
    asked = (
        f"{decision.asked} → policy {decision.policy}, consent {decision.consent}, band {decision.band:g}, "
        f"optimizes {decision.optimize}"
    )
    console.print(labelled("Asked", Text(asked), LABEL))
    console.print()
    console.print(_table(exchange))
    console.print()
    console.print(labelled("Why", Text(why(decision)), LABEL))
    console.print()


def _table(exchange: Exchange) -> ResponsiveTable:
    table = ResponsiveTable(
        Column("model"),
        Column("owner"),
        Column("predicted quality"),
        Column("cost", right=True),
        Column("latency", right=True),
        Column("verdict", prose=True),
        Column("what would flip it", prose=True),
        edge=0,
    )
    for candidate in exchange.decision.candidates:
        table.add_row(*_row(candidate, exchange), style=_style(candidate))
    return table


def _row(candidate: Candidate, exchange: Exchange) -> tuple[Text | str, ...]:
    ways = flips(exchange.decision, candidate.model, exchange.features)
    chosen = candidate.code == "chosen"
    filled = round(candidate.quality * BAR)
    return (
        f"{'▶' if chosen else ' '} {candidate.model}",
        candidate.owner,
        Text.assemble("█" * filled, ("░" * (BAR - filled), "dim"), f" {candidate.quality:.1%}"),
        dollars(candidate.cost),
        f"{candidate.latency_ms / 1000:.1f} s",
        verdict(candidate),
        "" if chosen else change(ways[0] if ways else None, exchange.decision),
    )


def _style(candidate: Candidate) -> str:
    if candidate.code == "chosen":
        return "bold green"
    return "dim" if candidate.excluded else ""
