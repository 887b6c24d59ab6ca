"""Each rule, guard and budget of a policy file, with the tests and the requests to which it applied.

Invariant: a part that several policies share is one row, where it is written, and counts what it did in all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from router.config.files.yaml_source import Path_
from router.policy.lint.policy_file import Sheet
from router.policy.what_applied import Part


class PartPlace(NamedTuple):
    """A part of a policy, and where it is written."""

    policy: str
    part: Part
    name: str
    path: Path_


@dataclass(slots=True)
class Tally:
    """What a part came to. `needed` counts the tests that fail without it; `last` is the day of the last request."""

    tests: int = 0
    needed: int = 0
    requests: int = 0
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A part with what it came to; `requests` is None where no log was looked at."""

    part: Part
    name: str
    where: str
    policies: tuple[str, ...]
    tests: int
    needed: int
    requests: int | None
    last: date | None

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def parts_of(sheet: Sheet) -> Iterator[PartPlace]:
    """Every rule, guard and budget of every policy, in the order in which they act."""
    for name in sheet.config.policies:
        yield from (PartPlace(name, "rule", rule.name, path) for path, rule in sheet.rules(name))
        yield from (PartPlace(name, "guard", guard.name, path) for path, guard in sheet.guards(name))
        yield from (PartPlace(name, "budget", budget.name, path) for path, budget in sheet.budgets(name))


def covered(sheet: Sheet, tallies: dict[Path_, Tally], *, with_log: bool) -> tuple[Covered, ...]:
    """A row for each part that is written, in the order of the file."""
    places: dict[Path_, list[PartPlace]] = {}
    for place in parts_of(sheet):
        places.setdefault(place.path, []).append(place)
    rows = [_row(sheet, same, tallies.get(path, Tally()), with_log=with_log) for path, same in places.items()]
    return tuple(sorted(rows, key=lambda row: [int(n) for n in row.where.rsplit(":", 2)[1:]]))


def _row(sheet: Sheet, same: list[PartPlace], tally: Tally, *, with_log: bool) -> Covered:
    first = same[0]
    return Covered(
        part=first.part,
        name=first.name,
        where=sheet.sources["policies.yaml"].at((*first.path, "name")),
        policies=tuple(place.policy for place in same),
        tests=tally.tests,
        needed=tally.needed,
        requests=tally.requests if with_log else None,
        last=tally.last,
    )
