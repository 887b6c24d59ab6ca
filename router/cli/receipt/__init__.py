"""`fungible receipt`: what happened to one request, shown from the ledger or verified far from it.

Invariant: `fungible receipt ID` is `fungible receipt show ID`.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from router.cli.options import AsJson, DataFolder, LedgerUrl, place_of

FILE = typer.Argument(help="A proof, from `fungible ledger prove` or GET /v1/receipts/ID/proof; - is standard input.")


class _ShowUnlessSaid(TyperGroup):
    """A group whose first command may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not {"-h", "--help", *self.commands} & set(args):
            args = ["show", *args]
        return super().parse_args(ctx, args)


receipt = typer.Typer(
    no_args_is_help=True, cls=_ShowUnlessSaid, help="Show a receipt by its ID, or verify one from a file, offline."
)


@receipt.command()
def show(
    id: Annotated[str, typer.Argument(help="The id from the header x-fungible-receipt.")],  # noqa: A002
    data: DataFolder = None,
    ledger: LedgerUrl = None,
) -> None:
    """Print a receipt from the ledger, and decide it again from what it recorded."""
    from router.cli.receipt.receipt_show import run

    run(id, place_of(data, ledger))


@receipt.command()
def verify(
    file: Annotated[Path, FILE],
    key: Annotated[str, typer.Option(help="The log's public key, or a file that holds it.")],
    witness: Annotated[
        list[str] | None, typer.Option(help="The public key of a witness that must have signed; again for more.")
    ] = None,
    prompt: Annotated[
        Path | None,
        typer.Option(help="What was asked: the request's JSON, or its text. Needs a proof with salts."),
    ] = None,
    answer: Annotated[
        Path | None, typer.Option(help="What was answered: the answer's JSON, or its text. Needs salts, too.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Verify a receipt from a file alone: no ledger, no network. Exit code 1 where it does not hold."""
    from router.cli.receipt.receipt_verify import run

    run(file, key, witness or [], prompt, answer, as_json=json)
