"""What the index keeps of one receipt: a row to search, and what it adds to the sums of its time.

Invariant: pure, and total over every receipt that a ledger may hold, those of earlier versions too; no word of a prompt
is in a receipt, so none is here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import log2
from typing import Any, NamedTuple

from router.accounting.savings.clustered_intervals import cluster
from router.types import EXCLUSIONS

LEVELS = (60, 900, 21_600, 86_400)
"""Seconds of a minute, a quarter, six hours and a day: for each, sums are kept."""
DAY = LEVELS[-1]
ARM_GROUPS = 100
"""Conversations are put into so many groups, whose sums say how sure a difference between two sides of a ramp is."""
STEPS = 8
"""Durations are counted in so many classes for each doubling, so that a quantile is exact within a tenth."""


class Row(NamedTuple):
    """A receipt as people look for it; money in micro-dollars, times in milliseconds."""

    id: str
    time: str
    second: int
    asked: str
    chosen: str
    served: str
    owner: str
    policy: str
    task: str
    reason: str
    key_name: str
    team: str
    outcome: str
    ramp: str
    arm: str
    attempts: int
    substituted: int
    cost: float
    baseline_cost: float
    charged: float
    quality: float
    duration_ms: float


class ArmPart(NamedTuple):
    """What one request adds to its side of a ramp; `group` is that of its conversation, money in micro-dollars."""

    ramp: str
    arm: str
    group: int
    failed: int
    cost: float
    charged: float
    duration_ms: float


class Alternative(NamedTuple):
    """What one model was predicted to give and cost for a request, and whether it could have answered."""

    model: str
    owner: str
    able: int
    cost: float
    quality: float


def row_of(receipt: Mapping[str, Any]) -> Row:
    """The row of a receipt in JSON."""
    decision, caller = receipt["decision"], receipt["ask"]["caller"]
    served: str = receipt["served"] or ""
    candidate = _candidate(decision, served or receipt["chosen"])
    moved = decision["ramp"] or {"ramp": "", "arm": ""}
    return Row(
        id=receipt["id"],
        time=receipt["time"],
        second=int(datetime.fromisoformat(receipt["time"]).timestamp()),
        asked=receipt["asked"],
        chosen=receipt["chosen"],
        served=served,
        owner=candidate.get("owner", "") if served else "",
        policy=decision["policy"],
        task=receipt["features"]["task"],
        reason="cache" if receipt.get("cached_from") else decision["reason"],
        key_name=caller["key"] or "",
        team=caller["team"] or "",
        outcome=receipt["outcome"],
        ramp=moved["ramp"],
        arm=moved["arm"],
        attempts=len(receipt["attempts"]),
        substituted=int(bool(served) and served != _named(receipt)),
        cost=float(receipt["cost"]),
        baseline_cost=float(receipt["baseline_cost"]),
        charged=float(receipt.get("charged", receipt["cost"])),
        quality=candidate.get("quality", 0.0),
        duration_ms=receipt["duration_ms"],
    )


def arm_part(row: Row, receipt: Mapping[str, Any]) -> ArmPart | None:
    """What a request adds to its side of the ramp that it met, or None where it met none."""
    if not row.ramp:
        return None
    group = cluster(receipt["ask"]["unit"]) % ARM_GROUPS
    return ArmPart(row.ramp, row.arm, group, int(not row.served), row.cost, row.charged, row.duration_ms)


def alternatives(receipt: Mapping[str, Any]) -> Iterable[Alternative]:
    """Every model that was weighed for a request and would answer in words."""
    for each in receipt["decision"]["candidates"]:
        if each["quality"]:
            able = int(each["code"] not in EXCLUSIONS)
            cost, quality = float(each["cost"]), each["quality"]
            yield Alternative(each["model"], each["owner"], able, cost, quality)


def expected_cost(receipt: Mapping[str, Any]) -> float:
    """What the model that served was predicted to cost, on the same footing as its alternatives."""
    return float(_candidate(receipt["decision"], receipt["served"] or "").get("cost", 0))


def duration_class(duration_ms: float) -> int:
    """The class of a duration; 0 for whatever took less than a millisecond."""
    return max(0, 1 + int(STEPS * log2(duration_ms))) if duration_ms >= 1 else 0


def duration_of(class_: int) -> float:
    """The middle of a class of durations, in milliseconds."""
    return float(2 ** ((class_ - 0.5) / STEPS)) if class_ else 0.5


def _named(receipt: Mapping[str, Any]) -> str:
    """The model that the client named or, where it named a policy, that this would have chosen by itself."""
    return str(receipt["ask"]["model"] or receipt["decision"]["baseline"])


def _candidate(decision: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    return next((each for each in decision["candidates"] if each["model"] == model), {})
