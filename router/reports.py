"""Makes the reports on money, self-preference and the fleet from the receipts in the ledger.

Invariant: the log is streamed, twice and never held: first the lengths that answers had, then the requests
themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import orjson

from router.accounting.books import Books, Question
from router.accounting.contracts.obligations import begins
from router.accounting.fleet.fleet_report import FleetReport
from router.accounting.fleet.gpu_matrix import matrix
from router.accounting.fleet.offer_counts import Refusals
from router.accounting.report import By, Report
from router.accounting.savings.baselines import BaselineName, Contest
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.savings.self_preference import Preferences, SelfPreference
from router.accounting.settled_request import Settled, settled
from router.config import from_documents
from router.errors import BadRequest, NotFound
from router.ids import first_id
from router.ledger import DatabaseLedger
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
    ledger: DatabaseLedger, current: Config, asked: Asked, today: date, advance: Callable[[int], object] = int
) -> Report:
    """The report on what the ledger holds; raises Unbalanced, and NotFound for a revision that the ledger lacks.

    `advance` is called with the number of requests read since its last call.
    """
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
