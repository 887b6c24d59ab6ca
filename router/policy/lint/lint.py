"""Every check, one after another.

Invariant: a file that does not load gives errors and nothing else; one that loads gives warnings, in the order of the
files, each once.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from router.config.load import build
from router.config.source import Source
from router.errors import ConfigError
from router.policy.lint.budgets import budgets
from router.policy.lint.deployments import deployments
from router.policy.lint.finding import Finding, refusals
from router.policy.lint.floors import floors
from router.policy.lint.guards import guards
from router.policy.lint.preferences import preferences
from router.policy.lint.prices import prices
from router.policy.lint.rules import rules
from router.policy.lint.sheet import Sheet

_CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (
    guards,
    rules,
    preferences,
    floors,
    budgets,
    prices,
    deployments,
)


def lint(sources: Mapping[str, Source], day: date, stale_days: int) -> tuple[Finding, ...]:
    """What is wrong, or likely wrong, in these files on a day."""
    try:
        config = build(sources)
    except ConfigError as error:
        return refusals(error)
    sheet = Sheet(sources, config, day, stale_days)
    found = dict.fromkeys(finding for check in _CHECKS for finding in check(sheet))
    return tuple(sorted(found, key=lambda finding: (finding.place, finding.code)))
