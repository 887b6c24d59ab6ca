"""Whether a benchmark passes in CI, in sentences: limits, and a run before."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from router.bench.routing.compare_readers import Report
from router.bench.routing.records.ci_gate import below, fallen, parse_limits, read_earlier, resamples_of

FAILED = 4


def judge(
    reports: Sequence[Report], limits: list[str], baseline: Path | None, drawn: tuple[int, int], console: Console
) -> bool:
    """Say what fails and what is merely doubtful; `drawn` are rounds and seed. Raises BadRequest, ConfigError."""
    failed, doubtful = below(reports, parse_limits(limits))
    if baseline is not None:
        compared = fallen(reports, read_earlier(baseline), resamples_of(reports, *drawn))
        for (table, contender, _, measure), change in compared:
            interval = f"[{change.low:+.3f}, {change.high:+.3f}]"
            said = f"{table}: {measure} of {contender} changed by {change.value:+.3f} {interval}"
            if change.high < 0:
                failed.append(f"{said}, which is less (p = {change.p:.3f})")
            elif change.value < 0 and change.p <= 1 and change.low < 0:
                doubtful.append(f"{said}, which chance may do (p = {change.p:.3f})")
        console.print(
            f"{len(compared)} figures are compared with {baseline.name}; their intervals hold together (max-T)."
        )
        if not compared:
            failed.append(f"{baseline.name}: none of its figures is of what was measured now")
    for sentence in doubtful:
        console.print(f"[dim]not shown[/] {sentence}")
    for sentence in failed:
        console.print(f"[bold red]fails[/] {sentence}")
    return bool(failed)
