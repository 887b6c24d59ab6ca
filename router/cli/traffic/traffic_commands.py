"""The commands `fungible outcomes` and `fungible drift`, with their options.

Invariant: what a command does is imported once it runs.
"""

from typing import Annotated

import typer

from router.cli.options import MOST_DAYS, AsJson, ConfigFolder, DataFolder, LedgerUrl, place_of
from router.cli.traffic.loop_options import Judges, LabelNext, Out, Policies, Words


def outcomes(
    out: Out = None,
    words: Words = None,
    policy: Policies = None,
    label_next: LabelNext = None,
    judges: Judges = False,
    config: ConfigFolder = None,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Make a table of outcomes from the ledger, and say what a policy would have scored on that traffic."""
    from router.cli.traffic.outcomes_command import Asked, run

    run(Asked(out, words, policy or [], label_next, judges), config, place_of(data, ledger), as_json=json)


def drift(
    recent: Annotated[int, typer.Option(help="The last so many days are compared.", min=1, max=MOST_DAYS)] = 7,
    before: Annotated[int, typer.Option(help="With so many days before them.", min=1, max=MOST_DAYS)] = 28,
    fail: Annotated[bool, typer.Option("--fail", help="Exit code 4 where something has drifted.")] = False,
    data: DataFolder = None,
    ledger: LedgerUrl = None,
    json: AsJson = False,
) -> None:
    """Say whether tasks, languages, difficulty or the calibration of what was predicted have changed."""
    from router.cli.traffic.drift_command import run

    run(recent, before, place_of(data, ledger), fail=fail, as_json=json)
