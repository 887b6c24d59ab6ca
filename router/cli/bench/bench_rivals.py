"""`fungible bench rivals`: endpoints as they are given, progress, the table."""

import random
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from router.audit.audit_budget import CallPrice, Purse, cap_from, price_from
from router.audit.endpoint_client import Endpoint, key_from
from router.audit.prompt_list import read_prompts
from router.audit.sides import Live
from router.audit.transcripts.transcript import Transcript
from router.audit.wire_shapes import Parameters
from router.bench.rivals.contest import Contest, Rival, Stop, Wish
from router.bench.rivals.graders import Grader, Judge, Person, read_expected
from router.bench.rivals.rival_rows import Row, rows_of
from router.cli.audit.audit_options import shipped_prompts
from router.cli.audit.audit_run import auditors_key
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config import load
from router.errors import BadRequest
from router.evidence import Question
from router.money import price_on, usd
from router.types import Config

_STOPS: dict[Stop, str] = {
    "answered": "every question is answered",
    "calls": "the rounds were used up",
    "budget": "the budget was used up",
    "failing": "an endpoint kept failing",
    "interrupted": "it was interrupted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options."""

    targets: Sequence[str]
    key_env: Sequence[str]
    price: Sequence[str]
    prompts: Path | None
    judge: str | None
    judge_key_env: str | None
    judge_price: str | None
    check: Path | None
    feedback: bool
    budget: str | None
    calls: int
    margin: float
    alpha: float
    max_tokens: int
    temperature: float | None
    transcript: Path | None
    plot: Path | None
    config: Path | None
    data: Path | None


def run(given: Given, *, as_json: bool) -> None:
    """Compare, and show."""
    contest = _contest(given)
    console = Console(stderr=True, highlight=False)
    with Progress(console=console, transient=True, disable=as_json or given.feedback) as progress:
        task = progress.add_task("asking", total=given.calls)
        stop = contest.run(lambda now: progress.update(task, completed=now.rounds + now.failed, description=_line(now)))
    rows = rows_of(contest)
    if given.plot is not None:
        from router.bench.rivals.rivals_plot import draw

        draw(rows, given.plot)
    if as_json:
        print_json(_plain(contest, stop, rows))
        return
    _show(contest, stop, rows)


def _contest(given: Given) -> Contest:
    if len(given.targets) < 2:
        raise BadRequest(
            "Name two or more: URL#MODEL, such as http://localhost:8000/v1#balanced. The first is compared with."
        )
    config = load(given.config)
    purse = Purse(None if given.budget is None else cap_from(given.budget))
    rivals = [_rival(given, place, config) for place in range(len(given.targets))]
    _refuse_unpriced(given, rivals)
    question = Question(given.margin, given.alpha / (len(rivals) - 1))
    wish = Wish(
        prompts=read_prompts(own) if (own := given.prompts or given.check) else shipped_prompts(),
        parameters=Parameters(given.max_tokens, given.temperature),
        calls=given.calls,
        question=question,
        seed=secrets.token_bytes(32),
        secret=secrets.token_bytes(32),
    )
    key = auditors_key(given.data)
    transcript = Transcript(given.transcript, f"{key.name}/{secrets.token_hex(8)}", key)
    return Contest(wish, rivals, _grader(given, config, purse), purse, transcript)


def _rival(given: Given, place: int, config: Config) -> Rival:
    url, model = _target(given.targets[place])
    endpoint = Endpoint(url, model, key=key_from(_of(given.key_env, place)))
    own = _of(given.price, place)
    price = price_from(own, "--price") if own else _listed(config)(model)
    return Rival(
        given.targets[place], Live(endpoint, price or _dearest(config)), _fixed(price) if own else _listed(config)
    )


def _target(written: str) -> tuple[str, str]:
    url, mark, model = written.partition("#")
    if not mark or not model:
        raise BadRequest(f"{written!r} names no model: write URL#MODEL, such as http://localhost:8000/v1#balanced.")
    return url, model


def _of(words: Sequence[str], place: int) -> str | None:
    """The word for a target: its own, or the only one for all; `-` for none."""
    word = words[place] if place < len(words) else words[0] if len(words) == 1 else None
    return None if word in (None, "-", "") else word


def _fixed(price: CallPrice | None) -> Callable[[str | None], CallPrice | None]:
    return lambda _: price


def _listed(config: Config) -> Callable[[str | None], CallPrice | None]:
    """The price of a model by the price list, today."""
    today = datetime.now(UTC).date()

    def price(model: str | None) -> CallPrice | None:
        listed = price_on(config.prices.get(model or "", ()), today)
        return CallPrice(Decimal(listed.input), Decimal(listed.output)) if listed else None

    return price


def _dearest(config: Config) -> CallPrice | None:
    """What a router may come to: the dearest price of the list, to hold for."""
    listed = [price for model in config.prices if (price := _listed(config)(model))]
    return CallPrice(max(p.input for p in listed), max(p.output for p in listed)) if listed else None


def _refuse_unpriced(given: Given, rivals: Sequence[Rival]) -> None:
    if given.budget is not None and any(rival.live.price is None for rival in rivals):
        raise BadRequest(
            "--budget needs the prices of all: give --price INPUT/OUTPUT for each, in USD per million tokens."
        )


def _grader(given: Given, config: Config, purse: Purse) -> Grader:
    if sum((given.judge is not None, given.check is not None, given.feedback)) != 1:
        raise BadRequest("Say who grades: --judge URL#MODEL, --check FILE or --feedback, one of them.")
    shuffle = random.Random(secrets.randbits(64))  # noqa: S311 - an order, no secret
    if given.check is not None:
        return read_expected(given.check)
    if given.judge is None:
        return Person(lambda text: print(text, file=sys.stderr), input, shuffle)  # noqa: T201
    url, model = _target(given.judge)
    price = price_from(given.judge_price, "--judge-price") if given.judge_price else _listed(config)(model)
    if given.budget is not None and price is None:
        raise BadRequest(f"--budget needs the price of the judge {model}: give --judge-price INPUT/OUTPUT.")
    return Judge(Live(Endpoint(url, model, key=key_from(given.judge_key_env)), price), purse, shuffle)


def _line(contest: Contest) -> str:
    verdicts = [row.verdict for row in rows_of(contest)[1:]]
    return f"round {contest.rounds}: {', '.join(verdicts)}, ${float(usd(contest.purse.spent)):.4f}"


def _plain(contest: Contest, stop: Stop, rows: Sequence[Row]) -> dict[str, object]:
    return {
        "stop": stop,
        "rounds": contest.rounds,
        "failed": contest.failed,
        "ungraded": contest.ungraded,
        "grader": contest.grader.name,
        "margin": contest.wish.question.margin,
        "alpha": contest.wish.question.alpha,
        "spent_usd": usd(contest.purse.spent),
        "rivals": [asdict(row) for row in rows],
        "failures": dict(contest.failures),
        "key": str(contest.transcript.public_key),
    }


def _show(contest: Contest, stop: Stop, rows: Sequence[Row]) -> None:
    console, question = output_console(), contest.wish.question
    console.print(
        f"{contest.rounds:,} rounds, {contest.failed} failed, {contest.ungraded} not graded; {_STOPS[stop]}; "
        f"${float(usd(contest.purse.spent)):.4f} spent, by {contest.grader.name}\n"
    )
    heads = Column("quality", right=True), Column("beside the first, points", right=True), Column("verdict")
    more = Column("USD per 1,000", right=True), Column("seconds", right=True), Column("cost by", detail=True)
    table = ResponsiveTable(Column("rival"), *heads, *more, Column("served", prose=True, detail=True), edge=0)
    for row in rows:
        served = ", ".join(f"{model} {count}" for model, count in row.served.items())
        table.add_row(
            row.name,
            f"{row.quality:.3f}",
            _difference(row),
            row.verdict,
            _around(row.cost_usd, row.cost_interval, 1000),
            _around(row.seconds, row.seconds_interval, 1),
            row.cost_from,
            served,
        )
    console.print(table)
    console.print(
        f"\n[dim]worse: by {100 * question.margin:g} points or more, shown at alpha {question.alpha:.3g}, "
        "however often one looks[/]"
    )
    for sentence, count in contest.failures.items():
        console.print(f"failed {count} times: {sentence}", markup=False)


def _difference(row: Row) -> str:
    if row.difference is None or row.difference_interval is None:
        return ""
    low, high = row.difference_interval
    return f"{100 * row.difference:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def _around(value: float, ends: tuple[float, float] | None, times: float) -> str:
    around = f" [{max(0.0, times * ends[0]):.3g}, {times * ends[1]:.3g}]" if ends else ""
    return f"{times * value:.3g}{around}"
