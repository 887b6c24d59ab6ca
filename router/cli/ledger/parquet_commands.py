"""`fungible ledger export --parquet` and `fungible ledger import`: requests and receipts in Parquet."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import Progress

from router.cli.ledger.open_ledger import reading
from router.cli.output import print_json
from router.errors import BadRequest, NotFound
from router.ledger.location import Place
from router.policy.parquet.parquet_export import export_parquet
from router.policy.parquet.parquet_import import import_parquet
from router.reports import moment


class Days(NamedTuple):
    """The first and the last day, as a person writes them; None for no limit."""

    since: str | None
    until: str | None


def export(place: Place, folder: Path, out: Path | None, days: Days, *, receipts: bool, as_json: bool) -> None:
    """Write requests as Parquet, and say how to go on."""
    if out is not None:
        raise BadRequest(f"Both {out} and --parquet {folder} are given: write one of them.")
    since, until = moment(days.since), moment(days.until, end=True)
    with reading(place, quiet=as_json) as (ledger, advance):
        exported = export_parquet(ledger, folder, since, until, receipts=receipts, advance=advance)
    if as_json:
        figures = {"requests": exported.requests, "days": exported.days, "files": exported.files}
        print_json({**figures, "left_out": exported.unpackable, "folder": str(folder)})
        return
    left_out = f"; {exported.unpackable:,} left out, whose numbers fit in no row" if exported.unpackable else ""
    print(f"{folder} holds {exported.requests:,} requests of {exported.days:,} day(s){left_out}")  # noqa: T201
    if exported.requests:
        print(f"replay a change on them: fungible policy replay --to new.yaml --log {folder}")  # noqa: T201


def import_(place: Place, folder: Path, *, as_json: bool) -> None:
    """Take receipts in, and say what came."""
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    with (
        closing(place.ledger()) as ledger,
        Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress,
    ):
        task = progress.add_task("taking receipts in", total=None)
        imported = import_parquet(ledger, folder, lambda count: progress.advance(task, count))
    if as_json:
        figures = {"receipts": imported.receipts, "known": imported.known}
        print_json({**figures, "configurations": imported.configurations})
        return
    print(f"{place} took in {imported.receipts:,} receipts, {imported.configurations:,} configurations")  # noqa: T201
    if imported.known:
        print(f"{imported.known:,} receipts were here already")  # noqa: T201
