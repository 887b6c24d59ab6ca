"""`fungible bench policy --parquet DIR`: a long log in Parquet for measuring replays."""

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from router.bench.loop.synthetic_log import write_synthetic_log


def run(folder: Path, requests: int, *, quiet: bool) -> None:
    """Write it, and say how to go on."""
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("writing a log", total=requests)
        files = write_synthetic_log(folder, requests, lambda count: progress.advance(task, count))
    print(f"{folder} holds {requests:,} requests in {files:,} file(s)")  # noqa: T201
    print(f"replay them: fungible policy replay --from balanced --to cost --log {folder}")  # noqa: T201
