"""Which parts of a policy the requests of a log come to, decided by the file as it is now.

Invariant: a part applies to exactly the requests for which the policy's own steps say so.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.config.files.yaml_source import Path_
from router.policy.coverage.covered import Tally
from router.policy.lint.policy_file import Sheet
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import Mask, Requests
from router.policy.replay.request_targets import granted, grants_of, wishes_of, with_successors
from router.policy.what_applied import steps
from router.types import Config

Places = NDArray[np.intp]


def since(requests: Requests, day: date) -> Requests:
    """The requests from a day on."""
    recent = np.array([each >= day for each in requests.day.values], np.bool_)
    return requests.take(np.flatnonzero(recent[requests.day.codes]) if len(requests) else np.zeros(0, np.intp))


def by_traffic(sheet: Sheet, requests: Requests, tallies: dict[Path_, Tally]) -> None:
    """Count, for each part, the requests to which it applies."""
    config, wishes = sheet.config, wishes_of(requests)
    count_applied(
        sheet, granted(requests, wishes, grants_of(wishes, config, config.default_policy, None), config), tallies
    )


def count_applied(sheet: Sheet, asking: Requests, tallies: dict[Path_, Tally]) -> None:
    """The same for requests that ask by the names of this configuration."""
    asking = with_successors(asking, sheet.config)
    lookups = Lookups(asking)
    for code, name in enumerate(asking.policy.values):
        rows = np.flatnonzero(asking.policy.codes == code)
        if name is not None and rows.size:
            facts = Facts(asking, lookups, rows)
            for path, mask in _applied(sheet, name, facts, rows):
                _count(tallies.setdefault(path, Tally()), asking, rows[mask])


def _applied(sheet: Sheet, name: str, facts: Facts, rows: Places) -> Iterator[tuple[Path_, Mask]]:
    """Each part of a policy, with where it applies."""
    for path, rule in sheet.rules(name):
        yield path, facts.holds(rule.when)
    for path, guard in sheet.guards(name):
        yield path, facts.holds(guard.when, unknown=True)
    budgets = sheet.budgets(name)
    if budgets and any(facts.requests.spent.values):
        acting = _acting(facts, rows, sheet.config)
        yield from ((path, acting.get(budget.name, np.zeros(len(rows), np.bool_))) for path, budget in budgets)


def _acting(facts: Facts, rows: Places, config: Config) -> dict[str, Mask]:
    """Where each budget acts: worked out once for all requests whose caller and spent budgets are the same."""
    requests = facts.requests
    columns = (requests.spent, requests.key, requests.team, requests.tags)
    key = facts.has_user().astype(np.int64)
    for column in columns:
        key = key * max(1, len(column.values)) + column.codes[rows]
    acting: dict[str, Mask] = {}
    spent = np.array([bool(value) for value in requests.spent.values], np.bool_)[requests.spent.codes[rows]]
    different, first = np.unique(key, return_index=True)
    for value, at in zip(different.tolist(), first.tolist(), strict=True):
        if spent[at]:
            for step in steps(*requests.at(int(rows[at])), config):
                if step.part == "budget" and step.applied:
                    mask = acting.setdefault(step.name, np.zeros(len(rows), np.bool_))
                    mask |= key == value
    return acting


def _count(tally: Tally, requests: Requests, rows: Places) -> None:
    tally.requests += len(rows)
    if rows.size:
        days: Any = [requests.day.values[code] for code in np.unique(requests.day.codes[rows]).tolist()]
        tally.last = max([*days, *([tally.last] if tally.last else [])])
