"""An audit in lines for a terminal: what it will take, and how it ended."""

from collections.abc import Iterator
from decimal import Decimal

from rich.markup import escape

from router.audit.audit_budget import Purse
from router.audit.audit_plan import Plan, Wish
from router.audit.audit_report import HONEST_CHANGES, HOW_TO_DISCERN, AuditReport
from router.audit.html.audit_words import (
    TITLES,
    accounts_words,
    billed_rows,
    declared_words,
    seen,
    stopped,
    verdict,
    wealth_words,
)
from router.money import usd

_COLOURS = {"another_model": "bold red", "nothing_found": "bold green", "inconclusive": "bold yellow"}
_CENT = Decimal(100)


def money(micro_dollars: Decimal) -> str:
    """Dollars to the hundredth of a cent."""
    return f"{usd(micro_dollars.quantize(_CENT))} USD"


def planned(wish: Wish, plan: Plan, purse: Purse, *, enrolled: bool) -> Iterator[str]:
    """What it will take."""
    by = "enrolled substitutes" if enrolled else "an unknown substitute"
    yield f"[bold]plan[/] for {by}, {wish.references} reference(s) to a call, {len(wish.prompts)} prompts, nine of ten:"
    for row in plan.shares:
        cost = "" if row.cost is None else f", {money(row.cost)}"
        beyond = "" if row.within else "  [dim](beyond --calls or --budget)[/]"
        yield f"  a share of {row.share:>4.0%} shows within {row.calls:>6,} calls{cost}{beyond}"
    cap = "no --budget" if purse.cap is None else f"never more than {money(purse.cap)}"
    most = "" if plan.most is None else f", {money(plan.most)} were it to run to its end"
    yield f"  at most {wish.calls:,} calls, {cap}{most}; the pilot cost {money(purse.spent)}"


def ended(report: AuditReport) -> Iterator[str]:
    """How it ended."""
    yield f"\n[{_COLOURS[report.end]}]{TITLES[report.end]}[/]  {escape(verdict(report))}"
    if declared := declared_words(report):
        yield f"[yellow]declared[/] {escape(declared)}"
    yield f"wealth {wealth_words(report)} at most, {report.rounds:,} rounds, {report.failed} failed; {stopped(report)}"
    for row in report.substitutes:
        share = "–" if row.share is None else f"{row.share:.1%}"
        mark = " [bold](nearest)[/]" if row.name == report.nearest else ""
        yield f"  {escape(row.name)}: share {share}, {row.low:.1%} to {row.high:.1%}{mark}"
    if report.end != "another_model":
        yield seen(report)
    yield accounts_words(report)
    for finding in report.findings:
        yield f"  [dim]{finding.check}[/] ({finding.weight}) {escape(finding.sentence)}"
    yield from _billed(report)
    for sentence, count in report.failures.items():
        yield f"  [yellow]failed {count} times[/] {escape(sentence)}"
    if report.end == "another_model":
        yield f"It could also be: {'; '.join(HONEST_CHANGES)}. {HOW_TO_DISCERN}"
    yield f"spent {money(report.spent)}" if report.priced else "spent: no price is known; give --price"
    if report.transcript:
        yield f"transcript {escape(report.transcript)}, signed by {escape(report.key)}"


def _billed(report: AuditReport) -> Iterator[str]:
    for name, answers, used, as_asked, as_named, said in billed_rows(report):
        own = "" if said == "–" else f", {said} as it says"
        yield (
            f"  [dim]billed[/] {escape(name)}: {answers} answers, {used} tokens, {as_asked} as asked for, "
            f"{as_named} as named{own}"
        )
