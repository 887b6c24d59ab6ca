"""Makes the reports on money, self-preference and the fleet from the receipts in the ledger.

A report on money is made from sums of whole days where these can tell, and of receipts only where a day is in it in
part, or was pruned. Else the log is streamed, twice and never held: first the lengths that answers had, then the
requests themselves.

Invariant: from sums or from the stream, a report is the same to the last digit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial

import orjson

from router.accounting.books import Books, Question
from router.accounting.contracts.obligations import begins
from router.accounting.fleet.fleet_report import FleetReport
from router.accounting.fleet.gpu_matrix import matrix
from router.accounting.fleet.offer_counts import Refusals
from router.accounting.report import By, Report
from router.accounting.rolled_up.class_sums import unpacked
from router.accounting.rolled_up.request_class import Models, Unsummable
from router.accounting.rolled_up.summed_books import Portion, SummedBooks
from router.accounting.savings.baselines import Baseline, BaselineName, Contest
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.savings.self_preference import Preferences, SelfPreference
from router.accounting.settled_request import Settled, settled
from router.config import from_documents
from router.errors import BadRequest, NotFound
from router.ids import first_id
from router.ledger import DatabaseLedger
from router.ledger.index.money_sums import REVISIONS, MoneySums, PartInTheMaking
from router.ledger.index.whole_days import WholeDays
from router.ledger.receipt_json import parse_receipt
from router.ledger.retention.prune import stated
from router.types import Config

STEP = 500
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question a money report answers: grouping, baseline, and the half-open span of time."""

    by: By = "model"
    baseline: BaselineName = "asked"
    since: datetime | None = None
    until: datetime | None = None


def keep_books(
    ledger: DatabaseLedger,
    current: Config,
    asked: Asked,
    today: date,
    advance: Callable[[int], object] = int,
    sums: MoneySums | None = None,
) -> Report:
    """The report on what the ledger holds; raises Unbalanced, and NotFound for a revision that the ledger lacks.

    `sums` are brought up and used where they can tell. `advance` is called with the number of requests read since its
    last call.
    """
    if sums is not None and asked.baseline == "asked" and asked.by != "user":
        try:
            return _from_sums(ledger, current, asked, today, advance, sums)
        except Unsummable:
            pass
    return _from_stream(ledger, current, asked, today, advance)


def _from_sums(
    ledger: DatabaseLedger,
    current: Config,
    asked: Asked,
    today: date,
    advance: Callable[[int], object],
    sums: MoneySums,
) -> Report:
    def config_of(revision: str) -> Config:
        return configuration(ledger, revision)

    sums.catch_up(config_of, advance)
    begin, pruned = _counted_from(current, asked.since), max((each.end for each in stated(ledger)), default="")
    first = first_id(asked.since) if asked.since else ""
    portions, unanswered = [], 0
    whole = WholeDays(begin, asked.since, asked.until, pruned)
    for part in sums.days(whole.first, whole.end):
        if whole.has(part.day):
            reported = whole.reports(part.day)
            portions.append(Portion(partial(unpacked, part.body), reported))
            unanswered += part.unanswered * reported
    models_of = lru_cache(REVISIONS)(lambda revision: Models(config_of(revision)))
    rest = {reported: PartInTheMaking(models_of) for reported in (False, True)}
    for since, until in whole.rest():
        for body in _receipts(ledger, since, until, advance):
            rest[orjson.loads(body)["id"] >= first].add(body)
    if any(part.odd for part in rest.values()):
        raise Unsummable("receipts that were not charged by their tokens")
    portions += [Portion(part.sums.made, reported) for reported, part in rest.items() if len(part.sums)]
    question = Question(asked.by, Baseline("asked"), asked.since, asked.until, today)
    report = SummedBooks(question, current, config_of).report(portions, unanswered + rest[True].unanswered)
    return replace(report, pruned_before=_pruned_before(ledger, asked.since))


