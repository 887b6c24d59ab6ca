"""Where an audit stands, as a report; and its end, written into the transcript and signed."""

from collections.abc import Callable, Sequence

from router.audit.audit_budget import CallPrice
from router.audit.audit_report import AuditReport, Stop, SubstituteFigures
from router.audit.checks.audit_finding import Finding
from router.audit.checks.charges import charges
from router.audit.checks.free_checks import look
from router.audit.session import Session, now
from router.audit.transcripts.round_leaf import ended_leaf
from router.evidence.matched import MatchedTest, Standing, end_of
from router.evidence.matched.audit_power import accounts_to_meet, share_seen, share_seen_of


def no_price(_: str) -> CallPrice | None:
    """A price list with nothing in it."""
    return None


def finish(
    session: Session,
    stop: Stop,
    count: Callable[[str], int],
    listed: Sequence[str] | None,
    price_of: Callable[[str], CallPrice | None] = no_price,
) -> AuditReport:
    """Report, write the end down with the seed, and sign it.

    `count` counts tokens, `listed` are models as listed, `price_of` gives the list price of a model that answers name.
    """
    report = report_of(session, stop, count, listed, price_of)
    session.transcript.add(ended_leaf(report, session.wish.seed))
    session.transcript.close()
    return report


def report_of(
    session: Session,
    stop: Stop,
    count: Callable[[str], int],
    listed: Sequence[str] | None,
    price_of: Callable[[str], CallPrice | None] = no_price,
) -> AuditReport:
    """The report of a session as it stands."""
    test, wish = session.test, session.wish
    seen = seen_by(test, wish.references)
    shown = bool(session.alarms) or (test.shown and session.watch is None)
    standing = Standing(shown, test.rounds, session.failed, seen, wish.share)
    nearest = test.nearest
    return AuditReport(
        end=end_of(standing),
        stop=stop,
        model=wish.model,
        endpoint=session.audited.place,
        reference=session.reference.place,
        begun=session.begun,
        ended=now(),
        alpha=wish.alpha,
        references=wish.references,
        rounds=test.rounds,
        failed=session.failed,
        declared=dict(session.declared),
        failures=dict(session.failures.most_common(5)),
        wealth=tuple(session.wealth),
        best_log_wealth=test.wealths.best,
        by_scorer={name: test.wealths.of(name) for name in test.wealths.logs},
        nearest=nearest.name if nearest else None,
        substitutes=_substitutes(test),
        seen=seen,
        wanted=wish.share,
        accounts=accounts_to_meet(wish.share),
        audited_from=1 + len(session.audited.accounts),
        findings=_findings(session, count, listed),
        charges=charges(wish.model, session.replies, session.audited.price, price_of),
        plan=session.plan,
        spent=session.purse.spent,
        cap=session.purse.cap,
        priced=session.priced,
        prompts=len(wish.prompts),
        key=str(session.transcript.public_key),
        transcript=None if session.transcript.path is None else str(session.transcript.path),
        alarms=tuple(session.alarms),
        run_length=None if session.watch is None else session.watch.run_length,
    )


def _findings(session: Session, count: Callable[[str], int], listed: Sequence[str] | None) -> tuple[Finding, ...]:
    wish = session.wish
    sides = session.replies, session.reference_replies
    return look(wish.model, listed, *sides, count, wish.parameters, wish.references)


def seen_by(test: MatchedTest, references: int) -> float | None:
    """The share that nine of ten audits would have seen by now: of the substitute that is hardest to see.

    Without an enrolled one, or before it can be said of one, of the two models of the yardstick.
    """
    if not test.enrolled:
        return share_seen(test.rounds, references, test.alpha)
    count = len(test.enrolled)
    seen = [share_seen_of(known.samples, test.rounds, test.alpha, count, seed=0) for known in test.enrolled]
    shares = [share for share in seen if share is not None]
    return max(shares) if len(shares) == count else None


def _substitutes(test: MatchedTest) -> tuple[SubstituteFigures, ...]:
    return tuple(
        SubstituteFigures(
            name=substitute.name,
            log_wealth=test.wealths.of(substitute.name),
            share=substitute.interval.estimate,
            low=substitute.interval.low,
            high=substitute.interval.high,
            rounds=substitute.interval.rounds,
        )
        for substitute in test.enrolled
    )
