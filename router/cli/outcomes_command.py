"""`fungible outcomes`: a table of outcomes out of the ledger, and estimates of policies on that traffic."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from router.bench.loop.evaluate_policies import evaluate
from router.bench.loop.logged_outcomes import NO_WORDS, Outcomes, logged_outcomes, read_words
from router.bench.loop.off_policy import Estimates
from router.bench.loop.outcome_rows import outcome_rows
from router.bench.routing.measures import Interval
from router.bench.routing.records.row_files import write_rows
from router.bench.routing.records.sheets import share
from router.cli.ledger.open_ledger import reading
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.config import load
from router.errors import BadRequest
from router.ledger.location import Place
from router.suggest import nearest

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


def run(
    out: Path | None, words: Path | None, policies: list[str], folder: Path | None, place: Place, *, as_json: bool
) -> None:
    """Read the ledger, write the table, and show the estimates."""
    config = load(folder)
    if wrong := [name for name in policies if name not in config.policies]:
        raise BadRequest(f"No policy is called {wrong[0]!r}.{nearest(wrong[0], config.policies)}")
    known = read_words(words) if words else NO_WORDS
    with reading(place, quiet=as_json) as (ledger, advance):
        requests = list(logged_outcomes(ledger, known, advance))
    written = write_rows(outcome_rows(requests, worded=words is not None), out, "--out") if out else 0
    estimates = {name: evaluate(requests, config, name) for name in policies}
    if as_json:
        print_json(_plain(requests, written, estimates))
        return
    console = output_console()
    if not requests:
        console.print(NONE, soft_wrap=True)
        return
    _show(console, requests, estimates)
    if out:
        _show_written(console, out, written, requests, worded=words is not None)


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
        console.print("Without --words the table has no prompts, and `fungible fit` cannot learn from it.")
    elif wordless := sum(not request.prompt for request in requests):
        console.print(f"{wordless:,} requests have no prompt in your file, and are left out.")
