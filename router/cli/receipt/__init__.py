"""`fungible receipt`: what happened to one request, shown from the ledger or verified far from it.

Invariant: `fungible receipt ID` is `fungible receipt show ID`.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from router.cli.command_help import Commands, HelpfulGroup
from router.cli.options import AsJson, DataFolder, LedgerUrl, place_of

FILE = typer.Argument(help="A proof, from `fungible ledger prove` or GET /v1/receipts/ID/proof; - is standard input.")


class _ShowUnlessSaid(HelpfulGroup):
    """A group whose first command may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not {"-h", "--help", *self.commands} & set(args):
            args = ["show", *args]
        return super().parse_args(ctx, args)


receipt = Commands(
    no_args_is_help=True, cls=_ShowUnlessSaid, help="Show a receipt by its ID, or verify one from a file, offline."
)


@receipt.command()
def show(
    id: Annotated[  # noqa: A002
        str,
        typer.Argument(help="The id from the header x-fungible-receipt, or the answer's: chatcmpl-…, resp_…, msg_…."),
    ],
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Show a receipt from the ledger, and decide it again from what it recorded."""
    from router.cli.receipt.receipt_show import run

    run(id, place_of(data, ledger), as_json=json)


@receipt.command()
def verify(
    file: Annotated[Path, FILE],
    key: Annotated[
        str | None,
        typer.Option(
            help="The log's public key, or a file that holds it: as `fungible ledger head` and /v1/log/keys give it.",
            show_default="that of the ledger in --data",
        ),
    ] = None,
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
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Verify a receipt from a file and the key alone, without network. Exit code 1 where it does not hold."""
    from router.cli.receipt.receipt_verify import own_key, run

    run(file, key or own_key(place_of(data, ledger)), witness or [], prompt, answer, as_json=json)
