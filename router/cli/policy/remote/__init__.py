"""`fungible policy pull`, `push` and `drift`: a file in a Git repository beside what a server has in force."""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import AsAdmin, AsJson

Server = Annotated[
    str,
    typer.Option("--server", envvar="FUNGIBLE_SERVER", help="The server's address, such as https://router.example."),
]
File = Annotated[Path, typer.Argument(help="The policies.yaml.")]
HERE = Path("policies.yaml")


def add_remote(policy: Commands) -> None:
    """The commands that ask a server."""

    @policy.command()
    def pull(
        server: Server,
        file: File = HERE,
        commit: Annotated[
            bool, typer.Option("--commit", help="Commit every revision since the last that a commit names.")
        ] = False,
        admin_key_file: AsAdmin = None,
    ) -> None:
        """Write what a server has in force to a file of a Git repository."""
        from router.cli.policy.remote.admin_client import AdminClient
        from router.cli.policy.remote.pull_push import pull as run

        run(file, AdminClient(server, admin_key_file), commit=commit)

    @policy.command()
    def push(
        server: Server,
        file: File = HERE,
        commit: Annotated[
            str | None, typer.Option(metavar="MESSAGE", help="Commit it too, with the revision as a trailer.")
        ] = None,
        candidate: Annotated[bool, typer.Option("--candidate", help="Only put it up beside what is in force.")] = False,
        because: Annotated[
            str, typer.Option(help="Why, for the server's log.", show_default="the commit's first line")
        ] = "",
        admin_key_file: AsAdmin = None,
        json: AsJson = False,
    ) -> None:
        """Put a file in force at a server, if nobody was quicker: checked, tested and replayed there."""
        from router.cli.policy.remote.admin_client import AdminClient
        from router.cli.policy.remote.pull_push import push as run

        client = AdminClient(server, admin_key_file)
        run(file, client, because, commit=commit, candidate=candidate, as_json=json)

    @policy.command()
    def drift(server: Server, file: File = HERE, admin_key_file: AsAdmin = None, json: AsJson = False) -> None:
        """Say how a file differs from what a server has in force. Exit code 1 where it does."""
        from router.cli.policy.remote.admin_client import AdminClient
        from router.cli.policy.remote.pull_push import drift as run

        run(file, AdminClient(server, admin_key_file), as_json=json)
