"""Every check, one after another.

Invariant: a file that does not load gives errors and nothing else; one that loads gives warnings, in the order of the
files, each once.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from router.config.files.yaml_source import Source
from router.config.load import build
from router.errors import ConfigError
from router.policy.lint.budget_checks import budgets
from router.policy.lint.deployment_checks import deployments
from router.policy.lint.finding import Finding, refusals
from router.policy.lint.floor_checks import floors
from router.policy.lint.guard_checks import guards
from router.policy.lint.policy_file import Sheet
from router.policy.lint.preference_checks import preferences
from router.policy.lint.price_checks import prices
from router.policy.lint.rule_checks import rules

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
