"""Rules that do nothing, or do it always: their place is another, or none.

Invariant: a rule is judged where it is written, by what it does there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from router.config.files.yaml_source import Path_
from router.decision.names.patterns import fits
from router.policy.describe import describe, listed
from router.policy.lint.condition_ranges import SURE, UNSURE, Extent, always, extent, within
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet, words_in
from router.policy.lint.rule_cover import RuleCover
from router.policy.written_values import dates
from router.types import MINUTES_A_DAY, TASKS, Between, Change, Condition, Guard, Rule

# What the shipped reader tells of a language, and so does one that was fitted.
LANGUAGES = ("en", "ko", "ja", "zh", "es", "de", "fr", "pt", "other")


def rules(sheet: Sheet) -> Iterator[Finding]:
    """Everything about rules."""
    for name, policy in sheet.config.policies.items():
        own = sheet.own(name, sheet.rules(name))
        cover = RuleCover([rule for _, rule in own])
        guards = [(guard, extent(guard.when)) for guard in policy.guards]
        for place, (path, rule) in enumerate(own):
            yield from _applies(sheet, path, rule)
            yield from unheard_of(sheet, path, rule.when)
            yield from has_ended(sheet, path, "rule", rule.name, rule.when)
            yield from _overwritten(sheet, path, rule, (own[later][1] for later in cover.later(place)))
            yield from _leaves_nothing(sheet, path, rule, guards)


def never_applies(sheet: Sheet, path: Path_, what: str, name: str, when: Condition) -> Iterator[Finding]:
    """A condition that no request can pass; for guards too."""
    passing = extent(when)
    # A guard applies too where a number is not known.
    no_number = passing.no_number(UNSURE if what == "guard" else SURE)
    nothing = (*no_number, *(subject for subject, words in passing.words.items() if not words))
    if passing.difficulty and not nothing:
        return
    subjects = nothing[:1] if passing.difficulty else ("complexity", "difficulty")
    at_fault = tuple(test for test in when.tests if test.subject in subjects)
    yield sheet.warn(
        (*path, "when", "until" if at_fault[-1].subject == "date" else at_fault[-1].subject),
        f"{what}-never-applies",
        f"The {what} {name!r} can never apply: nothing passes `{describe(Condition(at_fault))}`.",
        f"Write what something can pass, or take the {what} out.",
    )


def unheard_of(sheet: Sheet, path: Path_, when: Condition) -> Iterator[Finding]:
    """Languages that no reader tells; for guards too."""
    if not any(test.subject == "language" for test in when.tests):
        return
    place = (*path, "when", "language")
    for step, word in words_in(sheet.at(place)):
        if not any(fits(language, (word,)) for language in LANGUAGES):
            yield sheet.warn(
                (*place, *step),
                "language-unknown",
                f"No request is in {word!r}: the reader tells {listed(LANGUAGES)}.",
                f"Write one of {listed(LANGUAGES)}.",
            )


def has_ended(sheet: Sheet, path: Path_, what: str, name: str, when: Condition) -> Iterator[Finding]:
    """What was for a time that is over; for guards too."""
    for test in when.tests:
        # A day later, since the day in the file's timezone may be another.
        if (
            test.subject == "date"
            and isinstance(test, Between)
            and test.most < (sheet.day.toordinal() - 1) * MINUTES_A_DAY
        ):
            sentence = f"The {what} {name!r} has ended: it applies until {dates(test)['until']}."
            yield sheet.warn((*path, "when", "until"), f"{what}-ended", sentence, "Take it out, or write another end.")


def _applies(sheet: Sheet, path: Path_, rule: Rule) -> Iterator[Finding]:
    yield from never_applies(sheet, path, "rule", rule.name, rule.when)
    if always(extent(rule.when)):
        yield sheet.warn(
            (*path, "when"),
            "rule-always-applies",
            f"The rule {rule.name!r} applies to every request.",
            "Write what it sets in the policy itself, or say when it applies.",
        )


def _overwritten(sheet: Sheet, path: Path_, rule: Rule, later: Iterator[Rule]) -> Iterator[Finding]:
    """A rule of which later ones, that apply whenever it does, set all that it sets."""
    left, over = _keys(rule.set), list[Rule]()
    for other in later:
        if not left.isdisjoint(keys := _keys(other.set)):
            over.append(other)
            left -= keys
        if not left:
            break
    if over and left:
        yield from _partly(sheet, path, rule, over, _keys(rule.set) - left)
    elif over:
        names = listed([other.name for other in over], " and ")
        single = len(over) == 1
        wins = f"does {names}, which comes later and wins" if single else f"do {names}, which come later and win"
        yield sheet.warn(
            (*path, "name"),
            "rule-overwritten",
            f"The rule {rule.name!r} has no effect: whenever it applies, so {wins}.",
            f"Move it below {names}, or take it out.",
        )


def _partly(sheet: Sheet, path: Path_, rule: Rule, over: list[Rule], lost: set[str]) -> Iterator[Finding]:
    """A rule of which a later one takes some back, although that was written for more requests."""
    names = listed([other.name for other in over], " and ")
    yield sheet.warn(
        (*path, "name"),
        "rule-partly-overwritten",
        f"What the rule {rule.name!r} sets as {listed(lost, ' and ')} never counts: {names} applies whenever it does, "
        "comes later and wins.",
        f"Move it below {names}, or leave that out.",
    )


def _keys(change: Change) -> set[str]:
    """What a change sets; of floors, each task."""
    keys = {
        key
        for key in (each.name for each in fields(Change) if each.name != "floors")
        if getattr(change, key) is not None
    }
    return keys | {f"floors.{task}" for task in change.floors}


def _leaves_nothing(sheet: Sheet, path: Path_, rule: Rule, guards: Sequence[tuple[Guard, Extent]]) -> Iterator[Finding]:
    """A rule whose models are all barred, or unable, whenever it applies."""
    if rule.set.models is None or (here := extent(rule.when)).empty:
        return
    barred = sheet.barred(guard for guard, there in guards if within(here, there))
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
