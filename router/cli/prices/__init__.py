"""`fungible prices`: our prices beside the lists of others."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import MOST_DAYS, AsJson, ConfigFolder

prices = Commands(no_args_is_help=True, help="Compare prices.yaml with the lists of others.")


@prices.command()
def check(
    config: ConfigFolder = None,
    litellm_map: Annotated[
        Path | None, typer.Option(help="A price map in LiteLLM's form, such as its model_prices JSON file.")
    ] = None,
    stale_days: Annotated[
        int, typer.Option(help="Prices that nobody checked for so many days fail.", min=1, max=MOST_DAYS)
    ] = 180,
    write: Annotated[
        Path | None, typer.Option(help="Write what would have to change as a diff, for `git apply` or `patch`.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Whatever is found fails, but what stands in no list.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Report what differs, changes, ends or is old, beside genai-prices (extra `prices`). Exit code 1: it fails."""
    from router.cli.prices.prices_check import run

    run(config, litellm_map, stale_days, write, strict=strict, as_json=json)
