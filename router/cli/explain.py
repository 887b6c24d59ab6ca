"""`fungible explain`: one decision, taken apart."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast, get_args
from zoneinfo import ZoneInfo

import orjson
from rich.console import Console
from rich.text import Text

from router.api.assembly import assemble, load_providers, reader_of
from router.cli.decision_sentences import change, difficulty, dollars, seconds, verdict, why
from router.cli.output import picture_console, save_picture
from router.cli.responsive_table import Column, ResponsiveTable, labelled
from router.config import load
from router.decision.decide import decide
from router.decision.explanation import explained
from router.decision.flips import flips
from router.decision.receipt import Exchange
from router.errors import BadRequest, ConfigError, RouterError
from router.ledger import SqliteLedger
from router.policy.policy_tests import spent_labels
from router.policy.what_applied import Step, steps
from router.serving.request_context import RequestContext
from router.types import CAPABILITIES, Caller, Candidate, Capability, ChatRequest, Config, Consent, Message

BAR, LABEL = 12, 9
NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Supposed:
    """What a request is supposed to be, beside its words: all that rules, guards and budgets may ask.

    `at` is a moment in the configuration's timezone, such as `2026-12-04 18:00`; `spent` names budgets at their limit,
    `measured` says how models did just now, as tests in policies do.
    """

    at: str | None = None
    spent: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    temperature: float | None = None
    effort: str | None = None
    user: str | None = None
    max_output: int | None = None
    measured: tuple[str, ...] = ()


AS_IT_IS = Supposed()


def run(
    text: str,
    policy: str | None,
    model: str | None,
    consent: str | None,
    folder: Path | None,
    reader: Path | None,
    caller: Caller = NOBODY,
    *,
    as_json: bool,
    svg: Path | None = None,
    supposed: Supposed = AS_IT_IS,
) -> None:
    """Decide as the server would, and show it."""
    if consent is not None and consent not in get_args(Consent):
        raise BadRequest(f"--consent {consent!r} is none of {', '.join(get_args(Consent))}.")
    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise BadRequest("The text is empty: give a prompt, or - to read it from standard input.")
    config = load(folder)
    service = assemble(config, SqliteLedger(), providers={}, reader=reader_of(reader))
    said = (Message("user", words),)
    request = ChatRequest(model or policy or "auto", said, user=supposed.user, max_tokens=supposed.max_output)
    terms = RequestContext("explain", cast("Consent | None", consent), policy if model else None, caller=caller)
    if supposed.at is not None:
        service.clock = partial(_moment, supposed.at, service.config.timezone)
    exchange = _supposed(service.consider(request, terms), supposed, service.config)
    parts = steps(exchange.features, exchange.ask, exchange.situation, service.config)
    try:
        decision = decide(exchange.features, exchange.ask, exchange.situation, service.config)
    except RouterError:
        _show_steps(parts, Console(stderr=True, highlight=False))
        raise
    exchange = replace(exchange, decision=decision)
    if as_json:
        shown = {**explained(exchange), "steps": parts, "cache_for_s": _cache_for(exchange, service.config)}
        sys.stdout.buffer.write(orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        console = picture_console(svg)
        show(exchange, console)
        _show_steps(parts, console)
        if stretch := _cache_for(exchange, service.config):
            again = f"the same request of the same key is given this answer again for {seconds(stretch)}"
            console.print(labelled("Cache", Text(again), LABEL))
        save_picture(console, svg, "fungible explain")
    _note_what_serving_needs(config)


def _note_what_serving_needs(config: Config) -> None:
    """Say what `serve` would miss, such as the key of a provider; a decision calls nobody and needs none of it."""
    try:
        load_providers(config)
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"note: `fungible serve` would not start here: {problem}\n")


def _cache_for(exchange: Exchange, config: Config) -> int:
    """For how many seconds the policy has an answer given again; 0 for never."""
    return config.policies[exchange.ask.policy].cache_for or 0


def _moment(at: str, timezone: str) -> datetime:
    """A moment by the clock of the configuration's timezone; raises BadRequest."""
    try:
        local = datetime.fromisoformat(at.strip())
    except ValueError:
        raise BadRequest(f"--at {at!r} is no moment: write one such as '2026-12-04 18:00'.") from None
    return local.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _supposed(exchange: Exchange, supposed: Supposed, config: Config) -> Exchange:
    """The same request as it is supposed to be, not decided yet."""
    unknown = [word for word in supposed.needs if word not in CAPABILITIES]
    if unknown:
        raise BadRequest(f"--need {unknown[0]!r} is none of {', '.join(CAPABILITIES)}.")
    read, ask = exchange.features, exchange.ask
    needs = cast("tuple[Capability, ...]", tuple(dict.fromkeys((*read.needs, *supposed.needs))))
    features = replace(read, needs=needs, temperature=supposed.temperature, effort=supposed.effort)
    policy = config.policies[ask.policy]
    spent = tuple(name for word in supposed.spent for name in spent_labels(word, policy, config.models))
    situation = replace(exchange.situation, spent=(*exchange.situation.spent, *spent), measured=supposed.measured)
    return replace(exchange, features=features, situation=situation)


def _show_steps(parts: Sequence[Step], console: Console) -> None:
    """Each rule, guard and budget, with whether it applied and why."""
    for part in ("rule", "guard", "budget"):
        lines = [f"{'✓' if s.applied else '–'} {s.name} ({s.does}): {s.why}" for s in parts if s.part == part]
        if lines:
            console.print(labelled(f"{part.title()}s", Text("\n".join(lines)), LABEL))
    if parts:
        console.print()


def show(exchange: Exchange, console: Console) -> None:
    """The reading, the table of all models, and the reason."""
    decision, read = exchange.decision, exchange.features
    exact = "" if read.input_tokens_error == 0 else f" ± {read.input_tokens_error:.0%}"
    what = (
        f"{read.task} ({read.task_probability:.0%} sure), difficulty {difficulty(read)}, "
        f"language {read.language}"
        + (", high stakes" if read.stakes == "high" else "")
        + f"\n{read.input_tokens:,}{exact} tokens in, about {read.output_tokens:,} out"
        + (f", needs {', '.join(read.needs)}" if read.needs else "")
    )
    console.print()
    console.print(labelled("Read", Text(what), LABEL))
    asked = (
        f"{decision.asked} → policy {decision.policy}, consent {decision.consent}, band {decision.band:g}, "
        f"optimizes {decision.optimize}"
    )
    console.print(labelled("Asked", Text(asked), LABEL))
    if decision.effort or decision.max_output:
        parts = ("effort", decision.effort), ("max_output", decision.max_output)
        console.print(labelled("Sent", Text(", ".join(f"{name} {what}" for name, what in parts if what)), LABEL))
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
