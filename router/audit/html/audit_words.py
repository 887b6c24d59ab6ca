"""What an audit's end means, in sentences for a terminal and for a page.

Invariant: the sentence of an end says how often it may be wrong, or what would have been seen, or what is missing.
"""

from decimal import Decimal
from math import exp

from router.audit.audit_report import AuditReport, Stop
from router.money import usd

CENTI_MICRO = Decimal("0.01")

_STOPS: dict[Stop, str] = {
    "shown": "it was shown",
    "calls": "all calls were made",
    "budget": "the next call could have passed the budget",
    "failing": "the endpoints did not answer",
    "interrupted": "it was interrupted",
    "reference_used_up": "the reference's file has no fresh answers left",
    "alarm": "the watch rang",
}
TITLES = {
    "another_model": "Another model answers",
    "nothing_found": "Nothing found",
    "inconclusive": "Inconclusive",
}


def verdict(report: AuditReport) -> str:
    """The end in a sentence or two."""
    if report.alarms and report.run_length is not None:
        return (
            f"The watch rang after {report.alarms[-1]} rounds: what answers at {report.endpoint} has begun to answer "
            f"otherwise than the reference. While both are alike it rings once in {report.run_length:,g} rounds."
        )
    if report.end == "another_model":
        return (
            f"What answers at {report.endpoint} does not answer as the reference does: were they the same, so much "
            f"evidence would come with probability {report.alpha:g} at most, however often one looks."
        )
    if report.end == "nothing_found":
        return (
            f"Nothing was found in {report.rounds} rounds. {seen(report)} A smaller share, or one that only other "
            "accounts, prompts or times of day meet, may still be there."
        )
    return f"It is not known whether another model answers: {_missing(report)}. Inconclusive is not clean."


def _missing(report: AuditReport) -> str:
    attempts = report.rounds + report.failed
    if report.failed * 5 > attempts:
        return f"{report.failed} of {attempts} rounds failed"
    if not report.rounds:
        return "no round could be compared"
    wanted = f"a share of {report.wanted:.0%} would not have been seen by now with 90 %"
    return f"{wanted}, for {_STOPS[report.stop]} after {report.rounds} rounds"


def seen(report: AuditReport) -> str:
    """What would have been seen by now."""
    if report.seen is None:
        return "Not even a whole swap would have been seen by now with 90 %."
    which = (
        "of any enrolled substitute" if report.substitutes else "of a model that differs as Mistral 7B from Llama 3 70B"
    )
    return f"A share of {report.seen:.1%} or more {which} would have been seen by now with 90 %."


def wealth_words(report: AuditReport) -> str:
    """The most that the wealth was, and what decides."""
    best = exp(min(690.0, report.best_log_wealth))
    return f"{best:,.3g} of {1 / report.alpha:g}"


def declared_words(report: AuditReport) -> str:
    """How many answers said themselves that another model answered; empty where none did."""
    total = sum(report.declared.values())
    if not total:
        return ""
    names = ", ".join(f"{name} ({count})" for name, count in report.declared.items())
    share = total / (total + report.rounds)
    return (
        f"{total} answers ({share:.0%}) say themselves that another model answered: {names}. They are declared, not "
        "silent, and are left out of the test."
    )


def stopped(report: AuditReport) -> str:
    """Why it ended."""
    return _STOPS[report.stop]


def accounts_words(report: AuditReport) -> str:
    """What one account can't see, or so many."""
    if report.audited_from > 1:
        met = 1 - (1 - report.wanted) ** report.audited_from
        return (
            f"It was asked from {report.audited_from} accounts in turn: where whole accounts are moved, one of them "
            f"is in a moved share of {report.wanted:.0%} with {met:.0%}."
        )
    return (
        f"Where whole accounts are moved, one account may see nothing: for one of them to be in a moved share of "
        f"{report.wanted:.0%} with 90 %, audit from {report.accounts}."
    )


def billed_rows(report: AuditReport) -> list[tuple[str, ...]]:
    """What was billed for which name: answers, tokens, at the price asked for, at that of the one named, as said."""
    return [
        (
            row.name,
            f"{row.answers:,}",
            f"{row.input_tokens:,} / {row.output_tokens:,}",
            *(_usd(amount) for amount in (row.as_asked, row.as_named, row.said)),
        )
        for row in report.charges
    ]


def _usd(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{usd(amount.quantize(CENTI_MICRO))} USD"
