"""When a rule or a ramp applies, and what a policy becomes once its rules have spoken.

Invariant: rules apply in the order of the file, every one that matches, and a later one wins.
"""

from dataclasses import replace
from typing import Any

from router.types import Change, Condition, Features, Policy


def holds(when: Condition, features: Features) -> bool:
    """Whether every part of the condition that is given holds."""
    return (
        (when.task is None or features.task in when.task)
        and (when.language is None or features.language in when.language)
        and (when.difficulty_at_least is None or features.difficulty >= when.difficulty_at_least)
        and (when.difficulty_below is None or features.difficulty < when.difficulty_below)
    )


def effective(policy: Policy, features: Features) -> tuple[Policy, tuple[str, ...]]:
    """The policy as it stands for these features, and the names of the rules that made it so."""
    applied: list[str] = []
    for rule in policy.rules:
        if holds(rule.when, features):
            policy = replace(policy, **_given(rule.set))
            applied.append(rule.name)
    return policy, tuple(applied)


def _given(change: Change) -> dict[str, Any]:
    fields = {"band": change.band, "optimize": change.optimize, "models": change.models, "prefer": change.prefer}
    return {name: value for name, value in fields.items() if value is not None}
