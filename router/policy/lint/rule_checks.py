"""Rules that do nothing, or do it always: their place is another, or none.

Invariant: a rule is judged where it is written, by what it does there.
"""

from collections.abc import Iterator

from router.config.files.yaml_source import Path_
from router.policy.describe import describe, listed
from router.policy.lint.condition_ranges import always, extent, within
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Placed, Sheet, words_of
from router.types import TASKS, Change, Condition, Policy, Rule

# What the shipped reader tells of a language, and so does one that was fitted.
LANGUAGES = ("en", "ko", "other")


def rules(sheet: Sheet) -> Iterator[Finding]:
    """Everything about rules."""
    for name, policy in sheet.config.policies.items():
        own = sheet.own(name, sheet.rules(name))
        for place, (path, rule) in enumerate(own):
            yield from _applies(sheet, path, rule)
            yield from unheard_of(sheet, path, rule.when)
            yield from _overwritten(sheet, path, rule, own[place + 1 :])
            yield from _leaves_nothing(sheet, path, rule, policy)


def never_applies(sheet: Sheet, path: Path_, what: str, name: str, when: Condition) -> Iterator[Finding]:
    """A condition that no request can pass; for guards too."""
    found = extent(when)
    if not found.empty:
        return
    subjects = found.no_number[:1] if found.difficulty else ("complexity", "difficulty")
    at_fault = tuple(test for test in when.tests if test.subject in subjects)
    yield sheet.warn(
        (*path, "when", at_fault[-1].subject),
        f"{what}-never-applies",
        f"The {what} {name!r} can never apply: nothing passes `{describe(Condition(at_fault))}`.",
        f"Write what something can pass, or take the {what} out.",
    )


def unheard_of(sheet: Sheet, path: Path_, when: Condition) -> Iterator[Finding]:
    """Languages that no reader tells; for guards too."""
    if not any(test.subject == "language" for test in when.tests):
        return
    place = (*path, "when", "language")
    for position, word in enumerate(words_of(sheet.at(place))):
        if word not in LANGUAGES:
            yield sheet.warn(
                (*place, position),
                "language-unknown",
                f"No request is in {word!r}: the reader tells {listed(LANGUAGES)}.",
                f"Write one of {listed(LANGUAGES)}.",
            )


def _applies(sheet: Sheet, path: Path_, rule: Rule) -> Iterator[Finding]:
    yield from never_applies(sheet, path, "rule", rule.name, rule.when)
    if always(extent(rule.when)):
        yield sheet.warn(
            (*path, "when"),
            "rule-always-applies",
            f"The rule {rule.name!r} applies to every request.",
            "Write what it sets in the policy itself, or say when it applies.",
        )


def _overwritten(sheet: Sheet, path: Path_, rule: Rule, later: Placed[Rule]) -> Iterator[Finding]:
    """A rule of which later ones, that apply whenever it does, set all that it sets."""
    here = extent(rule.when)
    over = [other for _, other in later if not here.empty and within(here, extent(other.when))]
    said = {key for other in over for key in _keys(other.set)}
    if over and said.issuperset(_keys(rule.set)):
        names = listed([other.name for other in over], " and ")
        one = len(over) == 1
        wins = f"does {names}, which comes later and wins" if one else f"do {names}, which come later and win"
        yield sheet.warn(
            (*path, "name"),
            "rule-overwritten",
            f"The rule {rule.name!r} has no effect: whenever it applies, so {wins}.",
            f"Move it below {names}, or take it out.",
        )


def _keys(change: Change) -> set[str]:
    """What a change sets; of floors, each task."""
    keys = {key for key in ("band", "optimize", "models", "prefer") if getattr(change, key) is not None}
    return keys | {f"floors.{task}" for task in change.floors}


def _leaves_nothing(sheet: Sheet, path: Path_, rule: Rule, policy: Policy) -> Iterator[Finding]:
    """A rule whose models are all barred, or unable, whenever it applies."""
    here = extent(rule.when)
    if rule.set.models is None or here.empty:
        return
    barred = sheet.barred(guard for guard in policy.guards if within(here, extent(guard.when)))
    tasks = here.words.get("task", frozenset(TASKS))
    rows = [model for model in sheet.config.models if model.id in rule.set.models and model.id not in barred]
    if not any(tasks.intersection(model.abilities.values) for model in rows):
        why = "has an ability for its work" if rows else "is left by the guards that apply with it"
        yield sheet.warn(
            (*path, "set", "models"),
            "rule-leaves-nothing",
            f"Where the rule {rule.name!r} applies, nothing can answer: none of its models {why}.",
            "Name another model, or narrow the rule.",
        )
