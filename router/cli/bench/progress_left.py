"""A bar with the time that is left, for benchmarks that take minutes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from router.bench.routing.compare_readers import Bench
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import FOLDS
from router.bench.routing.tables.file_rows import rows_in
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
    with _bar(console, hidden=hidden) as progress:
        task = progress.add_task(doing, total=steps)
        yield lambda: progress.advance(task)


@contextmanager
def reading_rows(console: Console, paths: Sequence[str | Path], *, hidden: bool) -> Iterator[Callable[[int], None]]:
    """The same while tables are read; of Parquet files it is known how many rows there are."""
    counts = [rows_in(Path(path)) for path in paths]
    total = None if None in counts else sum(count for count in counts if count)
    with _bar(console, hidden=hidden) as progress:
        task = progress.add_task("reading rows", total=total)
        yield lambda rows: progress.advance(task, rows)


def _bar(console: Console, *, hidden: bool) -> Progress:
    parts = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*parts, console=console, transient=True, disable=hidden)
