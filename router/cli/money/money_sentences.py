"""The sentences of a report on money: prose is made here, from codes and figures, and nowhere else."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from router.accounting.contracts.terms import Footing
from router.accounting.report import Alert, Report
from router.cli.money.amounts import Amounts

_BASELINES = {
    "asked": "had the asked model served",
    "best": "had the best single model served everything",
    "dearest": "had the dearest single model served everything",
    "cheapest": "had the cheapest single model served everything",
}
_ALERTS = {
    "cap_near": "{owner}'s share {name} is near its cap: {amount} of {limit} in this period.",
    "cap_reached": "{owner}'s share {name} has reached its cap of {limit}: nothing more is paid in this period.",
    "behind_pace": "the commitment {name} with {owner} is behind its pace: {amount} used, evenly it would be {limit}.",
    "shortfall": "the commitment {name} with {owner} was not used up: {amount} of {limit}; the rest bought nothing.",
    "concentrated": "{owner}'s models have {amount} of the whole, and should have {limit} at most ({name}).",
}


def about(report: Report) -> str:
    """What the report is about."""
    first, last = report.days or ("", "")
    days = f"{first}" if first == last else f"{first} to {last}"
    unanswered = f", {report.unanswered:,} unanswered" if report.unanswered else ""
    model = f" ({report.baseline.model})" if report.baseline.model else ""
    total = report.total
    again = f", {total.from_cache:,} from the cache" if total.from_cache else ""
    other = f"{total.substituted:,} by another model than the one asked"
    served = f"{total.requests:,} requests answered{unanswered}{again}, {other}"
    gone = report.pruned_before
    pruned = f". Receipts before {gone} were pruned: `fungible ledger pruned` has their sums" if gone else ""
    return f"{days}: {served}; for comparison, {_BASELINES[report.baseline.name]}{model}{pruned}"


def baseline(report: Report) -> str:
    """The name of the counterfactual's column."""
    return "asked model" if report.baseline.model is None else report.baseline.model


def moral(report: Report) -> str:
    """Who kept the saving, in one line."""
    kept = report.total.split
    say = Amounts(estimate.value for estimate in kept.values())
    if not any(estimate.value for estimate in kept.values()):
        return "Nobody kept anything: every request was served as it would have been."
    customers = f"customers {_moved(kept['customer'].value, say)}"
    if interval := say.within(kept["customer"]):
        customers += f" (95 %: {interval})"
    house = f"the platform {_moved(kept['platform'].value, say)}"
    partners = f"partners {_moved(kept['partner'].value, say)}"
    less = kept["true_cost"].value
    way = f"by which serving truly costs {'less' if less >= 0 else 'more'}"
    saved = report.total.cache_saved
    cached = f" Answers from the cache made it {Amounts([saved])(saved)} less." if saved else ""
    return f"Who kept the saving: {customers}, {house}, {partners}: together {say(abs(less))}, {way}.{cached}"


def _moved(amount: Decimal, say: Amounts) -> str:
    return f"kept {say(amount)}" if amount > 0 else f"lost {say(-amount)}" if amount else "kept nothing"


def lengths(report: Report) -> str:
    """Where the lengths of answers that nobody gave come from."""
    by_source = report.total.lengths
    parts = (
        (by_source.get("holdback", 0), "what the ramp's other arms were answered"),
        (by_source.get("same_model", 0), "what the same model answered on such work"),
        (by_source.get("verbosity", 0), "the served answer, by the catalog's verbosity (assumed)"),
    )
    phrases = [f"{count:,} from {what}" for count, what in parts if count]
    incapable = f"{report.incapable:,} the baseline could not have answered, and are counted as no difference. "
    start = incapable if report.incapable else ""
    return start + (f"Lengths of answers in the counterfactual: {'; '.join(phrases)}." if phrases else "")


def alert(raised: Alert) -> str:
    """An alert in a sentence."""
    if raised.kind == "concentrated":
        amount, limit = (f"{100 * float(share):.1f} %" for share in (raised.amount, raised.limit))
    else:
        say = Amounts((raised.limit,))
        amount, limit = say(raised.amount), say(raised.limit)
    return _ALERTS[raised.kind].format(owner=raised.owner, name=raised.name, amount=amount, limit=limit)


def marks(report: Report) -> dict[str, str]:
    """By line of the waterfall, ~ for what rests on assumptions and ? for what rests on nothing."""
    by_line = {footing.line: "~" for footing in report.unsure if footing.status == "assumed"}
    by_line |= {footing.line: "?" for footing in report.unsure if footing.status == "unknown"}
    for line, sources in (
        ("revenue", ("list_value", "discount", "passed_on")),
        ("gross_margin", ("list_value", "discount", "inference", "share")),
        ("contribution", ("list_value", "discount", "inference", "share", "platform_cost")),
    ):
        worst = max((by_line.get(source, "") for source in sources), key=["", "~", "?"].index)
        by_line[line] = max(worst, by_line.get(line, ""), key=["", "~", "?"].index)
    return {line: mark for line, mark in by_line.items() if mark}


def rests_on(report: Report) -> Iterator[str]:
    """What is assumed, and what is not known."""
    unknown, assumed = (subjects(report.unsure, status) for status in ("unknown", "assumed"))
    if unknown:
        yield f"? Not known, and counted as nothing: {unknown}. Margins are too high by that."
    if assumed:
        yield f"~ Assumed, since nobody published it: {assumed}."


def subjects(footings: Iterable[Footing], status: str) -> str:
    """What stands on such grounds; of one kind of thing, the kind once."""
    kinds: dict[str, list[str]] = {}
    for footing in footings:
        if footing.status == status:
            kind, joint, name = footing.subject.partition(" of ")
            kinds.setdefault(kind + joint, []).append(name)
    return "; ".join(f"{kind}{', '.join(names)}" for kind, names in kinds.items())
