"""Azure's controls of its model router: `routing_config` in a request, `model_selection_details` in an answer.

Invariant: without the header neither is there; what is not understood is refused before any call; a silent policy's
answer tells of no model, here neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from annotated_types import Len
from pydantic import TypeAdapter, ValidationError

from router.api.http.asgi import Scope, header, joined_header
from router.api.http.error_responses import invalid
from router.api.surfaces.json_numbers import refuse_large_numbers
from router.decision.receipt import Exchange
from router.decision.routing_controls import MODE, MODES, RoutingControls
from router.errors import BadRequest
from router.types import Attempt, Outcome, Receipt
from router.types.chat import Name

FEATURES, FEATURE = b"foundry-features", "modelroutercontrols=v1preview"
SESSION = b"x-ms-session-id"
FIELD = "routing_config"
MOST_SESSION = 256
_IGNORED = (f"dropped:{FIELD}",)
_STICKY = ("approximated:session_affinity=sticky",)
Affinity = Literal["adaptive", "sticky", "none"]
# What a router would have answered, had it been the end.
_STATUS: Mapping[Outcome, int] = {
    "ok": 200,
    "timeout": 504,
    "rate_limited": 429,
    "budget": 429,
    "rejected": 400,
    "content_filter": 400,
    "client_left": 499,
    "overtaken": 499,
}


@dataclass(frozen=True, slots=True)
class SessionAffinity:
    """Which requests belong together; `mode` is the older name of `strategy`. An id that is none is left out."""

    __pydantic_config__ = {"extra": "forbid"}

    strategy: Affinity | None = None
    mode: Affinity | None = None
    session_id: Any = None


@dataclass(frozen=True, slots=True)
class RoutingConfig:
    """The object in a request's body."""

    __pydantic_config__ = {"extra": "forbid"}

    mode: str | None = None
    models: Annotated[tuple[Name, ...], Len(1, 256)] | None = None
    require_parameters: bool | None = None
    session_affinity: SessionAffinity | None = None


_CONFIG: TypeAdapter[RoutingConfig | None] = TypeAdapter(RoutingConfig | None)


class Routed(NamedTuple):
    """A body without its controls, the controls where they are asked for, and notes."""

    body: bytes
    controls: RoutingControls | None = None
    notes: tuple[str, ...] = ()


def routed(scope: Scope, body: bytes) -> Routed:
    """Take the controls out of a body; raises BadRequest for those that are wrong."""
    said = joined_header(scope, FEATURES)
    asked = said is not None and FEATURE in {word.strip().lower() for word in said.split(",")}
    rest, given = _taken_out(body) if b'"routing_config"' in body else (body, None)
    if not asked:
        return Routed(rest, notes=_IGNORED if rest is not body else ())
    config = _read(given)
    affinity = config.session_affinity or SessionAffinity()
    strategy = affinity.strategy or affinity.mode or "adaptive"
    session = _session(affinity.session_id) or _session(header(scope, SESSION))
    controls = RoutingControls(
        _mode(config.mode),
        config.models,
        bool(config.require_parameters),
        strategy,
        None if strategy == "none" else session,
    )
    return Routed(rest, controls, _STICKY if strategy == "sticky" else ())


def _taken_out(body: bytes) -> tuple[bytes, Any]:
    """The body without the field, and what it held; whoever reads a body that is no JSON says so."""
    try:
        whole = orjson.loads(body)
        if not isinstance(whole, dict) or FIELD not in whole:
            return body, None
        refuse_large_numbers(body)
        given = whole.pop(FIELD)
        return orjson.dumps(whole), given
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body, None


def _read(given: Any) -> RoutingConfig:
    try:
        return _CONFIG.validate_json(orjson.dumps(given), strict=True) or RoutingConfig()
    except ValidationError as error:
        fault = invalid(error)
        step = (fault.param or "").removeprefix("RoutingConfig").lstrip(".")
        param = f"{FIELD}.{step}" if step else FIELD
        raise BadRequest(f"{param}: {fault.message.rpartition(': ')[2]}", param=param) from None


def _mode(said: str | None) -> str | None:
    if said is None:
        return None
    if said.lower() not in MODES:
        raise BadRequest(f"{MODE}: {said[:40]!r} is none of {', '.join(MODES)}.", param=MODE)
    return said.lower()


def _session(given: object) -> str | None:
    """An id that is one; affinity never fails a request."""
    return given if isinstance(given, str) and given.strip() and len(given) <= MOST_SESSION else None


def selection_details(exchange: Exchange, receipt: Receipt) -> dict[str, Any]:
    """What an answer says of its routing, where it was asked for and the operator is not silent about it."""
    if exchange.controls is None or receipt.decision.disclosure == "silent":
        return {}
    trace = {"latency_ms": exchange.decided_ms, "attempts": [_attempt(attempt) for attempt in receipt.attempts]}
    details = {"mode": receipt.decision.policy, "routing_trace": [trace]}
    return {"model_selection_details": {"model_router_details": details}}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    status = _STATUS.get(attempt.outcome, 503)
    result: dict[str, Any] = {"status": status}
    if status != 200:
        result["error"] = {"code": attempt.outcome, "message": f"The call ended with the outcome {attempt.outcome}."}
    return {"model": attempt.model, "result": result}
