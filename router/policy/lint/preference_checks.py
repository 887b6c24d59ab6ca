"""What a policy says and cannot mean: preferences for models that may not answer, silence where it is never granted.

Invariant: a policy is judged by what it writes itself, in the light of what it takes from another.
"""

from collections.abc import Collection, Iterator

from router.config.cross_references import selects
from router.config.files.yaml_source import Path_
from router.policy.describe import listed
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet, words_in


def preferences(sheet: Sheet) -> Iterator[Finding]:
    """Everything about `prefer`, `disclosure` and `consent`."""
    for name in sheet.config.policies:
        yield from _of_policy(sheet, name)
        yield from _of_rules(sheet, name)
        yield from _silence(sheet, name)


def _of_policy(sheet: Sheet, name: str) -> Iterator[Finding]:
    allowed, prefer = sheet.reachable(name), [m for rank in sheet.config.policies[name].prefer or () for m in rank]
    if path := sheet.written(name, "prefer"):
        yield from _idle(sheet, path, allowed)
    elif prefer and allowed.isdisjoint(prefer) and (path := sheet.written(name, "models")):
        yield sheet.warn(
            path,
            "prefer-not-allowed",
            f"The policy prefers {listed(prefer)}, as the one that it extends does, but allows none of them.",
            "Allow one of them, or write another `prefer`.",
        )


def _of_rules(sheet: Sheet, name: str) -> Iterator[Finding]:
    for path, rule in sheet.own(name, sheet.rules(name)):
        if rule.set.prefer is not None:
            home: Path_ = path if sheet.at(path).get("prefer") is not None else (*path, "set")
            yield from _idle(sheet, (*home, "prefer"), rule.set.models or sheet.reachable(name))


def _idle(sheet: Sheet, path: Path_, allowed: Collection[str]) -> Iterator[Finding]:
    """Each word of a `prefer` that selects no model that is allowed."""
    for place, word in words_in(sheet.at(path)):
        if not any(selects(word, model) for model in sheet.config.models if model.id in allowed):
            yield sheet.warn(
                (*path, *place),
                "prefer-not-allowed",
                f"{word!r} is preferred, but `models` allows none of its models.",
                "Allow it in `models`, or prefer another.",
            )


def _silence(sheet: Sheet, name: str) -> Iterator[Finding]:
    policy, path = sheet.config.policies[name], sheet.written(name, "disclosure", "consent")
    if path and (policy.disclosure, policy.consent) == ("silent", "exact"):
        yield sheet.warn(
            path,
            "silent-exact",
            "Who consents to one model alone is told which one it was: with `consent: exact` nothing is silent.",
            "Write another `disclosure`, or a wider `consent`.",
        )
