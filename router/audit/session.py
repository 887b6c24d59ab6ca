"""Runs an audit: a pilot, then round after round until it is shown, or calls, money or patience run out.

Invariant: no call is sent before its worst cost is set aside; a round counts only where every answer of it came, and
where the audited one did not itself say that another model answers; an interrupt leaves a signed transcript.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from router.audit.audit_budget import Purse
from router.audit.audit_plan import Plan, Wish, plan
from router.audit.audit_report import Stop
from router.audit.checks.free_checks import declared_other
from router.audit.draws import commitment_to, order_of, prompt_of, salt_of
from router.audit.endpoint_client import CallFailed, Reply
from router.audit.sides import FromFile, Live, Reference
from router.audit.transcripts.round_leaf import begun_leaf, counted_leaf, failed_leaf
from router.audit.transcripts.transcript import Transcript
from router.audit.watch_state import WatchState
from router.evidence.matched import MatchedTest, SwapWatch, vector
from router.transparency.commitments import commitment

# So many rounds in a row without an answer, and nothing is to be expected of the next.
MOST_IN_A_ROW = 10
BACK_OFF_S = 2.0
TOO_MANY = 429


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Step:
    """What just happened, for whoever shows progress: rounds so far, failed ones, the wealth's logarithm, money."""

    rounds: int
    failed: int
    log_wealth: float
    spent: Decimal
    share: tuple[float, float] | None


