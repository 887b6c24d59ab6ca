"""What the quiet routes answer, for the OpenAPI document: shapes, and the error envelope that all share.

Invariant: a test holds the server to this document with requests of every kind, so what stands here is so.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic.dataclasses import dataclass as described_once

Documented = dict[int | str, dict[str, Any]]
Data = dict[str, Any]
YAML = "application/yaml"
TEXT = "text/plain"
# A hundred answers fail in one shape. They name it, since the framework would work it out for each of them, which is
# most of the time that an application takes to be built; the document has it once.
_FAILED: Data = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}}


# Every route names these two, and of a plain dataclass pydantic makes the schema anew each time.
@described_once(frozen=True, slots=True)
class Fault:
    """OpenAI's four fields, and ours where an error has something to list."""

    message: str
    type: str
    param: str | None
    code: str | None
    candidates: tuple[Data, ...] = ()
    attempts: tuple[Data, ...] = ()
    problems: tuple[Data, ...] = ()


@described_once(frozen=True, slots=True)
class Failure:
    """An error."""

    error: Fault


@dataclass(frozen=True, slots=True)
class Index:
    """What this is, and where to go on."""

    name: Literal["fungible"]
    version: str
    revision: str
    models: str
    openapi: str


@dataclass(frozen=True, slots=True)
class Health:
    """The process lives."""

    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is waited for stands beside, each with its reason."""

    status: Literal["ready", "waiting"]
    revision: str


@dataclass(frozen=True, slots=True)
class Named:
    """A model or a policy, in OpenAI's shape with ours beside it."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    fungible: Data


@dataclass(frozen=True, slots=True)
class Models:
    """What `model` may name."""

    object: Literal["list"]
    data: list[Named]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list."""

    object: Literal["list"]
    data: list[Data]


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision; money in USD as decimal text, times in milliseconds."""

    object: Literal["fungible.decision"]
    asked: str
    policy: str
    consent: Literal["exact", "family", "owner", "any"]
    baseline: str
    chosen: str
    reason: str
    band: float
    fallbacks: list[str]
    revision: str
    features: Data
    candidates: list[Data]


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt; money in micro-dollars as decimal text."""

    id: str
    time: str
    request_id: str
    asked: str
    chosen: str
    served: str | None
    outcome: str
    decision: Data
    attempts: list[Data]
    usage: Data | None
    cost: str


@dataclass(frozen=True, slots=True)
class Consistency:
    """That one log begins with another: hashes in base64, and the signed head."""

    old: int
    new: int
    path: list[str]
    head: str


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Who signs the log."""

    origin: str
    key: str
    announcements: list[str]


@dataclass(frozen=True, slots=True)
class Noted:
    """A rating that was taken down."""

    receipt: str
    rating: float


@dataclass(frozen=True, slots=True)
class KeyTold:
    """A key, never with its secret, and what it grants beside."""

    object: Literal["fungible.key"]
    name: str
    state: str
    secrets: list[Data]


@dataclass(frozen=True, slots=True)
class KeyIssued(KeyTold):
    """A key with its secret, which is told once."""

    secret: str


@dataclass(frozen=True, slots=True)
class AdminShown:
    """An admin, never with its key."""

    object: Literal["fungible.admin"]
    name: str
    role: str
    state: str
    shown: str | None


@dataclass(frozen=True, slots=True)
class AdminIssued(AdminShown):
    """An admin with its key, which is shown once."""

    secret: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a policies.yaml would change."""

    revision: str
    previous: str
    differences: list[Any]
    tests: list[Any]
    replay: Data


@dataclass(frozen=True, slots=True)
class Found:
    """A page of receipts; `cursor` gives the next, and `index` says how much of the log has been read."""

    object: Literal["list"]
    data: list[Data]
    cursor: str | None
    index: Data


@dataclass(frozen=True, slots=True)
class Again:
    """Whether a decision comes out the same when it is made again."""

    receipt: str
    revision: str
    same: bool
    chosen: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What a range of time came to; money in USD as decimal text."""

    object: Literal["fungible.figures"]
    since: str
    until: str
    total: Data
    by: Data
    mix: list[Data]
    alternatives: list[Data]
    duration_ms: Data
    index: Data


@dataclass(frozen=True, slots=True)
class Drift:
    """The last days beside the days before: what has changed, by how much, and by what chance that is chance alone."""

    object: Literal["fungible.drift"]
    time: str
    recent_days: int
    before_days: int
    recent: int
    before: int
    needed: int
    changes: list[Data]


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a range of time, in steps; steps without a request are left out."""

    object: Literal["fungible.series"]
    since: str
    until: str
    step_s: int
    by: str
    points: list[Data]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The models, and the policies that choose among them."""

    object: Literal["list"]
    data: list[Data]
    policies: list[Data]


@dataclass(frozen=True, slots=True)
class Audits:
    """Transcripts that are kept, and the audits of the server's own backends."""

    object: Literal["list"]
    data: list[Data]
    backends: list[Data]


def answers(shape: object = None, *, status: int = 200, media: str | None = None, ready: object = None) -> Documented:
    """The answers of a route: its own, refusals, and the one failure that may come at any time."""
    text: Data = {} if media == YAML else {"type": "string"}
    good = {"model": shape} if media is None else {"content": {media: {"schema": text}}}
    return {
        status: {"description": "What was asked for", **good},
        "4XX": {"description": "A refusal, in OpenAI's envelope", **_FAILED},
        503: {"description": "Not now; ask again", **(_FAILED if ready is None else {"model": ready})},
    }


def takes(media: str, schema: Data, *, required: bool = True) -> Data:
    """The body of a route, for the document."""
    return {"requestBody": {"required": required, "content": {media: {"schema": schema}}}}


def conditional(body: Data | None = None) -> Data:
    """A change that must say what it changes."""
    condition = {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
    return {**(body or {}), "parameters": [{**condition, "description": "The ETag that was seen"}]}
