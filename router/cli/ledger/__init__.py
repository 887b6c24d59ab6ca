"""`fungible ledger`: what the ledger proves, and to whom.

Invariant: nothing here changes an entry; `head`, `prove` and `witness` may add a signed head, `rotate` a key, and
`acknowledge` and `prune` an entry. `prune` alone takes anything away, and says so in the log first.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from router.cli.command_help import Commands
from router.cli.options import AsJson, ConfigFolder, DataFolder, LedgerKey, LedgerUrl, place_of

ledger = Commands(no_args_is_help=True, help="Prove what was served: signed heads, proofs, verification.")


@ledger.command()
def head(
    out: Annotated[Path | None, typer.Option(help="Save it to a file, to hold a later ledger against.")] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Print the signed head of the log, and on standard error the public key."""
    from router.cli.ledger.log_commands import head as run

    run(place_of(data, ledger, ledger_key), out, as_json=json)


@ledger.command()
def verify(
    head: Annotated[list[Path] | None, typer.Option(help="A head that was saved or witnessed; again for more.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The log's first public key, or a file; by default what the log says.")
    ] = None,
    export: Annotated[Path | None, typer.Option(help="Verify a file that `fungible ledger export` wrote.")] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Go through every entry, record and head, and say what is wrong. Exit code 1 where something is."""
    from router.cli.ledger.ledger_verify import run

    run(place_of(data, ledger), head or [], key, export, as_json=json)


@ledger.command()
def prove(
    id: Annotated[str, typer.Argument(help="The id of a receipt.")],  # noqa: A002
    out: Annotated[Path | None, typer.Option(help="Write it to a file, NAME.tlog-proof.")] = None,
    salts: Annotated[
        bool, typer.Option("--salts", help="Add the salts, so that who holds prompt or answer can check them.")
    ] = False,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Print a proof of one receipt, which `fungible receipt verify` checks offline."""
    from router.cli.ledger.log_commands import prove as run

    run(id, place_of(data, ledger, ledger_key), out, salts=salts, as_json=json)


@ledger.command()
def export(
    out: Annotated[Path | None, typer.Argument(help="The file to write: JSON lines.", show_default=False)] = None,
    parquet: Annotated[
        Path | None, typer.Option(help="Write requests as Parquet in this folder instead, a folder for each day.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Of Parquet the first day.", show_default="the first")] = None,
    until: Annotated[str | None, typer.Option(help="And the last day.", show_default="today")] = None,
    receipts: Annotated[
        bool, typer.Option("--receipts", help="With each whole receipt, for `fungible ledger import`.")
    ] = False,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Write every entry with its record and the signed head, for others to verify; or requests as Parquet."""
    place = place_of(data, ledger, ledger_key)
    if parquet is not None:
        from router.cli.ledger.parquet_commands import Days
        from router.cli.ledger.parquet_commands import export as export_parquet

        export_parquet(place, parquet, out, Days(since, until), receipts=receipts, as_json=json)
        return
    from router.cli.ledger.log_commands import export as run

    run(place, out, as_json=json)


@ledger.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(help="What `fungible ledger export --parquet DIR --receipts` wrote.")],
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Take the receipts of an exported log into the ledger here; those that it has are passed over."""
    from router.cli.ledger.parquet_commands import import_ as run

    run(place_of(data, ledger, ledger_key), folder, as_json=json)


@ledger.command()
def witness(
    folder: Annotated[Path, typer.Argument(help="Where the witness keeps its key and what it saw.")],
    name: Annotated[str, typer.Option(help="The witness's name, for a new key.")] = "witness",
    key: Annotated[
        str | None,
        typer.Option(help="The log's first public key, or a file; by default the first one seen is believed."),
    ] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Sign the head beside the log, if it goes on from the last one seen. Exit code 1 where it does not."""
    from router.cli.ledger.log_commands import witness as run
    from router.cli.receipt.receipt_verify import public_key

    trusted = public_key(key) if key else None
    run(folder, name, trusted, place_of(data, ledger, ledger_key), as_json=json)


@ledger.command()
def acknowledge(
    entry: Annotated[int, typer.Argument(help="The entry at which `verify` says that the clock was set back.", min=1)],
    because: Annotated[str, typer.Option(help="Why it was.")],
    by: Annotated[str | None, typer.Option(help="Who answers for it.", show_default="your user name")] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Answer, by an entry of the log, for one step back of the clock: `verify` then tells it as a warning."""
    import getpass

    from router.cli.ledger.log_commands import acknowledge as run

    run(place_of(data, ledger, ledger_key), entry, by or getpass.getuser(), because, as_json=json)


@ledger.command()
def prune(
    before: Annotated[str, typer.Option(help="A day such as 2026-01-01: what was served before it goes.")],
    because: Annotated[str, typer.Option(help="Why, for the log.")],
    by: Annotated[str | None, typer.Option(help="Who answers for it.", show_default="your user name")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Take away the bodies of old receipts; entries, hashes, heads and sums by day stay, so the log still proves."""
    import getpass

    from router.cli.ledger.prune_commands import Wanted, run

    wanted = Wanted(before, by or getpass.getuser(), because, dry_run=dry_run, yes=yes, json=json)
    run(place_of(data, ledger, ledger_key), config, wanted)


@ledger.command()
def pruned(
    data: DataFolder = None, ledger: LedgerUrl = None, ledger_key: LedgerKey = None, json: AsJson = False
) -> None:
    """List what was pruned: when, by whom, why, and what it came to by day."""
    from router.cli.ledger.prune_commands import list_pruned as run

    run(place_of(data, ledger, ledger_key), as_json=json)


@ledger.command()
def sums(
    by: Annotated[Literal["day", "model"], typer.Option(help="What the rows are.")] = "day",
    since: Annotated[str | None, typer.Option(help="The first day (UTC).", show_default="the first")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.", show_default="today")] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Show what each day came to, exact and at once: sums that are kept as receipts come, pruned ones too."""
    from router.cli.ledger.sums_command import run

    run(place_of(data, ledger), by, since, until, as_json=json)


@ledger.command()
def rotate(
    data: DataFolder = None, ledger: LedgerUrl = None, ledger_key: LedgerKey = None, json: AsJson = False
) -> None:
    """Make a new key, announced in the log and signed by the old one."""
    from router.cli.ledger.log_commands import rotate as run

    run(place_of(data, ledger, ledger_key), as_json=json)
