"""`fungible policy`: the life of an edit, from lint to rollback.

Invariant: a command that changes something says what it changed and how to take it back.
"""

from pathlib import Path
from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.options import (
    MOST_DAYS,
    AsAdmin,
    AsJson,
    ConfigFolder,
    DataFolder,
    LedgerKey,
    LedgerUrl,
    ReaderFolder,
    place_of,
)
from router.cli.policy.candidate import candidate
from router.cli.policy.remote import add_remote

policy = Commands(no_args_is_help=True, help="Edit cost policies: lint, test, diff, replay, apply, roll back.")
policy.add_typer(candidate, name="candidate")
add_remote(policy)

VERSION = "A folder, a policies.yaml, a revision of the log, `current`, `shipped`, or the name of a policy."
Version = Annotated[str, typer.Argument(help=VERSION)]
ReplayedLog = Annotated[
    str,
    typer.Option(
        help="`ledger`, a log in Parquet (a folder, 'DIR/*.parquet', s3://...), or a JSONL file of prompts such as the "
        "shipped workload: `workload`."
    ),
]
OnRay = Annotated[bool, typer.Option("--ray", help="Decide a log in Parquet on every core of this machine, with Ray.")]
RayAddress = Annotated[str | None, typer.Option(help="Decide it on a Ray cluster: `auto`, or ray://HOST:10001.")]


@policy.command()
def lint(
    file: Annotated[
        Path | None, typer.Argument(help="A policies.yaml or its folder; that of --config unless said.")
    ] = None,
    config: ConfigFolder = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    stale_days: Annotated[
        int, typer.Option(help="Prices older than so many days are warned of.", min=1, max=MOST_DAYS)
    ] = 180,
    json: AsJson = False,
) -> None:
    """Check a policy file: what is wrong, where, and what would be right. Exit code 1 where something is wrong."""
    from router.cli.policy.policy_lint import run

    run(file, config, stale_days, strict=strict, as_json=json)


@policy.command()
def test(
    file: Annotated[
        Path | None, typer.Argument(help="A policies.yaml or its folder; that of --config unless said.")
    ] = None,
    config: ConfigFolder = None,
    reader: ReaderFolder = None,
    json: AsJson = False,
) -> None:
    """Run the tests that stand in a policy file. Exit code 1 where one fails."""
    from router.cli.policy.policy_test import run

    run(file, config, reader, as_json=json)


@policy.command()
def coverage(
    file: Annotated[
        Path | None, typer.Argument(help="A policies.yaml or its folder; that of --config unless said.")
    ] = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    reader: ReaderFolder = None,
    days: Annotated[int, typer.Option(help="How many days of requests to look at.", min=1, max=MOST_DAYS)] = 30,
    require_tests: Annotated[
        bool, typer.Option("--require-tests", help="Exit code 1 where a part has no test.")
    ] = False,
    require_traffic: Annotated[
        bool, typer.Option("--require-traffic", help="Exit code 1 where no request came to a part.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show which rules, guards and budgets the tests try, and which the logged requests come to."""
    from router.cli.policy.policy_coverage import Required, run

    asked: dict[Required, bool] = {"tests": require_tests, "traffic": require_traffic}
    required = [word for word, wanted in asked.items() if wanted]
    run(file, config, place_of(data, ledger), reader, days, required, as_json=json)


@policy.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to a file, for your editor.")] = None,
) -> None:
    """Print the JSON Schema of policies.yaml, for editors."""
    from router.cli.policy.policy_schema import run

    run(out)


@policy.command()
def diff(
    before: Version,
    after: Version,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Tell what changed in meaning between two versions, not in text."""
    from router.cli.policy.policy_diff import run

    run(before, after, config, place_of(data, ledger), as_json=json)


@policy.command()
def replay(
    before: Annotated[str, typer.Option("--from", help=VERSION)] = "current",
    after: Annotated[str, typer.Option("--to", help=VERSION)] = "current",
    log: ReplayedLog = "ledger",
    ray: OnRay = False,
    ray_address: RayAddress = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    reader: ReaderFolder = None,
    reader_to: Annotated[
        Path | None,
        typer.Option(help="The reader of the second version, where it has another than the first: needs prompts."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots, complete in one file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a comment for a pull request.")] = None,
    max_quality_drop: Annotated[
        float | None, typer.Option(help="Fail where predicted quality falls by more: 0.01 is one point.", min=0)
    ] = None,
    max_cost_rise: Annotated[
        float | None, typer.Option(help="Fail where cost rises by more: 0.05 is five per cent.", min=0)
    ] = None,
    max_refused: Annotated[
        int | None, typer.Option(help="Fail where more requests are refused that were answered before.", min=0)
    ] = None,
    json: AsJson = False,
) -> None:
    """Decide logged requests under two versions: what flips, why, and what it changes. Exit code 1 past a limit."""
    from router.cli.policy.policy_replay import Gate, Readers, run
    from router.cli.policy.replay_parquet import Machines

    run(
        before,
        after,
        log,
        config,
        place_of(data, ledger),
        Readers(reader, reader_to),
        html,
        Gate(max_quality_drop, max_cost_rise, max_refused),
        as_json=json,
        markdown=markdown,
        machines=Machines(ray, ray_address),
    )


@policy.command()
def show(
    version: Annotated[str, typer.Argument(help=VERSION)] = "current",
    resolved: Annotated[bool, typer.Option("--resolved", help="Spell out what each policy takes from others.")] = False,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
) -> None:
    """Print the policies of a version as they were written, or spelled out."""
    from router.cli.policy.policy_show import run

    run(version, config, place_of(data, ledger), resolved=resolved)


@policy.command()
def apply(
    file: Annotated[Path, typer.Argument(help="The new policies.yaml.")],
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    reader: ReaderFolder = None,
    if_match: Annotated[
        str | None, typer.Option(help="Apply only if this revision is still in force.", show_default="any")
    ] = None,
    because: Annotated[str, typer.Option(help="Why, for the log.")] = "",
    admin_key_file: AsAdmin = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change: nothing is written.")] = False,
    json: AsJson = False,
) -> None:
    """Check, test and replay a policy file, then put it in force. A server of the same folder takes it up."""
    from router.cli.policy.policy_apply import run

    place = place_of(data, ledger, ledger_key)
    run(file, config, place, reader, if_match, because, admin_key_file, as_json=json, dry_run=dry_run)


@policy.command()
def rollback(
    revision: Annotated[
        str, typer.Argument(help="A revision of the log; unless said, the one before: again, the one before that.")
    ] = "",
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    reader: ReaderFolder = None,
    because: Annotated[str, typer.Option(help="Why, for the log.")] = "",
    admin_key_file: AsAdmin = None,
    json: AsJson = False,
) -> None:
    """Put an earlier policies.yaml in force again, letter by letter."""
    from router.cli.policy.policy_apply import roll_back

    roll_back(revision, config, place_of(data, ledger, ledger_key), reader, because, admin_key_file, as_json=json)


@policy.command()
def log(data: DataFolder = None, ledger: LedgerUrl = None, json: AsJson = False) -> None:
    """List every change of policy: when, by whom, what it was expected to do."""
    from router.cli.policy.policy_log import run

    run(place_of(data, ledger), as_json=json)
