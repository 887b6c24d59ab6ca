"""`fungible key`: who may ask, for what, and how much.

Invariant: a secret is printed once, by the command that made it; every change is in the ledger before it is told, and
in force at running servers within a second.
"""

from typing import Annotated

import typer

from router.cli.command_help import Commands
from router.cli.key.grant_options import (
    Because,
    Budgets,
    Clear,
    ConsentWord,
    DisclosureWord,
    Expires,
    InFlight,
    ModelGlobs,
    Name,
    PolicyNames,
    RequestsPerMinute,
    Residency,
    Tags,
    Team,
    TokensPerMinute,
    grants,
)
from router.cli.options import AsAdmin, AsJson, ConfigFolder, DataFolder, LedgerKey, LedgerUrl, place_of

key = Commands(no_args_is_help=True, help="Make API keys, and say what each may do, and how much.")


@key.command()
def create(
    name: Name,
    team: Team = None,
    residency: Residency = None,
    tag: Tags = None,
    consent: ConsentWord = None,
    disclosure: DisclosureWord = None,
    models: ModelGlobs = None,
    policies: PolicyNames = None,
    requests_per_minute: RequestsPerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    in_flight: InFlight = None,
    budget: Budgets = None,
    expires: Expires = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Make a key; its secret is printed once, and kept nowhere."""
    from router.cli.key.key_change import create as run

    granted = grants(
        team,
        residency,
        tag,
        consent,
        disclosure,
        models,
        policies,
        requests_per_minute,
        tokens_per_minute,
        in_flight,
        budget,
        expires,
    )
    run(name, granted, because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@key.command("list")
def list_(
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """List every key: whether it is good, and what it grants."""
    from router.cli.key.key_list import run

    run(config, place_of(data, ledger, ledger_key), as_json=json)


@key.command()
def show(
    name: Name,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Show one key: what it grants, what it has used of its budgets, and what became of it."""
    from router.cli.key.key_show import run

    run(name, config, place_of(data, ledger, ledger_key), as_json=json)


@key.command("set")
def set_(
    name: Name,
    team: Team = None,
    residency: Residency = None,
    tag: Tags = None,
    consent: ConsentWord = None,
    disclosure: DisclosureWord = None,
    models: ModelGlobs = None,
    policies: PolicyNames = None,
    requests_per_minute: RequestsPerMinute = None,
    tokens_per_minute: TokensPerMinute = None,
    in_flight: InFlight = None,
    budget: Budgets = None,
    expires: Expires = None,
    clear: Clear = None,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Change what a key grants: what is given here is written anew, the rest stays."""
    from router.cli.key.key_change import change as run

    granted = grants(
        team,
        residency,
        tag,
        consent,
        disclosure,
        models,
        policies,
        requests_per_minute,
        tokens_per_minute,
        in_flight,
        budget,
        expires,
    )
    run(name, granted, clear or [], because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@key.command()
def rotate(
    name: Name,
    overlap: Annotated[
        str, typer.Option(help="How long the old secret stays good, such as '1 hour' or '7 days'.")
    ] = "0 s",
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """Give a key a new secret, which is printed once; what it grants and what it has used stay."""
    from router.cli.key.key_change import rotate as run

    run(name, overlap, because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)


@key.command()
def revoke(
    name: Name,
    because: Because = "",
    admin_key_file: AsAdmin = None,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    ledger_key: LedgerKey = None,
    json: AsJson = False,
) -> None:
    """End a key, for good; its name is not given again."""
    from router.cli.key.key_change import revoke as run

    run(name, because, admin_key_file, config, place_of(data, ledger, ledger_key), as_json=json)
