"""Names over versions that promise more than can be shown, or whose versions cannot stand in for one another.

Invariant: what is said of how many pairs are needed is what the bets need where two versions are equal.
"""

from collections.abc import Iterator
from math import log

from router.config.ramps.alias_plans import FILE
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.types import VersionAlias

# The variance of the difference of two right-or-wrong answers that are mostly alike.
_VARIANCE = 0.15


def aliases(sheet: Sheet) -> Iterator[Finding]:
    """Everything about names over versions."""
    for alias in sheet.config.version_aliases.values():
        yield from _order(sheet, alias)
        yield from _narrower(sheet, alias)
        yield from _hopeless(sheet, alias)


def pairs_needed(alias: VersionAlias, version: int) -> int:
    """About how many pairs let an equal version in on one kind of work."""
    return round(2 * _VARIANCE * log(1 / alias.alpha_of(version)) / alias.margin**2)


def _order(sheet: Sheet, alias: VersionAlias) -> Iterator[Finding]:
    """Versions that stand after one that is newer: an alias goes from the first to the last."""
    released = {model.id: model.released for model in sheet.config.models}
    for place, (before, version) in enumerate(zip(alias.versions, alias.versions[1:], strict=False), 1):
        if released[version] < released[before]:
            yield sheet.warn(
                ("aliases", alias.name, "versions", place),
                "alias-order",
                f"{version} came out before {before}, and stands after it.",
                "Write the versions oldest first.",
                FILE,
            )


def _narrower(sheet: Sheet, alias: VersionAlias) -> Iterator[Finding]:
    """A version that cannot do what the first can: it answers none of the requests that ask for that."""
    models = {model.id: model for model in sheet.config.models}
    first = models[alias.versions[0]]
    for place, version in enumerate(alias.versions[1:], 1):
        lacks: list[str] = sorted(set(first.capabilities).difference(models[version].capabilities))
        if models[version].context < first.context:
            lacks.append(f"a context of {first.context:,} tokens")
        if lacks:
            yield sheet.warn(
                ("aliases", alias.name, "versions", place),
                "alias-narrower",
                f"{version} lacks what {first.id} has: {', '.join(lacks)}. What asks for that never moves to it.",
                "Leave it out, or name it an alias of its own.",
                FILE,
            )


def _hopeless(sheet: Sheet, alias: VersionAlias) -> Iterator[Finding]:
    """A promise so narrow that an equal version would be given up before it is shown to be equal."""
    most = alias.upgrade.most_pairs if alias.upgrade else None
    needed = pairs_needed(alias, len(alias.versions) - 1) if most else 0
    if most and needed > most:
        yield sheet.warn(
            ("aliases", alias.name, "never_worse"),
            "alias-hopeless",
            f"An equal version needs about {needed:,} pairs on a kind of work, and is given up after {most:,}.",
            "Write a wider `margin`, fewer `tasks`, or a larger `give_up`.",
            FILE,
        )