def _from_stream(
    ledger: DatabaseLedger, current: Config, asked: Asked, today: date, advance: Callable[[int], object]
) -> Report:
    lengths, contest = Lengths(), Contest()
    for request in _settled(ledger, asked.since, asked.until, advance):
        if isinstance(request, Settled):
            lengths.add(request)
            if asked.baseline != "asked":
                contest.add(request)
    question = Question(asked.by, contest.winner(asked.baseline), asked.since, asked.until, today)
    books = Books(question, current, lambda revision: configuration(ledger, revision), lengths)
    first = first_id(asked.since) if asked.since else ""
    unanswered = 0
    for request in _settled(ledger, _counted_from(current, asked.since), asked.until, advance):
        if isinstance(request, Settled):
            books.enter(request, reported=request.id >= first)
        else:
            unanswered += request >= first
    return replace(books.report(unanswered), pruned_before=_pruned_before(ledger, asked.since))


def weigh_preference(
    ledger: DatabaseLedger,
    current: Config,
    since: datetime | None = None,
    until: datetime | None = None,
    advance: Callable[[int], object] = int,
) -> SelfPreference:
    """Decide every logged request again without favours; raises BadRequest where the platform's owner is not set."""
    if (platform := current.contracts.platform) is None:
        raise BadRequest("contracts.yaml does not say whose house this is: write `platform: OWNER`.")
    preferences = Preferences(platform, current, lambda revision: configuration(ledger, revision))
    for body in _receipts(ledger, since, until, advance):
        preferences.add(parse_receipt(body))
    return preferences.result()


def survey(
    ledger: DatabaseLedger,
    current: Config,
    since: datetime | None,
    until: datetime | None,
    today: date,
    advance: Callable[[int], object] = int,
) -> FleetReport:
    """The fleet: what each deployment was offered, took and waived, and what its GPUs give on the last day.

    Raises NotFound for a revision that the ledger lacks.
    """
    counts = Refusals(current, lambda revision: configuration(ledger, revision))
    for body in _receipts(ledger, since, until, advance):
        counts.add(orjson.loads(body))
    day = min(today, (until - _TICK).date()) if until else today
    gpus = matrix(current, day)
    return FleetReport(since, until, counts.days, counts.requests, counts.unanswered, counts.orders(), gpus)


def moment(text: str | None, *, end: bool = False) -> datetime | None:
    """A day or a time as a person writes it, in UTC unless it says otherwise; a day that is an `end` is included.

    Raises BadRequest.
    """
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        if len(text) <= len("2026-11-01"):
            parsed = datetime.combine(parsed.date() + timedelta(days=end), time())
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRequest(f"{text!r} is no time: write a day such as 2026-11-01, or 2026-11-01T12:00.") from None


def configuration(ledger: DatabaseLedger, revision: str) -> Config:
    """The configuration that a request was decided under; raises NotFound."""
    documents = ledger.configuration(revision)
    if documents is None:
        raise NotFound(f"The ledger does not keep the configuration of revision {revision!r}.")
    return from_documents(documents)


def _counted_from(current: Config, since: datetime | None) -> datetime | None:
    """From when requests count towards caps and commitments that are in force when the report begins."""
    if since is None:
        return None
    return min(since, datetime.combine(begins(current.contracts, since.date()), time(), UTC))


def _pruned_before(ledger: DatabaseLedger, since: datetime | None) -> str | None:
    """The last day of a pruning that took receipts of the time that is asked for."""
    days = [each.before for each in stated(ledger) if since is None or first_id(since) < each.end]
    return max(days, default=None)


def _settled(
    ledger: DatabaseLedger, since: datetime | None, until: datetime | None, advance: Callable[[int], object]
) -> Iterator[Settled | str]:
    """Every request, or the id of one that nobody answered."""
    for body in _receipts(ledger, since, until, advance):
        receipt = orjson.loads(body)
        yield settled(receipt) or receipt["id"]


def _receipts(
    ledger: DatabaseLedger, since: datetime | None, until: datetime | None, advance: Callable[[int], object]
) -> Iterator[bytes]:
    """Every receipt as JSON; `advance` is called after each `STEP` of them."""
    for count, body in enumerate(ledger.receipts(since, until), 1):
        yield body
        if count % STEP == 0:
            advance(STEP)