class Session:
    """One audit; `pilot` and then `run`, from one thread."""

    def __init__(
        self, wish: Wish, audited: Live, reference: Reference, test: MatchedTest, purse: Purse, transcript: Transcript
    ) -> None:
        self.wish, self.audited, self.reference = wish, audited, reference
        self.test, self.purse, self.transcript = test, purse, transcript
        self.plan: Plan | None = None
        self.replies: list[Reply] = []
        self.reference_replies: list[Reply] = []
        self.declared: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.failed = 0
        self.wealth: list[float] = []
        self.watch: SwapWatch | None = None
        self.alarms: list[int] = []
        self.state: WatchState | None = None
        self.begun = now()
        self._number = 0
        self._pool = ThreadPoolExecutor(1 + wish.references, thread_name_prefix="audit")
        places, names = (audited.place, reference.place), [enrolment.name for enrolment in test.enrolled]
        transcript.add(begun_leaf(wish, places, self.begun, commitment_to(wish.seed), purse.cap, names))

    def pilot(self) -> Plan:
        """Ask the reference a few times, learn from it, and say what the audit will take."""
        costs = []
        wanted = 0 if isinstance(self.reference, FromFile) else self.wish.pilot
        for place in range(wanted):
            prompt = self.wish.prompts[place % len(self.wish.prompts)]
            before = self.purse.spent
            reply = self._paid(self.reference, prompt)
            if reply is None:
                continue
            self.test.remember(prompt, np.array([vector(reply.said.text)]))
            self.reference_replies.append(reply)
            costs.append(self._round_cost(reply, self.purse.spent - before))
        per_round = sum(costs, Decimal(0)) / len(costs) if costs and self.priced else None
        left = None if self.purse.cap is None else self.purse.cap - self.purse.spent
        self.plan = plan(self.wish, per_round, left, enrolled=bool(self.test.enrolled))
        return self.plan

    @property
    def priced(self) -> bool:
        """Whether both prices are known."""
        return self.audited.price is not None and self.reference.price is not None

    def _round_cost(self, reply: Reply, paid: Decimal) -> Decimal:
        """A round's cost, were all its answers as long as this one."""
        own = self.audited.price.of(reply.said, paid) if self.audited.price else Decimal(0)
        return own + self.wish.references * paid

    def run(self, progress: Callable[[Step], object] | None = None) -> Stop:
        """All rounds; gives why it ended. A keyboard interrupt ends it, too."""
        stop: Stop = "interrupted"
        try:
            while (ended := self._over()) is None:
                stop_now = self._round()
                if progress is not None:
                    progress(self._step())
                if stop_now is not None:
                    stop = stop_now
                    break
                if self.wish.pause_s:
                    time.sleep(self.wish.pause_s)
            else:
                stop = ended
        except KeyboardInterrupt:
            stop = "interrupted"
            self.purse.forfeit()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            if self.state is not None:
                self.state.close()
        return stop

    def go_on_for_ever(self, state: WatchState, run_length: float) -> None:
        """Watch, from where the file left off, instead of ending once it is shown; raises ConfigError."""
        names = tuple(enrolment.name for enrolment in self.test.enrolled)
        self.watch = state.resume(self.test, SwapWatch.fresh(run_length, names))
        self.purse.spent = max(self.purse.spent, state.spent)
        self.state = state

    def _over(self) -> Stop | None:
        if self.watch is not None:
            return None
        if self.test.shown and not self.wish.full:
            return "shown"
        return "calls" if self.test.rounds + self.failed + sum(self.declared.values()) >= self.wish.calls else None

    def _step(self) -> Step:
        nearest = self.test.nearest
        share = (nearest.interval.low, nearest.interval.high) if nearest and nearest.interval.rounds else None
        return Step(self.test.rounds, self.failed, self.test.wealths.log, self.purse.spent, share)

    def _round(self) -> Stop | None:
        """Ask, bet, learn and write down; gives a reason to stop, if there is one."""
        if (prompt := self._next_prompt()) is None:
            return "reference_used_up"
        calls = 1 + self.wish.references
        sides: list[Reference] = [self.audited, *[self.reference] * self.wish.references]
        holds = [side.worst(prompt, self.wish.parameters) for side in sides]
        if not self.purse.hold(sum(holds, Decimal(0))):
            return "budget"
        order = order_of(self.wish.seed, self._number, calls)
        waiting: dict[int, Future[Reply]] = {
            place: self._pool.submit(sides[place].ask, prompt, self.wish.parameters) for place in order
        }
        got = [self._settled(sides[place], waiting[place], holds[place]) for place in range(calls)]
        replies = [reply for reply in got if isinstance(reply, Reply)]
        if len(replies) < calls:
            return self._failed(prompt, [why for why in got if isinstance(why, CallFailed)])
        self._counted(prompt, replies, order)
        if self.watch is not None and self.watch.alarm:
            self.alarms.append(self.test.rounds)
            if self.state is not None:
                self.state.alarm(self.purse.spent)
            return "alarm"
        return None

    def _next_prompt(self) -> str | None:
        """The prompt that is drawn next, among those that the reference can answer."""
        for _ in range(64 * len(self.wish.prompts)):
            self._number += 1
            prompt = self.wish.prompts[prompt_of(self.wish.seed, self._number, len(self.wish.prompts))]
            if self.reference.has(prompt, self.wish.references):
                return prompt
        return None

    def _settled(self, side: Reference, waiting: Future[Reply], hold: Decimal) -> Reply | CallFailed:
        try:
            reply = waiting.result()
        except CallFailed as error:
            self.purse.settle(hold, hold if error.may_be_charged else Decimal(0))
            return error
        self.purse.settle(hold, side.price.of(reply.said, hold) if side.price else Decimal(0))
        return reply

    def _paid(self, side: Reference, prompt: str) -> Reply | None:
        hold = side.worst(prompt, self.wish.parameters)
        if not self.purse.hold(hold):
            return None
        reply = self._settled(side, self._pool.submit(side.ask, prompt, self.wish.parameters), hold)
        if isinstance(reply, CallFailed):
            self.failures[reply.sentence] += 1
            return None
        return reply

    def _failed(self, prompt: str, why: Sequence[CallFailed]) -> Stop | None:
        self.failed += 1
        self.failures.update(error.sentence for error in why)
        self.transcript.add(failed_leaf(self._number, now(), self._commit(prompt, 0), [e.sentence for e in why]))
        if any(error.status == TOO_MANY for error in why):
            time.sleep(BACK_OFF_S)
        answered = self.test.rounds + sum(self.declared.values())
        return "failing" if self.failed >= MOST_IN_A_ROW and self.failed > answered else None

    def _counted(self, prompt: str, replies: Sequence[Reply], order: Sequence[int]) -> None:
        self.replies.append(replies[0])
        self.reference_replies.extend(replies[1:])
        other = declared_other(self.wish.model, replies[0])
        scored = None
        if other is not None:
            self.declared[other] += 1
        else:
            vectors = [vector(reply.said.text) for reply in replies]
            if self.state is not None:
                self.state.keep(prompt, vectors, self.purse.spent)
            scored = self.test.observe(prompt, np.array(vectors))
            self.wealth.append(scored.log_wealth)
            if self.watch is not None:
                self.watch = self.watch.after(scored.scores)
        commitments = [self._commit(prompt, 0), *(self._commit(r.said.text, n) for n, r in enumerate(replies, 1))]
        self.transcript.add(counted_leaf(self._number, now(), commitments, replies, order, scored, other))

    def _commit(self, text: str, call: int) -> str:
        return commitment(salt_of(self.wish.secret, self._number, call), text.encode(errors="replace"))
