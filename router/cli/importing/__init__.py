"""`fungible import`: another product's configuration becomes a folder of ours."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import AsJson

OutFolder = Annotated[Path, typer.Option(help="The folder to make; it must not be there, or be empty.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1, too, where something did not come over.")]

importing = Commands(no_args_is_help=True, help="Make a folder from another product's configuration.")


@importing.command()
def litellm(
    file: Annotated[Path, typer.Argument(help="The proxy's config.yaml.")],
    out: OutFolder,
    strict: Strict = False,
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Write the rest where lines are refused; else nothing is written.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Import LiteLLM's proxy: models, places, fallbacks, budgets, aliases. What stops protecting is reported first."""
    from router.cli.importing.import_litellm import run

    run(file, out, strict=strict, skip_refused=skip_refused, as_json=json)


@importing.command()
def portkey(
    file: Annotated[Path, typer.Argument(help="A gateway config, as JSON.")],
    out: OutFolder,
    strict: Strict = False,
    json: AsJson = False,
) -> None:
    """Import a Portkey config: targets, fallbacks, conditions, cache. What stops protecting is reported first."""
    from router.cli.importing.import_portkey import run

    run(file, out, strict=strict, as_json=json)
