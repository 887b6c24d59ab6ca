"""`fungible policy lint`: what is wrong in a policy file, a line for each finding.

Invariant: the exit code is 1 where something is wrong, or, with --strict, where anything is told.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape

from router.cli.policy.sources import sources_of
from router.errors import ConfigError
from router.policy.lint import Finding, lint
from router.policy.lint.finding import refusals

_STYLES = {"error": "bold red", "warning": "yellow"}


def run(file: Path | None, folder: Path | None, stale_days: int, *, strict: bool, as_json: bool) -> None:
    """Check the files and show every finding."""
    reported = findings(file, folder, stale_days)
    if as_json:
        sys.stdout.buffer.write(
            orjson.dumps([finding.to_json() for finding in reported], option=orjson.OPT_INDENT_2) + b"\n"
        )
    else:
        _show(reported)
    sys.exit(1 if any(strict or finding.severity == "error" for finding in reported) else 0)


def findings(file: Path | None, folder: Path | None, stale_days: int) -> tuple[Finding, ...]:
    """What is found today; text that is not YAML is a finding too."""
    try:
        sources = sources_of(file, folder)
    except ConfigError as error:
        return refusals(error)
    return lint(sources, datetime.now(UTC).date(), stale_days)


def _show(reported: tuple[Finding, ...]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in reported:
        style = _STYLES[finding.severity]
        what = f"[{style}]{finding.severity}[/] [bold]{finding.code}[/]"
        console.print(
            f"{escape(finding.where)}: {what}: {escape(finding.sentence)} [dim]{escape(finding.suggestion)}[/]"
        )
        if finding.line:
            console.print(f"    [dim]|[/] {escape(finding.line)}")
    counts = {severity: sum(finding.severity == severity for finding in reported) for severity in _STYLES}
    console.print(", ".join(f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items()))
