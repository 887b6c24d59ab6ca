"""Asks all rivals the same prompts at the same moments, grades the answers, and bets on pairs until it is answered.

Invariant: no call is sent before its worst cost is set aside, so that the budget is never passed; a round counts only
where every answer and its grades came. The first rival is the one that the others are compared with.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from router.audit.audit_budget import MICRO, CallPrice, Purse
from router.audit.draws import commitment_to, order_of, prompt_of, salt_of
from router.audit.endpoint_client import CallFailed, Reply
from router.audit.session import MOST_IN_A_ROW, now
from router.audit.sides import Live
from router.audit.transcripts.transcript import Transcript
from router.audit.wire_shapes import Parameters
from router.bench.rivals.graders import Grader, NoMoney
from router.bench.rivals.running_mean import NOTHING_YET, RunningMean
from router.evidence import Evidence, Interval, Question, difference, narrow, observe
from router.money import ZERO, usd
from router.transparency.commitments import commitment

FORMAT = "fungible/rivals@v1"
Stop = Literal["answered", "calls", "budget", "failing", "interrupted"]
CostFrom = Literal["the endpoint", "usage x price", "unknown"]


@dataclass(slots=True)
class Rival:
    """An endpoint, a model or policy there, and what it has come to; `prices` are those of models that it may name."""

    name: str
    live: Live
    prices: Callable[[str | None], CallPrice | None]
    quality: RunningMean = NOTHING_YET
    cost_usd: RunningMean = NOTHING_YET
    seconds: RunningMean = NOTHING_YET
    spent: Decimal = ZERO
    cost_from: CostFrom = "unknown"
    served: Counter[str] = field(default_factory=Counter)
    evidence: Evidence | None = None
    interval: Interval | None = None

    def worst(self, prompt: str, wanted: Parameters) -> Decimal:
        """The most that a call can cost."""
        return self.live.worst(prompt, wanted)

    def cost(self, reply: Reply, hold: Decimal) -> Decimal:
        """What a call did cost, in micro-dollars: what the endpoint says, else usage times the served model's price."""
        said = reply.said
        if said.cost_usd is not None:
            self.cost_from = "the endpoint"
            return said.cost_usd * MICRO
        price = self.prices(said.model) or self.live.price
        if price is None:
            return ZERO
        self.cost_from = "usage x price"
        return price.of(said, hold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: prompts, rounds at most, the question of each pair, and the seed and secret of the draws."""

    prompts: tuple[str, ...]
    parameters: Parameters
    calls: int
    question: Question
    seed: bytes
    secret: bytes


class Contest:
    """One comparison; `run` once, from one thread."""

    def __init__(
        self, wish: Wish, rivals: Sequence[Rival], grader: Grader, purse: Purse, transcript: Transcript
    ) -> None:
        self.wish, self.rivals, self.grader, self.purse, self.transcript = wish, rivals, grader, purse, transcript
        self.rounds = self.failed = self.ungraded = 0
        self.failures: Counter[str] = Counter()
        self.begun = now()
        self._number = 0
        for rival in rivals[1:]:
            rival.evidence, rival.interval = Evidence(wish.question), Interval(wish.question)
        transcript.add(self._begun())

    def run(self, progress: Callable[["Contest"], object] = lambda _: None) -> Stop:
        """All rounds; gives why it ended. A keyboard interrupt ends it, too, with a valid transcript."""
        stop: Stop | None = None
        with ThreadPoolExecutor(len(self.rivals), thread_name_prefix="rivals") as pool:
            try:
                while stop is None:
                    stop = self._over() or self._round(pool)
                    progress(self)
            except KeyboardInterrupt:
                self.purse.forfeit()
                stop = "interrupted"
        self.transcript.add(self._ended(stop))
        self.transcript.close()
        return stop

    @property
    def answered(self) -> bool:
        """Whether every other rival is shown to be worse than the first by the margin, or not to be."""
        known = [rival.evidence for rival in self.rivals[1:] if rival.evidence]
        return all(evidence.promoted or evidence.harmed for evidence in known)

    def _over(self) -> Stop | None:
        if self.answered:
            return "answered"
        return "calls" if self.rounds + self.failed + self.ungraded >= self.wish.calls else None

    def _round(self, pool: ThreadPoolExecutor) -> Stop | None:
        self._number += 1
        prompt = self.wish.prompts[prompt_of(self.wish.seed, self._number, len(self.wish.prompts))]
        holds = [rival.worst(prompt, self.wish.parameters) for rival in self.rivals]
        if not self.purse.hold(sum(holds, ZERO)):
            return "budget"
        waiting: dict[int, Future[Reply]] = {
            at: pool.submit(self.rivals[at].live.ask, prompt, self.wish.parameters)
            for at in order_of(self.wish.seed, self._number, len(self.rivals))
        }
        got = [self._settled(self.rivals[at], waiting[at], holds[at]) for at in range(len(self.rivals))]
        replies = [reply for reply in got if isinstance(reply, tuple)]
        if len(replies) < len(self.rivals):
            return self._missed([why for why in got if isinstance(why, CallFailed)])
        try:
            grades = self.grader.grade(prompt, [reply.said.text for reply, _ in replies])
        except NoMoney:
            return "budget"
        if grades is None:
            self.ungraded += 1
            return None
        self._counted(prompt, replies, grades)
        return None

    def _settled(self, rival: Rival, waiting: Future[Reply], hold: Decimal) -> tuple[Reply, Decimal] | CallFailed:
        try:
            reply = waiting.result()
        except CallFailed as error:
            self.purse.settle(hold, hold if error.may_be_charged else ZERO)
            return error
        cost = rival.cost(reply, hold)
        self.purse.settle(hold, cost)
        rival.spent += cost
        return reply, cost

    def _missed(self, why: Sequence[CallFailed]) -> Stop | None:
        self.failed += 1
        self.failures.update(error.sentence for error in why)
        self.transcript.add({"kind": "failed", "draw": self._number, "at": now(), "why": [e.sentence for e in why]})
        return "failing" if self.failed >= MOST_IN_A_ROW and self.failed > self.rounds else None

    def _counted(self, prompt: str, replies: Sequence[tuple[Reply, Decimal]], grades: Sequence[float]) -> None:
        self.rounds += 1
        for rival, (reply, cost), grade in zip(self.rivals, replies, grades, strict=True):
            rival.quality = rival.quality.after(grade)
            rival.cost_usd = rival.cost_usd.after(float(cost / MICRO))
            rival.seconds = rival.seconds.after(reply.seconds)
            rival.served[reply.said.model or "unnamed"] += 1
            if rival.evidence is not None and rival.interval is not None:
                d = difference(grades[0], grade)
                rival.evidence, rival.interval = observe(rival.evidence, d), narrow(rival.interval, d)
        self.transcript.add(self._leaf(prompt, replies, grades))

    def _leaf(
        self, prompt: str, replies: Sequence[tuple[Reply, Decimal]], grades: Sequence[float]
    ) -> dict[str, object]:
        texts = [prompt, *(reply.said.text for reply, _ in replies)]
        sealed = [
            commitment(salt_of(self.wish.secret, self._number, call), text.encode(errors="replace"))
            for call, text in enumerate(texts)
        ]
        answers = [
            {
                "answer": seal,
                "says": reply.said.model,
                "usd": usd(cost),
                "ms": round(1000 * reply.seconds),
                "grade": grade,
            }
            for seal, (reply, cost), grade in zip(sealed[1:], replies, grades, strict=True)
        ]
        return {"kind": "round", "draw": self._number, "at": now(), "prompt": sealed[0], "answers": answers}

    def _begun(self) -> dict[str, object]:
        wish = self.wish
        return {
            "kind": "begun",
            "format": FORMAT,
            "at": self.begun,
            "rivals": [{"name": rival.name, "endpoint": rival.live.place} for rival in self.rivals],
            "grader": self.grader.name,
            "margin": wish.question.margin,
            "alpha": wish.question.alpha,
            "calls": wish.calls,
            "prompts": len(wish.prompts),
            "seed_commitment": commitment_to(wish.seed),
            "budget_usd": None if self.purse.cap is None else usd(self.purse.cap),
        }

    def _ended(self, stop: Stop) -> dict[str, object]:
        verdicts = {rival.name: verdict_of(rival.evidence) for rival in self.rivals[1:] if rival.evidence}
        return {
            "kind": "ended",
            "at": now(),
            "stop": stop,
            "rounds": self.rounds,
            "failed": self.failed,
            "verdicts": verdicts,
            "spent_usd": usd(self.purse.spent),
            "seed": self.wish.seed.hex(),
        }


def verdict_of(evidence: Evidence) -> str:
    """What pairs show of a rival beside the first."""
    if evidence.harmed:
        return "worse"
    return "not worse" if evidence.promoted else "open"
