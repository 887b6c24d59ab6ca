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
            "pruned_before": report.pruned_before,
            "unanswered": report.unanswered,
            "incapable": report.incapable,
            "total": _group(report.total),
            "groups": [_group(group) for group in report.groups],
            "owners": [_owner(owner) for owner in report.owners],
            "hhi": dict(report.concentration),
            "ramps": [_trial(trial) for trial in report.trials],
            "caps": [_cap(cap) for cap in report.caps],
            "commitments": [_commitment(commitment) for commitment in report.commitments],
            "alerts": [_alert(alert) for alert in report.alerts],
            "rests_on": [footing._asdict() for footing in report.footings],
        }


def rows(report: Report) -> Iterable[dict[str, Any]]:
    """Each group as a flat row, the total last."""
    with exactly():
        groups = [_group(group) for group in (*report.groups, report.total)]
    return [_flat(group) for group in groups]


def plain_preference(preference: SelfPreference) -> dict[str, Any]:
    """The report on self-preference; shares and qualities are of 1."""
    with exactly():
        return {
            "object": "fungible.self_preference",
            "platform": preference.platform,
            "irreproducible": preference.irreproducible,
            "total": _standing(preference.total, preference.steps),
            "tasks": [_standing(standing, preference.steps) for standing in preference.tasks],
        }


def _standing(standing: Standing, steps: tuple[str, ...]) -> dict[str, Any]:
    money = {f"{name}_per_request": _estimate(standing.differences[name]) for name in ("paid", "margin")}
    return {
        "name": standing.name,
        "requests": standing.requests,
        "verdict": standing.verdict,
        "share_as_decided": standing.shares[0],
        "share_after": dict(zip(steps, standing.shares[1:], strict=True)),
        "share_hidden": standing.shares[-1],
        "share_difference": _floats(standing.differences["own"]),
        **money,
        "predicted_quality": _floats(standing.differences["quality"]),
    }


def _floats(figure: Estimate) -> dict[str, float | None]:
    return {name: None if end is None else float(end) for name, end in figure._asdict().items()}


def _flat(group: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in group.items():
        if isinstance(value, Mapping):
            row.update(_flat(value, f"{prefix}{name}_"))
        else:
            row[f"{prefix}{name}"] = value
    return row


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "requests": group.requests,
        "substituted": group.substituted,
        "from_cache": group.from_cache,
        "cache_saved_usd": usd(group.cache_saved),
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


def _estimate(figure: Estimate | None) -> dict[str, str | None] | None:
    if figure is None:
        return None
    return {f"{name}_usd": None if end is None else usd(end) for name, end in figure._asdict().items()}


def _owner(part: OwnerPart) -> dict[str, Any]:
    money = _dollars({"revenue": part.revenue, "margin": part.margin})
    return {
        "owner": part.owner,
        "requests": part.requests,
        "tokens": part.tokens,
        **money,
        "shares": dict(part.shares),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "ramp": trial.ramp,
        "moved": trial.moved,
        "holdback": trial.holdback,
        "enough": trial.enough,
        "per_moved_request": {
            figure: {"modelled": _estimate(modelled), "causal": _estimate(causal)}
            for figure, modelled, causal in trial.comparisons
        },
    }


def _cap(cap: CapStanding) -> dict[str, Any]:
    amounts = {"cap": cap.cap, "used": cap.used, "used_counterfactual": cap.used_otherwise}
    return {"owner": cap.owner, "share": cap.name, **cap.period._asdict(), **_dollars(amounts)}


def _commitment(commitment: CommitmentStanding) -> dict[str, Any]:
    amounts = {
        "committed": commitment.amount,
        "accrual": commitment.used,
        "cash": commitment.cash,
        "shortfall": commitment.shortfall,
        "pace": commitment.pace,
        "accrual_counterfactual": commitment.used_otherwise,
        "cash_counterfactual": commitment.cash_otherwise,
    }
    head = {
        "owner": commitment.owner,
        "commitment": commitment.name,
        **commitment.period._asdict(),
        "over": commitment.over,
    }
    return {**head, "behind": commitment.behind, **_dollars(amounts)}


def _alert(alert: Alert) -> dict[str, Any]:
    if alert.kind == "concentrated":
        return {**alert._asdict(), "amount": float(alert.amount), "limit": float(alert.limit)}
    return {
        "kind": alert.kind,
        "owner": alert.owner,
        "name": alert.name,
        **_dollars({"amount": alert.amount, "limit": alert.limit}),
    }
