"""`fungible alias`: names over versions, what each serves, and where a version is worse than the one before."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import AsJson, ConfigFolder, DataFolder, LedgerKey, LedgerUrl, place_of

alias = Commands(no_args_is_help=True, help="Names over versions that never get worse: what each serves, and why.")

Name = Annotated[str, typer.Argument(help="The alias' name.")]


@alias.command("list")
def list_(
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """List every alias: its versions, and on how many kinds of work each serves."""
    from router.cli.alias.alias_list import run

    run(config, place_of(data, ledger, ledger_key), as_json=json)


@alias.command()
def show(
    name: Name,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Show which version an alias serves on each kind of work, what it tries there, and what pairs have shown."""
    from router.cli.alias.alias_show import run

    run(name, config, place_of(data, ledger, ledger_key), as_json=json)


@alias.command()
def jaggedness(
    name: Name,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Draw how good each version is by kind of work, where one is worse than the one before, and what serves."""
    from router.cli.alias.jagged_strips import run

    run(name, config, place_of(data, ledger, ledger_key), as_json=json)


@alias.command()
def schema(out: Annotated[Path | None, typer.Option(help="Write it here.")] = None) -> None:
    """Print the JSON Schema of aliases.yaml, for editors."""
    from router.cli.alias.alias_schema import run

    run(out)
