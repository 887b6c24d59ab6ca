"""What a soak may show at most, and whether what it showed is within that."""

from collections.abc import Mapping
from dataclasses import dataclass

MOST_STALL_MS = 50.0
MOST_GROWTH = 1.25
MOST_STEADY_MS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """The figures of one soak: times in milliseconds, memory in MB."""

    stall_ms: float
    machine_ms: float
    """How late an event loop without work was meanwhile: what of a stall may be the machine's. It excuses nothing."""
    early_mb: float
    late_mb: float
    steady_ms: float
    """p99.9 of a client that asks again and again."""
    steady_answers: int
    steady_failed: int
    receipts: int
    """Answers that named a receipt."""
    lost: int
    budgets_passed: int


def broken(soaked: Soaked) -> list[str]:
    """Every bound that was passed, in words; none where all was kept."""
    growth = soaked.late_mb / soaked.early_mb if soaked.early_mb else 1.0
    checks = {
        f"the event loop was {soaked.stall_ms:.1f} ms late, more than {MOST_STALL_MS:g}": (
            soaked.stall_ms <= MOST_STALL_MS
        ),
        f"memory grew to {growth:.2f} times what it was early, more than {MOST_GROWTH:g}": growth <= MOST_GROWTH,
        f"p99.9 of the steady client was {soaked.steady_ms:.1f} ms, more than {MOST_STEADY_MS:g}": (
            soaked.steady_ms <= MOST_STEADY_MS
        ),
        "the steady client had no answer": soaked.steady_answers > 0,
        f"{soaked.steady_failed:,} requests of the steady client failed": soaked.steady_failed == 0,
        f"{soaked.lost:,} of {soaked.receipts:,} receipts were lost": soaked.lost == 0,
        f"{soaked.budgets_passed} budgets were passed": soaked.budgets_passed == 0,
    }
    return [words for words, kept in checks.items() if not kept]


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them is; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def stall_s(worst_s: float, before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """The longest lag between two looks at a histogram: its highest bucket that grew, and no more than the worst seen.

    A histogram counts up to each bound; what was late before the first look, as while a server starts, is left out.
    """
    bounds, grown, below = sorted(after), 0.0, 0.0
    for bound in bounds:
        more = after[bound] - before.get(bound, 0.0)
        if more > below:
            grown = bound
        below = more
    return min(worst_s, grown)
