"""Policies spelled out: what each takes from others written down where it acts.

Invariant: what is spelled out loads, and means the same as what it spells out, but that a budget which a policy took
from another becomes one with an account of its own.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import yaml

from router.policy.describe import describe
from router.policy.written_values import amount, clock, dates, isoday, percent, raise_to, rolls_over
from router.types import (
    STATED,
    Between,
    Budget,
    Condition,
    Config,
    CostCap,
    During,
    EffortRule,
    Fallback,
    Fits,
    Guard,
    LatencyCap,
    OneOf,
    Policy,
    PriceCap,
    Rule,
    Test,
    Trial,
)

_PLAIN = (
    "because",
    "band",
    "optimize",
    "models",
    "prefer",
    "fallback",
    "floors",
    "consent",
    "disclosure",
    "charge",
    "aliases",
    "max_price",
    "max_cost",
    "effort",
    "max_output",
    "max_latency",
    "healthy_for",
    "cache_for",
)
_UNITS = {"healthy_for": "minutes", "cache_for": "s"}
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
        **({"approvals": config.approvals} if config.approvals > 1 else {}),
        "metadata_tags": list(config.metadata_tags),
        "aliases": _kept_aliases(config, names),
        "phrases": {name: list(some) for name, some in config.phrases.items()},
        "guards": [_guard(guard) for guard in first.guards[: len(first.guards) - own[names[0]]]],
        "budgets": _budgets(budget for budget in first.budgets if budget.home == "*"),
        "policies": {name: _policy(config.policies[name], own[name]) for name in names},
    }
    text: str = yaml.dump(_kept(whole), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text


def _kept_aliases(config: Config, names: tuple[str, ...]) -> dict[str, str]:
    """The aliases that do not lead to a policy that is left out."""
    left = {word for name, policy in config.policies.items() if name not in names for word in (name, *policy.aliases)}
    return {pattern: target for pattern, target in config.aliases.items() if target not in left}


def _house(policy: Policy, config: Config) -> int:
    """How many guards at the head of a policy's are those of the house: the ones that all policies begin with."""
    shared = [other.guards for other in config.policies.values()]
    count = min(map(len, shared))
    while count and any(guards[:count] != policy.guards[:count] for guards in shared):
        count -= 1
    return count


def _policy(policy: Policy, own: int) -> dict[str, Any]:
    said = _timed({name: _bare(getattr(policy, name)) for name in _PLAIN})
    guards = policy.guards[len(policy.guards) - own :]
    return _kept(
        {
            **said,
            "guards": [_guard(guard) for guard in guards],
            "rules": [_rule(rule) for rule in policy.rules],
            "budgets": _budgets(budget for budget in policy.budgets if budget.home != "*"),
            "tests": [_trial(trial) for trial in policy.tests],
        }
    )


def _guard(guard: Guard) -> dict[str, Any]:
    # A guard whose condition always holds has none to write.
    when = {"when": _when(guard.when)} if guard.when.tests else {}
    regions = {"region": list(guard.regions)} if guard.regions else {}
    return {"name": guard.name, "because": guard.because, **when, "never": {"model": list(guard.never), **regions}}


def _rule(rule: Rule) -> dict[str, Any]:
    change = _timed({field.name: _bare(getattr(rule.set, field.name)) for field in fields(rule.set)})
    return {"name": rule.name, "because": rule.because, "when": _when(rule.when), "set": _kept(change)}


def _timed(said: dict[str, Any]) -> dict[str, Any]:
    """What is said, with its stretches of time as they are written."""
    return said | {name: f"{said[name]} {unit}" for name, unit in _UNITS.items() if said.get(name) is not None}


def _budgets(budgets: Iterable[Budget]) -> list[dict[str, Any]]:
    """Budgets as they may be written; the steps of one together."""
    wholes: dict[str, list[Budget]] = {}
    for budget in budgets:
        wholes.setdefault(budget.book, []).append(budget)
    return [_budget(*steps) for steps in wholes.values()]


def _budget(first: Budget, *more: Budget) -> dict[str, Any]:
    of = {field.name: _bare(getattr(first.of, field.name)) for field in fields(first.of)}
    steps = [{"at": percent(step.at), "then": _then(step)} for step in (first, *more)] if first.shared else []
    return _kept(
        {
            "name": first.shared or first.name,
            "because": first.because or None,
            "of": _kept(of),
            "each": first.each,
            "limit": amount(first),
            "per": first.per,
            "raise": raise_to(first),
            "rollover": rolls_over(first),
            "then": None if steps else _then(first),
            "steps": steps,
        }
    )


def _then(budget: Budget) -> Any:
    then = budget.then
    said = {"band": then.band, "models": _bare(then.models), "otherwise": then.otherwise}
    return _kept(said) or ("warn" if then.warns else "deny")


def _trial(trial: Trial) -> dict[str, Any]:
    given = {field.name: _bare(getattr(trial.given, field.name)) for field in fields(trial.given)}
    given |= {fact.name: isoday(day) for fact in STATED if fact.kind == "date" and (day := given[fact.name])}
    given |= {fact.name: clock(given[fact.name]) for fact in STATED if fact.kind == "time"}
    expect = {field.name: _bare(getattr(trial.expect, field.name)) for field in fields(trial.expect)}
    return _kept({"given": _kept(given), "expect": _kept(expect), "because": trial.because or None})


def _when(when: Condition) -> dict[str, Any]:
    said: dict[str, Any] = {test.subject: _test(test) for test in when.tests if test.subject != "date"}
    for test in when.tests:
        if isinstance(test, Between) and test.subject == "date":
            said |= dates(test)
    return said


def _test(test: Test) -> Any:
    if isinstance(test, OneOf):
        return sorted(test.words)
    if isinstance(test, Fits):
        said = {"any": test.some, "all": test.every, "not": test.no}
        return {key: list(words) for key, words in said.items() if words}
    if isinstance(test, During):
        return [f"{clock(start)}-{clock(end)}" for start, end in test.stretches]
    return _compared(test)


def _compared(test: Between) -> str:
    return describe(test).removeprefix(f"{test.subject} ")


def _bare(value: Any) -> Any:
    """Plain data for YAML."""
    if isinstance(value, tuple):
        return [_bare(item) for item in value]
    if isinstance(value, Fallback):
        return _kept({"order": _bare(value.order), "apart": value.apart})
    if isinstance(value, PriceCap):
        return {key: f"{describe(cap)} USD" for key, cap in asdict(value).items() if cap is not None}
    if isinstance(value, LatencyCap):
        return {name: f"{describe(most)} ms" for name, most in value.limits}
    if isinstance(value, EffortRule):
        return {"at_least": value.effort} if value.raises else value.effort
    if isinstance(value, CostCap):
        return describe(value)
    return dict(value) if hasattr(value, "items") else value


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    """What is said, without what is not; a rule's empty `when` is kept, since a rule must have one."""
    return {name: value for name, value in said.items() if value not in (None, [], {}) or name == "when"}
