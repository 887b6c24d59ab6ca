"""Which parts of a policy its tests try, and which of them a test would miss.

Invariant: a part is needed by a test where the same test fails without it; where it does not apply, nothing is changed
by taking it out, so that only the tests to which it applies are run again.
"""

from dataclasses import replace
from datetime import date

from router.config.files.yaml_source import Path_
from router.errors import RouterError
from router.policy.coverage.covered import PartPlace, Tally, parts_of
from router.policy.lint.policy_file import Sheet
from router.policy.policy_tests import ReadText, considered, try_one
from router.policy.what_applied import Part, steps
from router.types import Config, Policy


def by_tests(sheet: Sheet, read: ReadText, day: date, tallies: dict[Path_, Tally]) -> None:
    """Count, for each part, the tests to which it applies and those that fail without it."""
    places = {(place.policy, place.part, place.name): place for place in parts_of(sheet)}
    config = replace(sheet.config, ramps=())
    for name, policy in config.policies.items():
        for position, trial in enumerate(policy.tests):
            try:
                facts = considered(name, trial.given, config, read, day)
            except RouterError:
                continue
            passed = try_one(name, position, trial, config, read, day).passed
            for step in steps(*facts, config):
                if step.applied:
                    tally = tallies.setdefault(places[name, step.part, step.name].path, Tally())
                    tally.tests += 1
                    less = _without(config, places[name, step.part, step.name])
                    tally.needed += passed and not try_one(name, position, trial, less, read, day).passed


def _without(config: Config, place: PartPlace) -> Config:
    """The same configuration, in which one policy lacks one part."""
    policy = config.policies[place.policy]
    return replace(config, policies={**config.policies, place.policy: _less(policy, place.part, place.name)})


def _less(policy: Policy, part: Part, name: str) -> Policy:
    if part == "rule":
        return replace(policy, rules=tuple(rule for rule in policy.rules if rule.name != name))
    if part == "guard":
        return replace(policy, guards=tuple(guard for guard in policy.guards if guard.name != name))
    return replace(policy, budgets=tuple(budget for budget in policy.budgets if budget.name != name))
