"""An audit's report as plain data for JSON: money in dollars as text, wealths as logarithms."""

from dataclasses import asdict
from math import exp
from typing import Any

from router.audit.audit_plan import Plan
from router.audit.audit_report import HONEST_CHANGES, HOW_TO_DISCERN, AuditReport
from router.audit.checks.charges import Charge
from router.evidence.matched.three_ends import EXIT_CODES
from router.money import usd

# Larger than that no float is, and no reader needs it.
MOST_LOG = 690.0


def plain(report: AuditReport) -> dict[str, Any]:
    """Everything that a report says."""
    fields = asdict(report) | {
        "exit_code": EXIT_CODES[report.end],
        "best_wealth": exp(min(MOST_LOG, report.best_log_wealth)),
        "threshold": 1 / report.alpha,
        "spent_usd": usd(report.spent) if report.priced else None,
        "budget_usd": None if report.cap is None else usd(report.cap),
        "plan": plain_plan(report.plan),
        "log_wealth": list(report.wealth),
        "charges": [plain_charge(row) for row in report.charges],
    }
    for name in ("spent", "cap", "wealth"):
        del fields[name]
    if report.end == "another_model":
        fields |= {"could_be": list(HONEST_CHANGES), "to_discern": HOW_TO_DISCERN}
    return fields


def plain_charge(row: Charge) -> dict[str, Any]:
    """What was billed for one name, with money in dollars."""
    money = {"as_asked": row.as_asked, "as_named": row.as_named, "said": row.said}
    counts = {name: getattr(row, name) for name in ("name", "answers", "input_tokens", "output_tokens")}
    return counts | {f"{name}_usd": None if amount is None else usd(amount) for name, amount in money.items()}


def plain_plan(plan: Plan | None) -> dict[str, Any] | None:
    """A plan with money in dollars."""
    if plan is None:
        return None
    return {
        "per_round_usd": None if plan.per_round is None else usd(plan.per_round),
        "most_usd": None if plan.most is None else usd(plan.most),
        "shares": [
            {
                "share": row.share,
                "calls": row.calls,
                "cost_usd": None if row.cost is None else usd(row.cost),
                "within": row.within,
            }
            for row in plan.shares
        ],
    }
