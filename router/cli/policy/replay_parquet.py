"""`fungible policy replay --log DIR`: logs in Parquet, here or in a store, on this machine or on many."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from router.cli.policy.replay_scales import traits_warning
from router.policy.parquet.parquet_files import is_parquet
from router.policy.replay.flip_causes import Versions
from router.policy.replay.result import Replay
from router.policy.replay.streamed.ray_workers import RayWorkers
from router.policy.replay.streamed.stream_replay import Here, Workers, replay_files


@dataclass(frozen=True, slots=True)
class Machines:
    """Where a replay runs: in this process, on all cores by Ray, or on the Ray cluster of an address."""

    ray: bool = False
    address: str | None = None

    @property
    def many(self) -> bool:
        """Whether Ray is asked for."""
        return self.ray or self.address is not None

    def workers(self) -> AbstractContextManager[Workers]:
        """The workers, for as long as the context lasts; raises ConfigError."""
        return RayWorkers(self.address) if self.many else nullcontext(Here())


def names_parquet(log: str) -> bool:
    """Whether `--log` names a log in Parquet."""
    return is_parquet(log) or Path(log).is_dir()


def replay_parquet(
    log: str, versions: Versions, names: tuple[str, str], machines: Machines, *, quiet: bool
) -> tuple[Replay, str]:
    """The replay, with what to be careful of; how far it is stands on standard error, with the time that is left."""
    with _progress(quiet=quiet) as progress, machines.workers() as workers:
        task = progress.add_task("counting, then deciding under both", total=None)
        streamed = replay_files(
            log,
            versions,
            names,
            workers,
            lambda total: progress.update(task, total=total),
            lambda count: progress.advance(task, count),
        )
    return streamed.replay, traits_warning(streamed.traits, versions.after, log)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    parts = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*parts, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        yield progress
