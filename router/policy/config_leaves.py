"""A configuration as its smallest parts that can differ, each by a path.

Invariant: a part is listed if and only if a decision, a call or a bill may come to depend on it; where numbers come
from, when they were checked, and the tests of a policy are not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from router.config.policy_inheritance import INHERITED
from router.policy.describe_contracts import contract_leaves
from router.types import Config, Model, Policy

Path_ = tuple[str, ...]
Leaves = Mapping[Path_, Any]
SECTIONS = (
    "default",
    "timezone",
    "approvals",
    "metadata_tags",
    "aliases",
    "version_aliases",
    "phrases",
    "policies",
    "models",
    "tokenizers",
    "prices",
    "ramps",
    "plans",
    "deployments",
    "resilience",
    "contracts",
)

_WHOLE = (*INHERITED, "aliases")
_LISTS = ("guards", "rules", "budgets")
_ORIGINS = {"id", "abilities", "speed", "source", "date", "status", "note"}


def leaves(config: Config) -> dict[Path_, Any]:
    """Every part by its path; what is not set is not there."""
    parts: dict[Path_, Any] = {("default",): config.default_policy, ("timezone",): config.timezone}
    if config.approvals > 1:
        parts["approvals",] = config.approvals
    if config.metadata_tags:
        parts["metadata_tags",] = config.metadata_tags
    parts.update((("aliases", pattern), target) for pattern, target in config.aliases.items())
    parts.update((("version_aliases", name), alias) for name, alias in config.version_aliases.items())
    parts.update((("phrases", name), some) for name, some in config.phrases.items())
    for name, policy in config.policies.items():
        parts[("policies", name)] = policy
        parts.update((("policies", name, *path), value) for path, value in _of_policy(policy))
    for model in config.models:
        parts[("models", model.id)] = model
        parts.update((("models", model.id, *path), value) for path, value in _of_model(model))
    for section, named in (("tokenizers", config.tokenizers), ("prices", config.prices)):
        parts.update(((section, name), value) for name, value in named.items())
    parts.update((("ramps", ramp.name), ramp) for ramp in config.ramps)
    parts.update((("plans", plan.name), plan) for plan in config.plans if not plan.ramp.alias)
    parts.update((("deployments", deployment.name), deployment) for deployment in config.deployments)
    parts[("resilience",)] = config.resilience
    parts.update((("contracts", *path), value) for path, value in contract_leaves(config.contracts))
    return parts


def orders(config: Config) -> dict[Path_, tuple[str, ...]]:
    """The names of what stands in an order, by the path of the list."""
    by_path: dict[Path_, tuple[str, ...]] = {
        ("ramps",): tuple(ramp.name for ramp in config.ramps),
        ("plans",): tuple(plan.name for plan in config.plans if not plan.ramp.alias),
        ("deployments",): tuple(deployment.name for deployment in config.deployments),
    }
    for name, policy in config.policies.items():
        for part in _LISTS:
            by_path[("policies", name, part)] = tuple(item.name for item in getattr(policy, part))
    return by_path


def _of_policy(policy: Policy) -> Iterable[tuple[Path_, Any]]:
    for key in _WHOLE:
        if (value := getattr(policy, key)) not in (None, ()):
            yield (key,), value
    for task, floor in policy.floors.items():
        yield ("floors", task), floor
    for part in _LISTS:
        for item in getattr(policy, part):
            yield (part, item.name), item


def _of_model(model: Model) -> Iterable[tuple[Path_, Any]]:
    for field in fields(model):
        if field.name not in _ORIGINS:
            yield (field.name,), getattr(model, field.name)
    for task, ability in model.abilities.values.items():
        yield ("abilities", task), ability
    if model.abilities.loadings:
        yield ("abilities", "loadings"), model.abilities.loadings
    for key in ("first_token_ms", "tokens_per_second"):
        yield ("speed", key), getattr(model.speed, key)
