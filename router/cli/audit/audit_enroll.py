"""`fungible audit enroll`: a model's answers to a list of prompts, kept in a file."""

from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from router.audit.audit_budget import Purse
from router.audit.endpoint_client import CallFailed
from router.audit.enrolled_file import KIND, Asked, EnrolledFile, write_enrolled
from router.audit.prompt_list import read_prompts
from router.audit.session import now
from router.audit.sides import Live
from router.audit.wire_shapes import Parameters
from router.cli.audit.audit_options import CallOptions, SideOptions, shipped_prompts
from router.cli.audit.audit_sentences import money
from router.cli.output import print_json
from router.errors import BadRequest, Conflict
from router.money import usd

MOST_FAILED = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of `fungible audit enroll`."""

    side: SideOptions
    budget: str | None
    prompts: Path | None
    answers: int
    asking: CallOptions
    config: Path | None


def run(wanted: Wanted, out: Path, *, as_json: bool) -> None:
    """Ask and write; what was asked for before an interrupt or the budget's end is kept."""
    if out.exists():
        raise Conflict(f"{out} exists already: enrolled answers are never written over.")
    price = wanted.side.call_price(wanted.config)
    side, purse = Live(wanted.side.endpoint(), price), wanted.side.cap(wanted.budget, price)
    prompts = read_prompts(wanted.prompts) if wanted.prompts else shipped_prompts()
    begun = now()
    answers, says = _asked(side, prompts, wanted, purse, quiet=as_json)
    made = EnrolledFile(
        kind=KIND,
        model=wanted.side.model,
        channel=side.place,
        begun=begun,
        ended=now(),
        parameters=asdict(wanted.asking.parameters()),
        asked=tuple(Asked(prompt, tuple(texts)) for prompt, texts in answers.items() if texts),
        says=dict(says),
    )
    if not made.asked:
        raise BadRequest(f"{side.place} gave no answer, so there is nothing to keep.")
    write_enrolled(out, made)
    _show(made, out, purse, priced=price is not None, as_json=as_json)


def _asked(
    side: Live, prompts: tuple[str, ...], wanted: Wanted, purse: Purse, *, quiet: bool
) -> tuple[dict[str, list[str]], Counter[str]]:
    """Prompt after prompt, round after round, so that what a budget cuts short has all prompts."""
    parameters = wanted.asking.parameters()
    answers: dict[str, list[str]] = {prompt: [] for prompt in prompts}
    says: Counter[str] = Counter()
    failed = 0
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("asking", total=len(prompts) * wanted.answers)
        try:
            for prompt in prompts * wanted.answers:
                if not _one(side, prompt, parameters, purse, answers, says):
                    failed += 1
                if failed > MOST_FAILED + sum(says.values()):
                    break
                progress.advance(task)
        except KeyboardInterrupt:
            pass
    return answers, says


def _one(
    side: Live,
    prompt: str,
    parameters: Parameters,
    purse: Purse,
    answers: dict[str, list[str]],
    says: Counter[str],
) -> bool:
    hold = side.worst(prompt, parameters)
    if not purse.hold(hold):
        raise KeyboardInterrupt
    try:
        reply = side.ask(prompt, parameters)
    except CallFailed as error:
        purse.settle(hold, hold if error.may_be_charged else Decimal(0))
        return False
    purse.settle(hold, side.price.of(reply.said, hold) if side.price else Decimal(0))
    answers[prompt].append(reply.said.text)
    says[reply.said.model or "no name"] += 1
    return True


def _show(made: EnrolledFile, out: Path, purse: Purse, *, priced: bool, as_json: bool) -> None:
    spent = usd(purse.spent) if priced else None
    if as_json:
        print_json(
            {"file": str(out), "model": made.model, "prompts": len(made.asked), "answers": made.answers,
             "says": made.says, "spent_usd": spent}
        )  # fmt: skip
        return
    bill = f", {money(purse.spent)}" if priced else ""
    names = ", ".join(made.says)
    print(f"{out}: {made.answers} answers of {made.model} (they say {names}) to {len(made.asked)} prompts{bill}")  # noqa: T201
