"""`fungible audit URL`: says what it will take, asks and bets, and reports how it ended."""

import secrets
from dataclasses import dataclass
from functools import partial
from math import exp
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from router import tokens
from router.audit.audit_json import plain
from router.audit.audit_plan import Wish
from router.audit.audit_report import AuditReport, Stop
from router.audit.endpoint_client import CallFailed
from router.audit.enrolled_file import EnrolledFile, read_enrolled
from router.audit.html.audit_page import audit_page
from router.audit.session import Session, Step
from router.audit.sides import Live
from router.audit.standing import finish
from router.audit.transcripts.transcript import Transcript
from router.audit.watch_state import WatchState
from router.cli.audit.audit_options import Given, listed_price, prompts_for, purse_for, sides
from router.cli.audit.audit_sentences import ended, money, planned
from router.cli.config_folder import data_folder
from router.cli.output import print_json
from router.errors import BadRequest
from router.evidence.matched import Enrolled, MatchedTest, vector
from router.evidence.matched.three_ends import EXIT_CODES
from router.ledger.log.signing_key_file import own_key
from router.transparency.note import LOG, SecretKey

KEY = "audit.key"
LEARN = 0.5


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is wanted: JSON, a page, a transcript, or the plan alone."""

    as_json: bool
    html: Path | None
    transcript: Path | None
    plan_only: bool
    full: bool = False


@dataclass(frozen=True, slots=True)
class Watching:
    """Where a watch keeps its state (None for an audit that ends), seconds between rounds, rounds to a false alarm."""

    state: Path | None
    every_s: float
    run_length: float


def run(given: Given, outputs: Outputs, watching: Watching) -> None:
    """Audit; exits with the code of the end."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    session = _session(given, outputs, watching)
    if watching.state is not None and not outputs.plan_only:
        _go_on(session, watching, watching.state, console)
    plan = session.pilot()
    if not outputs.as_json or outputs.plan_only:
        for line in planned(session.wish, plan, session.purse, enrolled=bool(session.test.enrolled)):
            console.print(line)
    if outputs.plan_only:
        session.transcript.close()
        return
    stop = _with_progress(session, console, quiet=outputs.as_json)
    report = finish(session, stop, tokens.count, _listed(session.audited), partial(listed_price, given.config))
    show(report, outputs, console)
    raise typer.Exit(EXIT_CODES[report.end])


def show(report: AuditReport, outputs: Outputs, console: Console) -> None:
    """Print the report, and write the page where one is wanted."""
    if outputs.html is not None:
        outputs.html.write_text(audit_page(report), encoding="utf-8")
    if outputs.as_json:
        print_json(plain(report))
        return
    for line in ended(report):
        console.print(line)


def _session(given: Given, outputs: Outputs, watching: Watching) -> Session:
    audited, reference = sides(given)
    files = tuple(read_enrolled(path) for path in given.substitutes)
    own = [file for file in files if file.model == given.audited.model]
    others = [file for file in files if file.model != given.audited.model]
    _refuse_twice(others)
    wish = Wish(
        model=given.audited.model,
        prompts=prompts_for(given, files, reference),
        parameters=given.asking.parameters(),
        references=given.references,
        calls=given.calls,
        alpha=given.alpha,
        share=given.share,
        seed=secrets.token_bytes(32),
        secret=secrets.token_bytes(32),
        pause_s=watching.every_s if watching.state else 0.0,
        watch=watching.state is not None,
        full=outputs.full,
    )
    test = MatchedTest(given.alpha, [enrolled_from(file, given.alpha / max(1, len(others))) for file in others])
    for file in own:
        remember(test, file)
    key = auditors_key(given.data)
    origin = f"{key.name}/{secrets.token_hex(8)}"
    return Session(
        wish,
        audited,
        reference,
        test,
        purse_for(given, audited, reference),
        Transcript(outputs.transcript, origin, key),
    )


def _go_on(session: Session, watching: Watching, path: Path, console: Console) -> None:
    about = {
        "model": session.wish.model,
        "endpoint": session.audited.place,
        "reference": session.reference.place,
        "references": session.wish.references,
        "substitutes": [one.name for one in session.test.enrolled],
    }
    state = WatchState(path, about)
    session.go_on_for_ever(state, watching.run_length)
    if state.rounds and session.watch is not None:
        console.print(f"goes on after {state.rounds:,} rounds of {path}; level {session.watch.level:.3g}")


def _refuse_twice(files: list[EnrolledFile]) -> None:
    names = [file.model for file in files]
    if len(names) > len(set(names)):
        raise BadRequest("Two files of --substitutes hold the same model: give one of them.")


def auditors_key(data: Path | None) -> SecretKey:
    """The key that signs transcripts, made on first use."""
    return own_key(data_folder(data) / KEY, f"fungible-audit-{secrets.token_hex(4)}", LOG)


def enrolled_from(file: EnrolledFile, alpha: float) -> Enrolled:
    """A substitute from its file: half of the answers to each prompt to learn from, the others for the share."""
    learn: list[NDArray[np.float32]] = []
    measure: dict[str, NDArray[np.float32]] = {}
    for row in file.asked:
        vectors = [vector(text) for text in row.answers]
        half = max(1, round(LEARN * len(vectors)))
        learn += vectors[:half]
        if vectors[half:]:
            measure[row.prompt] = np.array(vectors[half:])
    return Enrolled(file.model, np.array(learn), measure, alpha)


def remember(test: MatchedTest, file: EnrolledFile) -> None:
    """Learn from enrolled answers of the reference itself."""
    for row in file.asked:
        if row.answers:
            test.remember(row.prompt, np.array([vector(text) for text in row.answers]))


def _listed(audited: Live) -> tuple[str, ...] | None:
    try:
        return audited.endpoint.models()
    except CallFailed:
        return None


def _with_progress(session: Session, console: Console, *, quiet: bool) -> Stop:
    text = TextColumn("{task.description}")
    with Progress(text, BarColumn(), console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("asking", total=session.wish.calls)

        def shown(step: Step) -> None:
            progress.update(task, completed=step.rounds + step.failed, description=_line(step, session.wish.alpha))

        return session.run(shown)


def _line(step: Step, alpha: float) -> str:
    wealth = exp(min(step.log_wealth, 700.0))
    share = "" if step.share is None else f", share {step.share[0]:.0%} to {step.share[1]:.0%}"
    failed = f", {step.failed} failed" if step.failed else ""
    return f"round {step.rounds}: wealth {wealth:,.3g} of {1 / alpha:g}{share}, {money(step.spent)}{failed}"
