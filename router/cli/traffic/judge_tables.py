"""`fungible outcomes --judges`: how far those who graded the pairs can be believed."""

from collections.abc import Iterable, Sequence

from router.bench.loop.judge_checks import LEAST, JudgeCheck, Label, check_judges
from router.bench.routing.measures import Interval
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.ledger import DatabaseLedger
from router.serving.ramps.model_judge import is_swapped
from router.traffic.judged_pairs import judged_pairs
from router.traffic.logged_outcomes import Outcomes
from router.types import Config

MEANING = (
    "In points. First place: what the answer that a model saw first got beyond the other; chance decided the order, so "
    "that it should be 0. Agreement: labelled answers that the judge and people find on the same side of a half, and "
    "kappa, the same beyond chance. Leniency: its grade less the label. Own family: how much more lenient it is with "
    "its own family or owner. Cost: of the second answers and of judging them. A dash: fewer than {least} speak for it."
)


def judge_checks(ledger: DatabaseLedger, requests: Iterable[Outcomes], config: Config) -> list[JudgeCheck]:
    """The judges of a ledger's pairs, beside the labels of the same requests."""
    labels = {
        request.receipt.id: Label(outcome.model, outcome.score)
        for request in requests
        for outcome in request.outcomes
        if outcome.source != "pair"
    }
    kin = {model.id: frozenset({f"family {model.family}", f"owner {model.owner}"}) for model in config.models}
    return check_judges(list(judged_pairs(ledger)), labels, is_swapped, lambda name: kin.get(name, frozenset()))


def show_judges(checks: Sequence[JudgeCheck], *, as_json: bool) -> None:
    """Print them."""
    if as_json:
        print_json([check.plain() for check in checks])
        return
    console = output_console()
    if not checks:
        console.print("The ledger holds no judged pairs: a ramp with `shadow` makes them.")
        return
    names = ("judge", "pairs", "labelled", "first place", "agreement", "kappa", "leniency", "own family", "cost, USD")
    table = ResponsiveTable(*(Column(name, right=place > 0) for place, name in enumerate(names)))
    for check in checks:
        table.add_row(
            check.judge,
            f"{check.pairs:,}",
            f"{check.labelled:,}",
            _points(check.first_place),
            _points(check.agreement, signed=False),
            "–" if check.kappa is None else f"{check.kappa:.2f}",
            _points(check.leniency),
            _points(check.own_family) if check.own_pairs else "judged none",
            f"{check.cost / 1_000_000:.4f}",
        )
    console.print(table)
    console.print(f"\n{MEANING.format(least=LEAST)}\n", style="dim")


def _points(figure: Interval | None, *, signed: bool = True) -> str:
    if figure is None:
        return "–"
    form = "+.1f" if signed else ".1f"
    value, low, high = (format(100 * each, form) for each in (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"
