"""A configuration in which nothing knows who owns a model: the same bands, floors, guards and budgets, without favours.

Invariant: guards, consent, floors, bands and what budgets leave stay; what goes is what names models for another
reason than price and predicted quality.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from router.types import Config, Policy


def without_ramps(config: Config) -> Config:
    """Nothing is moved."""
    return replace(config, ramps=()) if config.ramps else config


def without_preferences(config: Config) -> Config:
    """No model, family or owner is preferred."""
    return _without(config, "prefer")


def without_lists(config: Config) -> Config:
    """Every model of the catalog may compete."""
    return _without(config, "models")


# One after another, each on top of the one before.
STEPS: Mapping[str, Callable[[Config], Config]] = {
    "ramps": without_ramps,
    "preferences": without_preferences,
    "lists": without_lists,
}


def hidden(config: Config) -> tuple[Config, ...]:
    """The configuration as it is, then with one thing after another taken away."""
    versions = [config]
    for step in STEPS.values():
        versions.append(step(versions[-1]))
    return tuple(versions)


def _without(config: Config, key: str) -> Config:
    policies = {name: _plain(policy, key) for name, policy in config.policies.items()}
    same = all(policies[name] is policy for name, policy in config.policies.items())
    return config if same else replace(config, policies=policies)


def _plain(policy: Policy, key: str) -> Policy:
    nothing: Any = {key: None}
    if getattr(policy, key) is None and all(getattr(rule.set, key) is None for rule in policy.rules):
        return policy
    rules = tuple(replace(rule, set=replace(rule.set, **nothing)) for rule in policy.rules)
    return replace(policy, rules=rules, **nothing)
