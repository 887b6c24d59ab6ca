"""A bar with the time that is left, for benchmarks that take minutes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from router.bench.routing.compare_readers import Bench
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import FOLDS
from router.reading.fit_reader import FOLDS as INNER_FOLDS

FIT_STEPS = FOLDS * (INNER_FOLDS + 1)


def steps_of(bench: Bench, tables: Sequence[Outcomes]) -> int:
    """How many steps a run takes."""
    return max(1, len(tables) * FIT_STEPS * ("fit" in bench.readers))


@contextmanager
def progress_left(
    console: Console, steps: int, doing: str = "learning", *, hidden: bool
) -> Iterator[Callable[[], None]]:
    """Shows a bar while it lasts, where there is a terminal; gives what to call after each step."""
    parts = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*parts, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task(doing, total=steps)
        yield lambda: progress.advance(task)
