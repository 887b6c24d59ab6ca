"""Guards that bar nothing, never apply, or leave nobody to answer.

Invariant: a set of guards is told to leave nothing only where they can all apply to one request, and no fewer of them
would do.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations, islice, product
from typing import NamedTuple

from router.config.files.yaml_source import Path_
from router.decision.candidates import in_words
from router.decision.conditions import passes
from router.errors import NoCandidate
from router.policy.describe import listed
from router.policy.lint.condition_ranges import UNSURE, Extent, extent, meet
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Placed, Sheet
from router.policy.lint.rule_checks import has_ended, never_applies, unheard_of
from router.types import MINUTES_A_DAY, STATED, TASKS, Condition, Given, Guard, Task

# What callers say of themselves, and many do not.
_WHO = ("team", "key")
# Sets of more guards than this, none of which could be left out, are not looked for, nor so many sets.
_MOST_TOGETHER, _MOST_SETS = 3, 5_000


def guards(sheet: Sheet) -> Iterator[Finding]:
    """Everything about guards."""
    every = {path: guard for name in sheet.config.policies for path, guard in sheet.guards(name)}
    for path, guard in every.items():
        yield from never_applies(sheet, path, "guard", guard.name, guard.when)
        yield from unheard_of(sheet, path, guard.when)
        yield from has_ended(sheet, path, "guard", guard.name, guard.when)
        yield from _bars_nothing(sheet, path, guard)
        yield from _binds_the_unknown(sheet, path, guard)
        yield from _untested(sheet, path, guard)
    yield from _leave_nothing(sheet)


def _bars_nothing(sheet: Sheet, path: Path_, guard: Guard) -> Iterator[Finding]:
    """A guard whose keys fit no model together, or none that its policies allow."""
    if any(sheet.reachable(name).intersection(guard.never) for name in sheet.all_with(path)):
        return
    if guard.never:
        why, advice = "no model that it names is allowed where it counts", "Take it out, or correct it."
    else:
        why, advice = "no model fits all the keys of `never` at once", "Make a guard of each key, or correct one."
    yield sheet.warn((*path, "never"), "guard-bars-nothing", f"The guard {guard.name!r} bars nothing: {why}.", advice)


def _binds_the_unknown(sheet: Sheet, path: Path_, guard: Guard) -> Iterator[Finding]:
    """A guard on who asks, which binds all who do not say, unless a test says that this is meant."""
    subjects = [test.subject for test in guard.when.tests if test.subject in _WHO]
    trials = [trial for name in sheet.all_with(path) for trial in sheet.config.policies[name].tests]
    meant = any(getattr(trial.given, subject) is None for trial in trials for subject in subjects)
    if subjects and trials and not meant:
        sentence = f"The guard {guard.name!r} binds every caller whose {subjects[0]} is not known, too."
        advice = f"Write a test without a {subjects[0]} to say that it is meant; or require keys that say it."
        yield sheet.warn((*path, "when", subjects[0]), "guard-binds-unknown", sentence, advice)


def _untested(sheet: Sheet, path: Path_, guard: Guard) -> Iterator[Finding]:
    """A guard that none of the tests beside it tries, where there are some."""
    trials = [trial for name in sheet.all_with(path) for trial in sheet.config.policies[name].tests]
    if trials and not any(_tries(trial.given, guard.when) for trial in trials):
        sentence = f"No test tries the guard {guard.name!r}: nobody would see that it has come to bar nothing."
        yield sheet.warn((*path, "name"), "guard-untested", sentence, "Write a test with what is `excluded` then.")


def _tries(given: Given, when: Condition) -> bool:
    """Whether a guard may apply to the request of a test: what a text says is not known here."""
    said = {fact.name: getattr(given, fact.name) for fact in STATED}
    if said["date"] is not None:
        said["date"] = said["date"] * MINUTES_A_DAY + said["time"]
    values = [(test, said.get(test.subject)) for test in when.tests]
    return all(value is None or passes(test, value) for test, value in values)


class _Emptied(NamedTuple):
    """Guards that together leave nobody for some tasks, and what must be unknown for all of them to apply.

    No tasks stand for all that anybody could do.
    """

    guards: tuple[str, ...]
    tasks: tuple[Task, ...]
    unknown: tuple[str, ...]


def _leave_nothing(sheet: Sheet) -> Iterator[Finding]:
    """Guards that bar whoever could answer, told once for all the policies in which they do."""
    emptied_at: dict[_Emptied, list[tuple[str, Path_]]] = {}
    for name in sheet.config.policies:
        unknown: set[tuple[object, ...]] = set()
        for emptied, path in _emptied(sheet, name):
            if _is_meant(sheet, name, emptied):
                continue
            # Of many guards, one for each team say, two are enough to tell what happens to those without one.
            if not emptied.unknown or (emptied.unknown, emptied.tasks) not in unknown:
                emptied_at.setdefault(emptied, []).append((name, path))
                unknown.add((emptied.unknown, emptied.tasks))
    for emptied, places in emptied_at.items():
        yield sheet.warn(
            places[0][1],
            "guard-unknown-leaves-nothing" if emptied.unknown else "guard-leaves-nothing",
            f"{_subject(emptied)} no model for {_tasks(emptied)} under {' and '.join(name for name, _ in places)}.",
            "Bar less, narrow a `when`, or allow a model that they do not bar.",
        )


def _is_meant(sheet: Sheet, name: str, emptied: _Emptied) -> bool:
    """Whether a test of the policy expects that nobody may answer where these guards apply."""
    whens = [guard.when for _, guard in sheet.guards(name) if guard.name in emptied.guards]
    trials = [trial for trial in sheet.config.policies[name].tests if trial.expect.error == NoCandidate.code]
    return any(all(_tries(trial.given, when) for when in whens) for trial in trials)


def _subject(emptied: _Emptied) -> str:
    names = " and ".join(map(repr, emptied.guards))
    if emptied.unknown:
        return f"Where a caller's {' and '.join(emptied.unknown)} is not known, the guards {names} all apply and leave"
    return f"The guard {names} leaves" if len(emptied.guards) == 1 else f"Together, the guards {names} leave"


def _tasks(emptied: _Emptied) -> str:
    return listed(emptied.tasks) if emptied.tasks else "any task"


def _emptied(sheet: Sheet, name: str) -> Iterator[tuple[_Emptied, Path_]]:
    """The smallest sets of a policy's guards that leave nobody for a task that somebody could do."""
    able = _able(sheet, name)
    smaller: list[tuple[set[Path_], set[Task]]] = []
    for chosen in _together(sheet, sheet.guards(name), able):
        paths, extents = {path for path, _ in chosen}, [extent(guard.when) for _, guard in chosen]
        tasks = _emptied_tasks(sheet.barred(guard for _, guard in chosen), extents, able)
        tasks = tasks.difference(*(others for inner, others in smaller if inner <= paths))
        if tasks and meet(extents, UNSURE):
            smaller.append((paths, tasks))
            names = tuple(guard.name for _, guard in chosen)
            ordered = tuple(task for task in TASKS if task in tasks and tasks != set(able))
            yield _Emptied(names, ordered, _unknown(extents)), _place(sheet, name, chosen)


