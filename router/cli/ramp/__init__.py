"""`fungible ramp`: how far substitution has come, and who may move it.

Invariant: an order goes into the ledger with its author before anything follows; a running server takes it up within a
second.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import AsAdmin, AsJson, ConfigFolder, DataFolder, LedgerKey, LedgerUrl, place_of

if TYPE_CHECKING:
    from router.ledger.location import Place
    from router.ramps.commands import Word

ramp = Commands(no_args_is_help=True, help="Govern substitution: ramps that move on evidence.")

Name = Annotated[str, typer.Argument(help="The ramp's name.")]
Because = Annotated[str, typer.Option("--because", help="Why, for the ledger.")]


@ramp.command("list")
def list_(
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """List every ramp: its stage, its share, and what it waits for."""
    from router.cli.ramp.ramp_list import run

    run(config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def show(
    name: Name,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw share, wealth and interval over all pairs, task by task, as SVG.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show one ramp: the evidence of each task, what it waits for, and how it came here."""
    from router.cli.ramp.ramp_show import run

    run(name, config, place_of(data, ledger, ledger_key), plot, as_json=json)


@ramp.command()
def approve(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Approve a ramp, so that it may be started; where two are asked, another admin must approve it too."""
    _order(name, "approve", because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def start(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Start an approved ramp with shadow pairs, or go on with a paused one."""
    _order(name, "start", because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def pause(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Hold a ramp at its share: no further step, and pairs go on."""
    _order(name, "pause", because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def advance(
    name: Name,
    because: Because = "",
    force: Annotated[bool, typer.Option("--force", help="Without the evidence; the ledger says so.")] = False,
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Take the next step now, whatever time and hours say; the evidence must be there, and no cap reached."""
    _order(
        name, "advance", because, admin_key_file, config, place_of(data, ledger, ledger_key), force=force, as_json=json
    )


@ramp.command()
def rollback(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Give everything back to the original; to go on, it must be approved again, with new evidence."""
    _order(name, "rollback", because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def kill(
    name: Annotated[str | None, typer.Argument(help="The ramp's name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every ramp.")] = False,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """The emergency stop: move nothing, from any stage, for one ramp or for all."""
    from router.cli.ramp.ramp_order import kill_all

    if every == (name is not None):
        raise typer.BadParameter("name a ramp, or --all of them")
    if name is not None:
        _order(name, "kill", because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)
    else:
        kill_all(because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@ramp.command()
def log(
    name: Annotated[str | None, typer.Argument(help="The ramp's name; by default every ramp.")] = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Show every move, the last first: who, when, why, and what was known."""
    from router.cli.ramp.ramp_log import run

    run(name, place_of(data, ledger, ledger_key), as_json=json)


def _order(
    name: str,
    word: "Word",
    because: str,
    by: Path | None,
    config: Path | None,
    place: "Place",
    *,
    force: bool = False,
    as_json: bool,
) -> None:
    from router.cli.ramp.ramp_order import run

    run(name, word, because, by, config, place, force=force, as_json=as_json)
