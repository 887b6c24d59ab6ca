"""Policies spelled out: what each takes from others written down where it acts.

Invariant: what is spelled out loads, and means the same as what it spells out, but that a budget which a policy took
from another becomes one with an account of its own.
"""

from dataclasses import fields
from typing import Any

import yaml

from router.policy.describe import amount, clock, describe
from router.types import Budget, Condition, Config, During, Guard, OneOf, Policy, Rule, Test, Trial
from router.types.conditions import Between

_PLAIN = ("because", "band", "optimize", "models", "prefer", "floors", "consent", "disclosure", "charge", "aliases")
WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Keys below one another, words side by side."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def _words(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, dict | list) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


_Dumper.add_representer(list, _words)


def spelled_out(config: Config, names: tuple[str, ...]) -> str:
    """policies.yaml of these policies, without `extends`; house guards and budgets stand at the head."""
    first = config.policies[names[0]]
    own = {name: len(policy.guards) - _house(policy, config) for name, policy in config.policies.items()}
    whole = {
        "default": config.default_policy if config.default_policy in names else names[0],
        "timezone": config.timezone,
        "guards": [_guard(guard) for guard in first.guards[: len(first.guards) - own[names[0]]]],
        "budgets": [_budget(budget) for budget in first.budgets if budget.home == "*"],
        "policies": {name: _policy(config.policies[name], own[name]) for name in names},
    }
    text: str = yaml.dump(_kept(whole), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text


def _house(policy: Policy, config: Config) -> int:
    """How many guards at the head of a policy's are those of the house: the ones that all policies begin with."""
    shared = [other.guards for other in config.policies.values()]
    count = min(map(len, shared))
    while count and any(guards[:count] != policy.guards[:count] for guards in shared):
        count -= 1
    return count


def _policy(policy: Policy, own: int) -> dict[str, Any]:
    said = {name: _bare(getattr(policy, name)) for name in _PLAIN}
    guards = policy.guards[len(policy.guards) - own :]
    return _kept(
        {
            **said,
            "guards": [_guard(guard) for guard in guards],
            "rules": [_rule(rule) for rule in policy.rules],
            "budgets": [_budget(budget) for budget in policy.budgets if budget.home != "*"],
            "tests": [_trial(trial) for trial in policy.tests],
        }
    )


def _guard(guard: Guard) -> dict[str, Any]:
    # A guard whose condition always holds has none to write.
    when = {"when": _when(guard.when)} if guard.when.tests else {}
    regions = {"region": list(guard.regions)} if guard.regions else {}
    return {"name": guard.name, "because": guard.because, **when, "never": {"model": list(guard.never), **regions}}


def _rule(rule: Rule) -> dict[str, Any]:
    change = {found.name: _bare(getattr(rule.set, found.name)) for found in fields(rule.set)}
    return {"name": rule.name, "because": rule.because, "when": _when(rule.when), "set": _kept(change)}


def _budget(budget: Budget) -> dict[str, Any]:
    of = {found.name: _bare(getattr(budget.of, found.name)) for found in fields(budget.of)}
    then = {found.name: _bare(getattr(budget.then, found.name)) for found in fields(budget.then)}
    return _kept(
        {
            "name": budget.name,
            "because": budget.because or None,
            "of": _kept(of),
            "each": budget.each,
            "limit": amount(budget),
            "per": budget.per,
            "then": _kept(then) or "deny",
        }
    )


def _trial(trial: Trial) -> dict[str, Any]:
    given = {found.name: _bare(getattr(trial.given, found.name)) for found in fields(trial.given)}
    given["time"] = clock(trial.given.time)
    expect = {found.name: _bare(getattr(trial.expect, found.name)) for found in fields(trial.expect)}
    return _kept({"given": _kept(given), "expect": _kept(expect), "because": trial.because or None})


def _when(when: Condition) -> dict[str, Any]:
    return {test.subject: _test(test) for test in when.tests}


def _test(test: Test) -> Any:
    if isinstance(test, OneOf):
        return sorted(test.words)
    if isinstance(test, During):
        return f"{clock(test.start)}-{clock(test.end)}"
    return _compared(test)


def _compared(test: Between) -> str:
    return describe(test).removeprefix(f"{test.subject} ")


def _bare(value: Any) -> Any:
    """Plain data for YAML."""
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if hasattr(value, "items") else value


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    """What is said, without what is not; a rule's empty `when` is kept, since a rule must have one."""
    return {name: value for name, value in said.items() if value not in (None, [], {}) or name == "when"}
