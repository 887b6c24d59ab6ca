"""The values between a request and its receipt, each made once by one step of the line.

asked, chosen and served are three names, never one.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol, get_args

from router.types.access import Permit
from router.types.catalog import Capability, Task
from router.types.deployments import Offer
from router.types.words import Charge, Consent, Disclosure, Optimize, Outcome

Exclusion = Literal[
    "guard",
    "budget",
    "not_allowed",
    "no_consent",
    "capability",
    "context",
    "unhealthy",
    "no_ability",
    "no_price",
    "below_floor",
]
Code = (
    Literal[
        "chosen",
        "outside_band",
        "dearer",
        "slower",
        "not_preferred",
        "tie",
        "not_asked",
        "moved_away",
    ]
    | Exclusion
)
EXCLUSIONS: frozenset[str] = frozenset(get_args(Exclusion))
Reason = Literal["policy", "asked", "ramp", "asked_unavailable", "affinity"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The bounded part of a conversation that a reader reads: the last user turn, what came before, the system text.

    `characters` is the full length of the conversation, of which the excerpt may be a part.
    """

    last: str
    earlier: str
    system: str
    characters: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of a text. Difficulty and its standard error are logits; output is in reference tokens.

    `traits` are further directions in which models differ, from a fit; most readers know none.
    """

    task: Task
    task_probability: float
    difficulty: float
    difficulty_error: float
    language: str
    output_tokens: int
    traits: tuple[float, ...] = ()


class Reader(Protocol):
    """The seam behind which the shipped reader and those that people fit stand."""

    @property
    def name(self) -> str:
        """What it is, and its version."""

    def read(self, excerpt: Excerpt) -> Reading:
        """Read a bounded text; pure, never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """All that the decision knows of the request. Tokens are in the reference encoding.

    `input_tokens_error` is 0 where the count is exact, else the relative error that the estimate states.
    `output_limit` is the client's, or 0 for none.
    """

    task: Task
    task_probability: float
    difficulty: float
    difficulty_error: float
    language: str
    input_tokens: int
    input_tokens_error: float
    output_tokens: int
    output_limit: int
    choices: int
    needs: tuple[Capability, ...]
    traits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as that is known: what guards, rules and budgets may look at beside the words."""

    key: str | None = None
    team: str | None = None
    residency: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the client asked for, resolved: a policy, perhaps a model, and how far that may be replaced.

    `unit` names the conversation (or user) that a ramp keeps on one side; `stated` is false where the consent is the
    policy's, since neither the client nor its key said any. `permit` is the key's, where it limits anything.
    """

    asked: str
    policy: str
    model: str | None
    consent: Consent
    unit: str
    caller: Caller = Caller()
    stated: bool = True
    permit: Permit | None = None


@dataclass(frozen=True, slots=True)
class Warm:
    """What a model has cached of a request's beginning, in tokens of the reference encoding."""

    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of the world that a decision depends on.

    The day is for prices; `minute` is the time of day in the configuration's timezone, from midnight. `unhealthy`
    names the models that are down, `spent` the budgets at their limit: `home/name`, with `@model` where each model
    has an account. `warm` tells what models have cached of this request.
    """

    day: date
    unhealthy: tuple[str, ...] = ()
    minute: int = 720
    spent: tuple[str, ...] = ()
    warm: tuple[Warm, ...] = ()

    @property
    def cached(self) -> dict[str, int]:
        """The tokens that each model has cached, for those that have any."""
        return {one.model: one.tokens for one in self.warm}


class Candidate(NamedTuple):
    """A model in one decision. Quality is a chance in [0, 1]; cost is in exact micro-dollars; latency in ms.

    `away_from` names regions from which guards don't let it be served; others are left.

    A named tuple, since several are made for each request: five times as fast as a frozen dataclass.
    """

    model: str
    owner: str
    family: str
    code: Code
    quality: float
    cost: Decimal
    latency_ms: float
    preferred: bool = False
    detail: str = ""
    away_from: tuple[str, ...] = ()

    @property
    def excluded(self) -> bool:
        """Whether it could not have been chosen, whatever its price and quality."""
        return self.code in EXCLUSIONS

    def coded(self, code: Code) -> "Candidate":
        """The same candidate with another code."""
        model, owner, family, _, quality, cost, latency_ms, preferred, detail, away = self
        return Candidate(model, owner, family, code, quality, cost, latency_ms, preferred, detail, away)


@dataclass(frozen=True, slots=True)
class Moved:
    """The ramp that matched, and on which side of it this unit stands."""

    ramp: str
    arm: Literal["moved", "not_yet", "holdback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The choice, with everything that explains it. Candidates stand best first, the excluded last."""

    asked: str
    policy: str
    consent: Consent
    baseline: str
    chosen: str
    reason: Reason
    ramp: Moved | None
    band: float
    optimize: Optimize
    rules: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    fallbacks: tuple[str, ...]
    revision: str
    guards: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    disclosure: Disclosure = "receipt"
    charge: Charge = "served"

    def candidate(self, model: str) -> Candidate:
        """The candidate of that model; raises KeyError where the catalog had none."""
        for candidate in self.candidates:
            if candidate.model == model:
                return candidate
        raise KeyError(model)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model at one deployment, and how it ended. Where a model is at one place, that has its name."""

    model: str
    outcome: Outcome
    duration_ms: float
    detail: str = ""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the model that served. `counted` says by whom: the backend, our exact count, or an estimate.

    Cached tokens are part of the input, and reasoning tokens part of the output.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    counted: Literal["backend", "exact", "estimate"]
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What happened to one request, enough to decide it again. Money is in exact micro-dollars.

    `served` is None where nothing answered. `cost` is the list price of what served, `charged` what the policy
    makes of it; `baseline_cost` prices the same tokens at the baseline's rates. `notes` are those of the chunks;
    `offers` tells which deployments were offered the request, where a model has several.
    """

    id: str
    time: datetime
    request_id: str
    asked: str
    chosen: str
    served: str | None
    outcome: Outcome
    decision: Decision
    features: Features
    ask: Ask
    situation: Situation
    attempts: tuple[Attempt, ...]
    usage: Usage | None
    cost: Decimal
    baseline_cost: Decimal
    duration_ms: float
    first_chunk_ms: float | None
    charged: Decimal
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
