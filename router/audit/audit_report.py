"""What an audit has to say: its end, the evidence, what it cost, and what else could explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from router.audit.audit_plan import Plan
from router.audit.checks.audit_finding import Finding
from router.audit.checks.charges import Charge
from router.evidence.matched.three_ends import End

Stop = Literal["shown", "calls", "budget", "failing", "interrupted", "reference_used_up", "alarm"]
HONEST_CHANGES = (
    "another system prompt, template or safety filter in front of the same model",
    "another default of temperature, top_p or the limit of tokens",
    "another version or quantisation of the same model, or other hardware and software that serves it",
    "answers from a cache, where the reference makes each anew",
)
HOW_TO_DISCERN = (
    "Ask with temperature, top_p and max_tokens set; run once more with --system; compare the token counts above; ask "
    "the provider for the version; enroll what you suspect and give it by --substitutes: a substitute that is named "
    "with a share near 100 % and one that is near 10 % tell different stories."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteFigures:
    """An enrolled substitute: the wealth of the bets on it, and its share with an interval, were it the one."""

    name: str
    log_wealth: float
    share: float | None
    low: float
    high: float
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The state of an audit at its end, or at any moment; money in micro-dollars, times in UTC.

    `wealth` is the logarithm after each round; `seen` the share that would have been shown by now with 90 %. A watch
    has a `run_length`: the rounds between false alarms, at least.
    """

    end: End
    stop: Stop
    model: str
    endpoint: str
    reference: str
    begun: str
    ended: str
    alpha: float
    references: int
    rounds: int
    failed: int
    declared: Mapping[str, int]
    failures: Mapping[str, int]
    wealth: tuple[float, ...]
    best_log_wealth: float
    by_scorer: Mapping[str, float]
    nearest: str | None
    substitutes: tuple[SubstituteFigures, ...]
    seen: float | None
    wanted: float
    accounts: int
    audited_from: int = 1
    findings: tuple[Finding, ...]
    charges: tuple[Charge, ...] = ()
    plan: Plan | None
    spent: Decimal
    cap: Decimal | None
    priced: bool
    prompts: int
    key: str
    transcript: str | None
    alarms: tuple[int, ...] = ()
    run_length: float | None = None
