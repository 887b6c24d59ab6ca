"""`fungible policy test`: the tests that stand in a policy file, a line for each.

Invariant: the exit code is 1 where a test fails, and 0 where all pass or there is none.
"""

import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from router.api.assembly import reader_of
from router.api.live_config import try_with
from router.cli.policy.sources import sources_of
from router.config.files.yaml_source import Source
from router.config.load import POLICIES, build
from router.policy.describe import describe
from router.policy.policy_tests import Tried


def run(file: Path | None, folder: Path | None, reader: Path | None, *, as_json: bool) -> None:
    """Run every test and show what came of it; raises ConfigError for a file that does not load."""
    sources = sources_of(file, folder)
    tried = try_with(build(sources), reader_of(reader))
    if as_json:
        rows = [_row(outcome, sources[POLICIES]) for outcome in tried]
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _show(tried, sources[POLICIES])
    sys.exit(0 if all(outcome.passed for outcome in tried) else 1)


def _show(tried: tuple[Tried, ...], source: Source) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for outcome in tried:
        sign = "[green]✓[/]" if outcome.passed else "[bold red]✗[/]"
        console.print(f"{sign} [dim]{escape(_where(outcome, source))}[/] {outcome.policy}: {escape(_title(outcome))}")
        if not outcome.passed:
            console.print(f"    {escape(outcome.sentence)}")
    failed = sum(not outcome.passed for outcome in tried)
    if not tried:
        console.print(f"no tests stand in {source.name}", markup=False)
    else:
        console.print(f"{len(tried) - failed} passed, [{'bold red' if failed else 'dim'}]{failed} failed[/]")


def _where(outcome: Tried, source: Source) -> str:
    """`file:line`, where the test begins."""
    return source.at(("policies", outcome.policy, "tests", outcome.position)).rpartition(":")[0]


def _title(outcome: Tried) -> str:
    return outcome.trial.because or describe(outcome.trial.given)


def _row(outcome: Tried, source: Source) -> dict[str, Any]:
    file, _, line = _where(outcome, source).rpartition(":")
    return {
        "policy": outcome.policy,
        "test": outcome.position + 1,
        "file": file,
        "line": int(line),
        "title": _title(outcome),
        "passed": outcome.passed,
        "message": outcome.sentence,
    }
