"""`fungible outcomes`: a table out of the ledger, estimates of policies on that traffic, and what to label next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from router.bench.loop.evaluate_policies import evaluate
from router.bench.loop.label_next import NextLabel, label_next
from router.bench.loop.off_policy import Estimates
from router.bench.loop.outcome_rows import outcome_rows
from router.bench.loop.own_words import read_words
from router.bench.routing.measures import Interval
from router.bench.routing.records.row_files import write_rows
from router.bench.routing.records.sheets import share
from router.cli.ledger.open_ledger import must_be_there, reading
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, columns, output_console
from router.cli.traffic.judge_tables import judge_checks, show_judges
from router.config import load
from router.errors import BadRequest
from router.ledger import DatabaseLedger
from router.ledger.location import Place
from router.serving.words.word_store import WordStore, has_words
from router.suggest import nearest
from router.traffic.answered_requests import answered_requests
from router.traffic.logged_outcomes import NO_WORDS, Outcomes, Words, joined_words, logged_outcomes

NONE = (
    "The ledger holds no outcomes: no pairs of a ramp, no ratings (POST /v1/feedback), and no checks of your own "
    "(--words FILE with a column `score`)."
)
MEANING = (
    "By outcomes: seen ones, each weighed by how unlikely it was to be seen. Doubly robust: the same, with predictions "
    "for the rest. By the model: predictions alone, as `policy replay` gives them. Worth is how many equally weighed "
    "outcomes the first rests on; possible is the share of requests on which the policy's choice could have been seen: "
    "beyond it, only predictions speak."
)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked `fungible outcomes` for."""

    out: Path | None
    words: Path | None
    policies: list[str]
    label_next: int | None = None
    judges: bool = False


def run(asked: Asked, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Read the ledger, write the table, and show the estimates, or what to label next."""
    config = load(folder)
    if wrong := [name for name in asked.policies if name not in config.policies]:
        raise BadRequest(f"No policy is called {wrong[0]!r}.{nearest(wrong[0], config.policies)}")
    if sum(map(bool, (asked.label_next, asked.policies, asked.judges))) > 1:
        raise BadRequest("--label-next, --policy and --judges say different things: ask for one at a time.")
    words = _words(asked.words, place)
    with reading(place, quiet=as_json) as (ledger, advance):
        requests = list(logged_outcomes(ledger, words, advance))
        chosen = _next(ledger, requests, asked.label_next) if asked.label_next else []
        checks = judge_checks(ledger, requests, config) if asked.judges else []
    if asked.judges:
        show_judges(checks, as_json=as_json)
        return
    if asked.label_next:
        _label(asked, words, chosen, as_json=as_json)
        return
    worded = bool(words.prompts)
    written = write_rows(outcome_rows(requests, worded=worded), asked.out, "--out") if asked.out else 0
    estimates = {name: evaluate(requests, config, name) for name in asked.policies}
    if as_json:
        print_json(_plain(requests, written, estimates))
        return
    console = output_console()
    if not requests:
        console.print(NONE, soft_wrap=True)
        return
    _show(console, requests, estimates)
    if asked.out:
        _show_written(console, asked.out, written, requests, worded=worded)


def _words(own: Path | None, place: Place) -> Words:
    """The words of a person's own file, and those that the server has kept in its data folder."""
    must_be_there(place)
    known = read_words(own) if own else NO_WORDS
    if not has_words(place.folder):
        return known
    with closing(WordStore(place.folder, 0.0)) as store:
        store.sweep()
        return joined_words(known, store.by_receipt())


def _next(ledger: DatabaseLedger, requests: Sequence[Outcomes], most: int) -> list[NextLabel]:
    labelled = {request.receipt.id for request in requests}
    return label_next(list(answered_requests(ledger)), labelled, most)


def _label(asked: Asked, words: Words, chosen: Sequence[NextLabel], *, as_json: bool) -> None:
    """Write and show what to label next."""
    if asked.out:
        write_rows(_to_label(chosen, words), asked.out, "--out")
    if as_json:
        print_json([each.plain() for each in chosen])
        return
    console = output_console()
    if not chosen:
        console.print("The ledger holds no answer that has no outcome yet.")
        return
    table = ResponsiveTable(Column("receipt"), Column("model"), Column("why", prose=True), Column("gain", right=True))
    for each in chosen[:SHOWN]:
        table.add_row(each.receipt, each.model, each.because, f"{each.gain:.1%}")
    console.print(table)
    rest = f" {len(chosen) - SHOWN:,} more are not shown." if len(chosen) > SHOWN else ""
    console.print(f"\nGain: by how much the label shrinks the variance of the traffic's mean score.{rest}", style="dim")
    if asked.out:
        console.print(f"{len(chosen):,} rows written to {asked.out}: fill in `score`, and give it as --words.")


def _to_label(chosen: Sequence[NextLabel], words: Words) -> Iterator[dict[str, Any]]:
    for each in chosen:
        yield {
            "receipt": each.receipt,
            "prompt": words.prompts.get(each.receipt, ""),
            "model": each.model,
            "score": None,
            "because": each.because,
        }


def _counts(requests: Sequence[Outcomes]) -> Counter[str]:
    return Counter(outcome.source for request in requests for outcome in request.outcomes)


def _plain(requests: Sequence[Outcomes], written: int, estimates: dict[str, tuple[Estimates, int]]) -> dict[str, Any]:
    return {
        "requests": len(requests),
        "outcomes": _counts(requests),
        "rows": written,
        "policies": {name: {**asdict(made), "refused": refused} for name, (made, refused) in estimates.items()},
    }


def _show(console: Console, requests: Sequence[Outcomes], estimates: dict[str, tuple[Estimates, int]]) -> None:
    kinds = ", ".join(f"{count:,} by {source}" for source, count in _counts(requests).most_common())
    console.print(f"\n{len(requests):,} requests with outcomes: {kinds}\n")
    if not estimates:
        return
    heads = ("policy", "by outcomes", "doubly robust", "by the model", "worth", "possible", "refused")
    table = ResponsiveTable(*columns(*heads))
    for name, (made, refused) in estimates.items():
        figures = (_share(made.inverse_propensity), share(made.doubly_robust), share(made.modelled))
        table.add_row(name, *figures, f"{made.effective:,.0f}", f"{made.covered:.0%}", f"{refused:,}")
    console.print(table)
    console.print(f"\n{MEANING}\n", style="dim", soft_wrap=False)


def _share(interval: Interval) -> str:
    return "nothing seen" if interval.value != interval.value else share(interval)


def _show_written(console: Console, out: Path, written: int, requests: Sequence[Outcomes], *, worded: bool) -> None:
    console.print(f"{written:,} rows written to {out}")
    if not worded:
        console.print(
            "Without --words the table has no prompts, and `fungible fit` cannot learn from it: give your own log, or "
            "let the server keep words (`serve --keep-words HOURS`)."
        )
    elif wordless := sum(not request.prompt for request in requests):
        console.print(f"{wordless:,} requests have no prompt in your file, or kept by the server, and are left out.")
