"""`fungible policy candidate`: a revision that decides beside live traffic and answers none of it.

Invariant: `fungible policy candidate FILE` puts a file up; every other word after `candidate` names a command.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from router.cli.command_help import Commands, HelpfulGroup
from router.cli.options import AsAdmin, AsJson, ConfigFolder, DataFolder, LedgerKey, LedgerUrl, ReaderFolder, place_of


class _FileOrCommand(HelpfulGroup):
    """A group in which a word that is no command of it is a file for `put`."""

    @property
    def without_name(self) -> Any:
        """The command that takes a file."""
        return self.commands["put"]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front of a file."""
        word = next((arg for arg in args if not arg.startswith("-")), None)
        if word is not None and word not in self.commands:
            args = ["put", *args]
        return super().parse_args(ctx, args)


candidate = Commands(
    no_args_is_help=True,
    cls=_FileOrCommand,
    help="Try a policy file beside live traffic: `candidate FILE`, then show, approve, promote or drop it.",
)
Revision = Annotated[str, typer.Argument(help="The candidate's revision, or its first letters; else the last put up.")]
Because = Annotated[str, typer.Option(help="Why, for the log.")]


@candidate.command()
def put(
    file: Annotated[Path, typer.Argument(help="The policies.yaml to try.")],
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    reader: ReaderFolder = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    json: AsJson = False,
) -> None:
    """Put a file up: from now on every request is decided by it too, once somebody asks. Its tests must pass."""
    from router.cli.policy.candidate.candidate_commands import put as run

    run(file, config, place_of(data, ledger, ledger_key), reader, because, admin_key_file, as_json=json)


@candidate.command("list")
def list_(data: DataFolder = None, ledger: LedgerUrl = None, json: AsJson = False) -> None:
    """List every candidate: since when, by whom, who agreed, and what became of it."""
    from router.cli.policy.candidate.candidate_commands import list_ as run

    run(place_of(data, ledger), as_json=json)


@candidate.command()
def show(
    revision: Revision = "",
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Compare a candidate with what is in force, over the requests since it was put up: a replay's figures."""
    from router.cli.policy.candidate.candidate_commands import show as run

    run(revision, config, place_of(data, ledger), as_json=json)


@candidate.command()
def approve(
    revision: Revision = "",
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
) -> None:
    """Agree to a candidate, as another admin than who put it up; `approvals` in policies.yaml says how many must."""
    from router.cli.policy.candidate.candidate_commands import approve as run

    run(revision, place_of(data, ledger, ledger_key), because, admin_key_file)


@candidate.command()
def promote(
    revision: Revision = "",
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    reader: ReaderFolder = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    min_requests: Annotated[int, typer.Option(help="Only once so many requests have been compared.", min=0)] = 0,
    max_quality_drop: Annotated[
        float | None, typer.Option(help="Only if predicted quality falls by no more: 0.01 is one point.", min=0)
    ] = None,
    max_cost_rise: Annotated[
        float | None, typer.Option(help="Only if cost rises by no more: 0.05 is five per cent.", min=0)
    ] = None,
    max_refused: Annotated[
        int | None, typer.Option(help="Only if no more requests are refused that are answered.", min=0)
    ] = None,
    json: AsJson = False,
) -> None:
    """Put a candidate in force; what it did beside the traffic is noted as its promise."""
    from router.cli.policy.candidate.candidate_commands import Bar
    from router.cli.policy.candidate.candidate_commands import promote as run
    from router.cli.policy.policy_replay import Gate

    bar = Bar(min_requests, Gate(max_quality_drop, max_cost_rise, max_refused))
    run(revision, config, place_of(data, ledger, ledger_key), reader, because, admin_key_file, bar, as_json=json)


@candidate.command()
def drop(
    revision: Revision = "",
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
) -> None:
    """End a candidate that is not to come into force."""
    from router.cli.policy.candidate.candidate_commands import drop as run

    run(revision, place_of(data, ledger, ledger_key), because, admin_key_file)
