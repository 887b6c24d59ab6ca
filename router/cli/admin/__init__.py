"""`fungible admin`: who may change policies, ramps, keys and admins, and who tried to.

Invariant: a key is printed once, by the command that made it; every change is in the ledger before it is shown, and
holds at running servers at once.
"""

from typing import Annotated, Literal

import typer

from router.cli.command_help import Commands
from router.cli.options import AsAdmin, AsJson, DataFolder, LedgerKey, LedgerUrl, place_of

admin = Commands(no_args_is_help=True, help="Make admin keys, and say what each may do.")

Name = Annotated[str, typer.Argument(help="The admin's name: the ledger knows what it did by that, for ever.")]
Because = Annotated[str, typer.Option("--because", help="Why, for the ledger.")]
RoleWord = Annotated[
    Literal["viewer", "editor", "owner"],
    typer.Option(help="viewer: reads; editor: changes policies and ramps, too; owner: keys and admins, too."),
]


@admin.command()
def create(
    name: Name,
    role: RoleWord = "viewer",
    rescue: Annotated[
        bool,
        typer.Option("--rescue", help="Make an owner without any key, where all are lost: by right of the ledger."),
    ] = False,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Make an admin; its key is printed once, and kept nowhere."""
    from router.cli.admin.admin_change import create as run

    run(
        name,
        "owner" if rescue else role,
        because,
        admin_key_file,
        place_of(data, ledger, ledger_key),
        rescue=rescue,
        as_json=json,
    )


@admin.command("list")
def list_(
    data: DataFolder = None, ledger: LedgerUrl = None, ledger_key: LedgerKey = None, json: AsJson = False
) -> None:
    """List every admin: its role, and whether its key is good."""
    from router.cli.admin.admin_list import run

    run(place_of(data, ledger, ledger_key), as_json=json)


@admin.command()
def rotate(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Give an admin another key, which is printed once; the old one ends at once."""
    from router.cli.admin.admin_change import rotate as run

    run(name, because, admin_key_file, place_of(data, ledger, ledger_key), as_json=json)


@admin.command()
def revoke(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """End an admin, for good; its name is not given again."""
    from router.cli.admin.admin_change import revoke as run

    run(name, because, admin_key_file, place_of(data, ledger, ledger_key), as_json=json)


@admin.command()
def log(
    limit: Annotated[int, typer.Option(help="How many, at most.", min=1, max=1000)] = 50,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """List who used the admin routes, or tried to, the last first."""
    from router.cli.admin.admin_log import run

    run(limit, place_of(data, ledger, ledger_key), as_json=json)
