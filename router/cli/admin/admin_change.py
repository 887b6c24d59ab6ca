"""Admins made, rotated and revoked on the command line.

Invariant: of a new admin the key alone goes to standard output, so that a script can take it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from router.api.routes.admins import admin_row
from router.cli.admin.acting_admin import acting, admins_of, opened
from router.cli.output import print_json
from router.keys.admin import Role
from router.keys.admin_keyring import AdminKeyring, IssuedAdmin
from router.ledger.location import Place
from router.types import Author

RESCUE = "whoever may write the ledger"


def create(
    name: str, role: Role, because: str, file: Path | None, place: Place, *, rescue: bool, as_json: bool
) -> None:
    """Make an admin; raises BadRequest, or Conflict where its name was given before."""
    with _admins(file, because, place, rescue=rescue) as (keyring, author):
        _show_issued(keyring.issue(name, role, author), as_json=as_json)


def rotate(name: str, because: str, file: Path | None, place: Place, *, as_json: bool) -> None:
    """Give an admin another key; raises NotFound or Conflict."""
    with _admins(file, because, place) as (keyring, author):
        _show_issued(keyring.rotate(name, author), as_json=as_json)


def revoke(name: str, because: str, file: Path | None, place: Place, *, as_json: bool) -> None:
    """End an admin; raises NotFound, or Conflict for the last owner."""
    with _admins(file, because, place) as (keyring, author):
        admin = keyring.revoke(name, author)
    if as_json:
        print_json(admin_row(admin))
        return
    Console(highlight=False, soft_wrap=True).print(f"[bold]{escape(admin.name)}[/]  is revoked, for good")


@contextmanager
def _admins(
    file: Path | None, because: str, place: Place, *, rescue: bool = False
) -> Iterator[tuple[AdminKeyring, Author]]:
    with opened(place) as ledger:
        author = Author(RESCUE, "command", because) if rescue else acting(ledger, place, file, because, "owner")
        yield admins_of(ledger, place), author


def _show_issued(issued: IssuedAdmin, *, as_json: bool) -> None:
    if as_json:
        print_json({**admin_row(issued.admin), "secret": issued.secret})
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(issued.admin.name)}[/]  {issued.admin.role}")
    console.print("Its key, which is not shown again:")
    print(issued.secret)  # noqa: T201
