"""The values between a request and its receipt, each made once by one step of the line.

asked, chosen and served are three names, never one.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol, get_args

from router.types.access import Permit
from router.types.catalog import Task
from router.types.deployments import Offer
from router.types.facts import NOBODY, Caller, Features, Situation, Stakes
from router.types.records.quick_records import quick
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
    "too_dear",
    "retired",
    "too_slow",
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
Reason = Literal["policy", "asked", "ramp", "asked_unavailable", "affinity", "successor"]


@quick
@dataclass(frozen=True, slots=True)
class Excerpt:
    """The bounded part of a conversation that a reader reads: the last user turn, what came before, the system text.

    `characters` is the full length of the conversation, of which the excerpt may be a part. `asked` is what the user
    said before, without the answers.
    """

    last: str
    earlier: str
    system: str
    characters: int
    asked: str = ""


@quick
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
    stakes: Stakes = "ordinary"


class Reader(Protocol):
    """The seam behind which the shipped reader and those that people fit stand."""

    @property
    def name(self) -> str:
        """What it is, and its version."""

    def read(self, excerpt: Excerpt) -> Reading:
        """Read a bounded text; pure, never raises."""


@quick
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
    caller: Caller = NOBODY
    stated: bool = True
    permit: Permit | None = None


# A named tuple of all its values in their order, without the Python of its own `__new__`.
_made = tuple.__new__


class Candidate(NamedTuple):
    """A model in one decision. Quality is a chance in [0, 1]; cost is in exact micro-dollars; latency in ms.

    Of those that are preferred, one of a lower `rank` goes first. `away_from` names regions from which guards don't let
    it be served; others are left.

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
    rank: int = 0

    @property
    def excluded(self) -> bool:
        """Whether it could not have been chosen, whatever its price and quality."""
        return self.code in EXCLUSIONS

    @property
    def public_detail(self) -> str:
        """What the client may know of why: the names of guards and budgets are the operator's."""
        return "" if self.code in ("guard", "budget") else self.detail

    def coded(self, code: Code) -> "Candidate":
        """The same candidate with another code."""
        model, owner, family, _, quality, cost, latency_ms, preferred, detail, away, rank = self
        return _made(Candidate, (model, owner, family, code, quality, cost, latency_ms, preferred, detail, away, rank))


@dataclass(frozen=True, slots=True)
class Moved:
    """The ramp that matched, and on which side of it this unit stands."""

    ramp: str
    arm: Literal["moved", "not_yet", "holdback"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The choice, with everything that explains it. Candidates stand best first, the excluded last.

    `effort` and `max_output` are what the policy sends in the place of what the client asked for; None and 0 for
    nothing.
    """

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
    effort: str | None = None
    max_output: int = 0

    def candidate(self, model: str) -> Candidate:
        """The candidate of that model; raises KeyError where the catalog had none."""
        for candidate in self.candidates:
            if candidate.model == model:
                return candidate
        raise KeyError(model)


@quick
@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model at one deployment, and how it ended. Where a model is at one place, that has its name."""

    model: str
    outcome: Outcome
    duration_ms: float
    detail: str = ""
    deployment: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the model that served. `counted` says by whom: the backend, our exact count, or an estimate.

    Cached tokens are part of the input, and so are those written to a cache, by how long it keeps them; reasoning
    tokens are part of the output. What is written for a time that nobody states counts as for five minutes.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    counted: Literal["backend", "exact", "estimate"]
    reasoning_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0

    @property
    def cache_write_tokens(self) -> int:
        """All that was written to a cache."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What happened to one request, enough to decide it again. Money is in exact micro-dollars.

    `served` is None where nothing answered. `cost` is the list price of what served, `charged` what the policy
    makes of it; `baseline_cost` prices the same tokens at the baseline's rates. `notes` are those of the chunks;
    `offers` tells which deployments were offered the request, where a model has several. `cached_from` is the id of the
    receipt whose answer was given again: then nothing was called, `usage` is what that answer took, and neither `cost`
    nor `charged` is anything.
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
    cached_from: str = ""
