"""Every check, one after another.

Invariant: a file that does not load gives all its errors, with the warnings that hold for what is sound of it; all
stand in the order of the files, each once.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from router.config.files.yaml_source import Source
from router.config.load import POLICIES, build
from router.errors import ConfigError
from router.policy.lint.alias_checks import aliases
from router.policy.lint.beside_errors import certain, sound_rest
from router.policy.lint.budget_checks import budgets
from router.policy.lint.deployment_checks import deployments
from router.policy.lint.finding import Finding, refusals
from router.policy.lint.floor_checks import floors
from router.policy.lint.guard_checks import guards
from router.policy.lint.policy_file import Sheet
from router.policy.lint.preference_checks import preferences
from router.policy.lint.price_checks import caps, prices
from router.policy.lint.rule_checks import rules
from router.policy.lint.trial_checks import trials

_CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (
    guards,
    rules,
    preferences,
    floors,
    budgets,
    prices,
    caps,
    deployments,
    trials,
    aliases,
)


def lint(sources: Mapping[str, Source], day: date, stale_days: int) -> tuple[Finding, ...]:
    """What is wrong, or likely wrong, in these files on a day."""
    try:
        config = build(sources)
    except ConfigError as error:
        gathered = [*refusals(error), *_warned_beside(sources, error, day, stale_days)]
    else:
        gathered = _warned(Sheet(sources, config, day, stale_days))
    return tuple(sorted(dict.fromkeys(gathered), key=lambda finding: (finding.place, finding.code)))


def _warned(sheet: Sheet) -> list[Finding]:
    return [finding for check in _CHECKS for finding in check(sheet)]


def _warned_beside(sources: Mapping[str, Source], error: ConfigError, day: date, stale_days: int) -> Iterator[Finding]:
    if (left := sound_rest(sources, error)) is not None:
        rest, config, wrong = left
        yield from certain(_warned(Sheet(rest, config, day, stale_days)), sources[POLICIES], wrong)