def _together(
    sheet: Sheet, placed: Placed[Guard], able: Mapping[Task, set[str]]
) -> Iterator[tuple[tuple[Path_, Guard], ...]]:
    """Sets of guards that may leave nobody for a task, the smallest first: of two that bar the same, never both."""
    alike: dict[tuple[object, ...], Placed[Guard]] = {}
    for path, guard in placed:
        alike.setdefault((guard.never, guard.regions), []).append((path, guard))
    sizes = range(1, 1 + min(_MOST_TOGETHER, len(alike)))
    for kinds in islice(chain.from_iterable(combinations(alike.values(), size) for size in sizes), _MOST_SETS):
        barred = sheet.barred(kind[0][1] for kind in kinds)
        if any(models <= barred for models in able.values()):
            yield from islice(product(*kinds), _MOST_SETS)


def _able(sheet: Sheet, name: str) -> dict[Task, set[str]]:
    """The models that could do each task in words under a policy, where there are any."""
    rows = [model for model in sheet.config.models if in_words(model) and model.id in sheet.reachable(name)]
    able = {task: {model.id for model in rows if task in model.abilities.values} for task in TASKS}
    return {task: models for task, models in able.items() if models}


def _emptied_tasks(barred: set[str], extents: list[Extent], able: dict[Task, set[str]]) -> set[Task]:
    touched = set(TASKS).intersection(*(each.words.get("task", TASKS) for each in extents))
    return {task for task, models in able.items() if task in touched and models <= barred}


def _unknown(extents: list[Extent]) -> tuple[str, ...]:
    """What must be unknown for all of these to apply to one request."""
    subjects = [subject for subject in UNSURE if not meet(extents, UNSURE - {subject})]
    return tuple(sorted(subjects))


def _place(sheet: Sheet, name: str, chosen: tuple[tuple[Path_, Guard], ...]) -> Path_:
    """The guard that this policy adds, else the models that it leaves, else the last guard."""
    last = chosen[-1][0]
    return last if last[:2] == ("policies", name) else sheet.written(name, "models") or last
