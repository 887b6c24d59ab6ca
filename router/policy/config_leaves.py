"""A configuration as its smallest parts that can differ, each by a path.

Invariant: a part is listed if and only if a decision, a call or a bill may come to depend on it; where numbers come
from, when they were checked, and the tests of a policy are not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from router.policy.describe_contracts import contract_leaves
from router.types import Config, Model, Policy

Path_ = tuple[str, ...]
Leaves = Mapping[Path_, Any]
SECTIONS = (
    "default",
    "timezone",
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

_WHOLE = ("because", "band", "optimize", "models", "prefer", "consent", "disclosure", "charge", "aliases")
_LISTS = ("guards", "rules", "budgets")
_ORIGINS = {"id", "abilities", "speed", "source", "date", "status", "note"}


def leaves(config: Config) -> dict[Path_, Any]:
    """Every part by its path; what is not set is not there."""
    found: dict[Path_, Any] = {("default",): config.default_policy, ("timezone",): config.timezone}
    for name, policy in config.policies.items():
        found[("policies", name)] = policy
        found.update((("policies", name, *path), value) for path, value in _of_policy(policy))
    for model in config.models:
        found[("models", model.id)] = model
        found.update((("models", model.id, *path), value) for path, value in _of_model(model))
    for section, named in (("tokenizers", config.tokenizers), ("prices", config.prices)):
        found.update(((section, name), value) for name, value in named.items())
    found.update((("ramps", ramp.name), ramp) for ramp in config.ramps)
    found.update((("plans", plan.name), plan) for plan in config.plans)
    found.update((("deployments", one.name), one) for one in config.deployments)
    found[("resilience",)] = config.resilience
    found.update((("contracts", *path), value) for path, value in contract_leaves(config.contracts))
    return found


def orders(config: Config) -> dict[Path_, tuple[str, ...]]:
    """The names of what stands in an order, by the path of the list."""
    found: dict[Path_, tuple[str, ...]] = {
        ("ramps",): tuple(ramp.name for ramp in config.ramps),
        ("plans",): tuple(plan.name for plan in config.plans),
        ("deployments",): tuple(one.name for one in config.deployments),
    }
    for name, policy in config.policies.items():
        for part in _LISTS:
            found[("policies", name, part)] = tuple(one.name for one in getattr(policy, part))
    return found


def _of_policy(policy: Policy) -> Iterable[tuple[Path_, Any]]:
    for key in _WHOLE:
        if (value := getattr(policy, key)) not in (None, ()):
            yield (key,), value
    for task, floor in policy.floors.items():
        yield ("floors", task), floor
    for part in _LISTS:
        for one in getattr(policy, part):
            yield (part, one.name), one


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
