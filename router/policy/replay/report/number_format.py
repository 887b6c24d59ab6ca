"""The figures of a replay in the form in which people read them: signs, units, intervals.

Invariant: what is shown has the digits that matter; exact money stands in the JSON.
"""

from collections.abc import Callable
from decimal import Decimal
from math import isinf

from router.money import usd
from router.policy.replay.intervals import Estimate
from router.policy.replay.result import Replay

MINUS = "\N{MINUS SIGN}"
NOTHING = "refused"
_REASONS = {
    "no_candidate": "since no model may answer",
    "budget_exceeded": "since a budget is used up",
    "unknown": "since a name is not known",
}


def share(value: float) -> str:
    """A change as a share: +4.2 %."""
    return _signed(100 * value, 1) + " %"


def points(value: float) -> str:
    """A change of predicted quality in points of a hundred."""
    return _signed(100 * value, 2)


def seconds(milliseconds: float) -> str:
    """A change of latency."""
    return _signed(milliseconds / 1000, 2) + " s"


def logits(value: float) -> str:
    """A difficulty."""
    return _signed(value, 1)


def within(estimate: Estimate, say: Callable[[float], str]) -> str:
    """The interval of a figure, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return "too few conversations for an interval"
    return f"{say(estimate.low)} to {say(estimate.high)}"


def part(some: int, whole: int) -> str:
    """A share of a number: 41.7 %; never nothing where there is something."""
    value = 100 * some / max(1, whole)
    return "<0.1 %" if some and value < 0.05 else f"{value:.1f} %"


def tick(value: float) -> str:
    """A round hundredth on an axis, without its unit."""
    return f"{round(100 * value, 9):g}".replace("-", MINUS)


def dollars(micro_dollars: Decimal) -> str:
    """USD with the digits that matter."""
    value = float(usd(micro_dollars))
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= 100 else f"${value:.4f}" if value >= 0.01 else f"${value:.6f}"


def model(name: str) -> str:
    """A model's name, or that nobody answers."""
    return name or NOTHING


def short(name: str, most: int) -> str:
    """A name cut to so many letters; of a path the end says more than the beginning."""
    return name if len(name) <= most else f"…{name[1 - most :]}"


def refusals(replay: Replay) -> str:
    """What is refused, in a sentence; empty where nothing is under either version."""
    before, after = sum(replay.refusals.before.values()), sum(replay.refusals.after.values())
    if not before and not after:
        return ""
    reasons = [f"{count:,} {_REASONS[reason]}" for reason, count in replay.refusals.after.items() if count]
    sentence = f"{after:,} are refused after the change, {before:,} before"
    newly = f"{replay.refusals.newly:,} of them were answered before" if replay.refusals.newly else ""
    return "; ".join(part for part in (sentence, newly, ", ".join(reasons)) if part)


def _signed(value: float, digits: int) -> str:
    if isinf(value):
        return "+∞"
    shown = f"{abs(value):,.{digits}f}"
    if not float(shown.replace(",", "")):
        return shown
    return f"{'+' if value > 0 else MINUS}{shown}"
