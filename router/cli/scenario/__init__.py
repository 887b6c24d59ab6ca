"""`fungible scenario`: the articles' systems as stories that one runs, changes and sees."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import MOST_SEED, AsJson, ConfigFolder

scenario = Commands(no_args_is_help=True, help="Play scenarios: dated events over simulated days, in seconds.")

Name = Annotated[str, typer.Argument(help="A scenario's name, or a file of your own that ends in .yaml.")]


@scenario.command("list")
def list_(json: AsJson = False) -> None:
    """List the scenarios, by the row of the articles that each plays."""
    from router.cli.scenario.scenario_list import run

    run(as_json=json)


@scenario.command()
def show(name: Name, json: AsJson = False) -> None:
    """Show one scenario: its story, what can be set, its events, what is assumed, and the facts."""
    from router.cli.scenario.scenario_show import run

    run(name, as_json=json)


@scenario.command("run")
def run_(
    name: Name,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, as NAME=NUMBER; again for more. `requests` is one.")
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Which of the possible days; equal seeds give equal figures.", min=0, max=MOST_SEED)
    ] = 1,
    compare: Annotated[
        str | None, typer.Option(help="Another scenario, or the same again as it ships, to put its figures beside.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the pictures as a page that needs nothing else.")] = None,
    korean: Annotated[bool, typer.Option("--ko", help="In Korean.")] = False,
    config: ConfigFolder = None,
    json: AsJson = False,
) -> None:
    """Play a scenario: its curves with intervals, what it is compared with, what it rests on."""
    from router.cli.scenario.scenario_run import Wanted, run

    run(Wanted(name, tuple(set_ or ()), seed, compare, "ko" if korean else "en"), config, html, as_json=json)
