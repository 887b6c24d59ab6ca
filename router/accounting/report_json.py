"""A report as plain data, for JSON and CSV.

Invariant: money is USD as decimal text, with every digit; a row of the CSV is a group of the JSON.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from router.accounting.contracts.concentration import OwnerPart
from router.accounting.contracts.obligations import CapStanding, CommitmentStanding
from router.accounting.exact_decimal import exactly
from router.accounting.group import Group, Side
from router.accounting.report import Alert, Report
from router.accounting.savings.causal import Trial
from router.accounting.savings.clustered_intervals import Estimate
from router.accounting.savings.self_preference import SelfPreference, Standing
from router.money import usd

PARTS = ("customer", "platform", "partner", "true_cost")


def plain(report: Report) -> dict[str, Any]:
    """Everything."""
    with exactly():
        return {
            "object": "fungible.money",
            "by": report.by,
            "baseline": report.baseline.name,
            "baseline_model": report.baseline.model,
            "since": report.since,
            "until": report.until,
            "days": report.days,
            "platform": report.platform,
            "unanswered": report.unanswered,
            "incapable": report.incapable,
            "total": _group(report.total),
            "groups": [_group(one) for one in report.groups],
            "owners": [_owner(one) for one in report.owners],
            "hhi": dict(report.concentration),
            "ramps": [_trial(one) for one in report.trials],
            "caps": [_cap(one) for one in report.caps],
            "commitments": [_commitment(one) for one in report.commitments],
            "alerts": [_alert(one) for one in report.alerts],
            "rests_on": [one._asdict() for one in report.footings],
        }


def rows(report: Report) -> Iterable[dict[str, Any]]:
    """Each group as a flat row, the total last."""
    with exactly():
        told = [_group(group) for group in (*report.groups, report.total)]
    return [_flat(one) for one in told]


def plain_preference(found: SelfPreference) -> dict[str, Any]:
    """The report on self-preference; shares and qualities are of 1."""
    with exactly():
        return {
            "object": "fungible.self_preference",
            "platform": found.platform,
            "irreproducible": found.irreproducible,
            "total": _standing(found.total, found.steps),
            "tasks": [_standing(one, found.steps) for one in found.tasks],
        }


def _standing(one: Standing, steps: tuple[str, ...]) -> dict[str, Any]:
    money = {f"{name}_per_request": _estimate(one.differences[name]) for name in ("paid", "margin")}
    return {
        "name": one.name,
        "requests": one.requests,
        "verdict": one.verdict,
        "share_as_decided": one.shares[0],
        "share_after": dict(zip(steps, one.shares[1:], strict=True)),
        "share_hidden": one.shares[-1],
        "share_difference": _floats(one.differences["house"]),
        **money,
        "predicted_quality": _floats(one.differences["quality"]),
    }


def _floats(one: Estimate) -> dict[str, float | None]:
    return {name: None if end is None else float(end) for name, end in one._asdict().items()}


def _flat(group: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in group.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{prefix}{name}_"))
        else:
            found[f"{prefix}{name}"] = value
    return found


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "requests": group.requests,
        "substituted": group.substituted,
        "input_tokens": group.input_tokens,
        "output_tokens": group.output_tokens,
        "served": _side(group.served),
        "counterfactual": _side(group.otherwise),
        "kept": {name: _estimate(group.split[name]) for name in PARTS},
        "lengths": {basis: group.lengths.get(basis, 0) for basis in ("served", "holdback", "same_model", "verbosity")},
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "paid_usd": usd(side.paid),
        **_dollars(side.waterfall._asdict()),
        "partner_paid_usd": usd(side.partner.paid),
        "partner_paid_back_usd": usd(side.partner.paid_back),
        "partner_gpus_usd": usd(side.partner.gpus),
        "partner_result_usd": usd(side.partner.result),
        "true_cost_usd": usd(side.true_cost),
    }


def _dollars(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {f"{name}_usd": usd(amount) for name, amount in amounts.items()}


def _estimate(one: Estimate | None) -> dict[str, str | None] | None:
    if one is None:
        return None
    return {f"{name}_usd": None if end is None else usd(end) for name, end in one._asdict().items()}


def _owner(one: OwnerPart) -> dict[str, Any]:
    money = _dollars({"revenue": one.revenue, "margin": one.margin})
    return {
        "owner": one.owner,
        "requests": one.requests,
        "tokens": one.tokens,
        **money,
        "shares": dict(one.shares),
    }


def _trial(one: Trial) -> dict[str, Any]:
    return {
        "ramp": one.ramp,
        "moved": one.moved,
        "holdback": one.holdback,
        "enough": one.enough,
        "per_moved_request": {
            figure: {"modelled": _estimate(modelled), "causal": _estimate(causal)}
            for figure, modelled, causal in one.comparisons
        },
    }


def _cap(one: CapStanding) -> dict[str, Any]:
    amounts = {"cap": one.cap, "used": one.used, "used_counterfactual": one.used_otherwise}
    return {"owner": one.owner, "share": one.name, **one.period._asdict(), **_dollars(amounts)}


def _commitment(one: CommitmentStanding) -> dict[str, Any]:
    amounts = {
        "committed": one.amount,
        "accrual": one.used,
        "cash": one.cash,
        "shortfall": one.shortfall,
        "pace": one.pace,
        "accrual_counterfactual": one.used_otherwise,
        "cash_counterfactual": one.cash_otherwise,
    }
    told = {"owner": one.owner, "commitment": one.name, **one.period._asdict(), "over": one.over}
    return {**told, "behind": one.behind, **_dollars(amounts)}


def _alert(one: Alert) -> dict[str, Any]:
    if one.kind == "concentrated":
        return {**one._asdict(), "amount": float(one.amount), "limit": float(one.limit)}
    return {
        "kind": one.kind,
        "owner": one.owner,
        "name": one.name,
        **_dollars({"amount": one.amount, "limit": one.limit}),
    }
