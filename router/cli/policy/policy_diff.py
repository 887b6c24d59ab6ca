"""`fungible policy diff`: what changed between two versions in meaning.

Invariant: it is no gate: the exit code is 0 whether anything changed or not.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import orjson
from rich.text import Text

from router.cli.policy_versions import Version, find_version
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.errors import NotFound
from router.ledger.location import Place
from router.policy.diff import Difference, differences
from router.suggest import nearest
from router.types import Config, Policy

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": "↕"}
_STYLES = {"added": "green", "removed": "red", "changed": "", "moved": "cyan"}
_PARTS = {"guards": "guard", "rules": "rule", "budgets": "budget", "floors": "floor"}
_SECTIONS = {"policies": "policy", "models": "model", "contracts": "contracts"}
_EVERY = "every policy"


def run(before: str, after: str, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """Find both versions and show every difference, by what it belongs to."""
    version, other = find_version(before, folder, place), find_version(after, folder, place)
    changes = between(version, other)
    if as_json:
        rows = [{**asdict(each), "label": each.label} for each in changes]
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = output_console()
    if changes:
        console.print(table(changes, tuple(other.config.policies)))
    else:
        console.print(f"{before} and {after}: no difference in meaning", markup=False)


def between(version: Version, other: Version) -> tuple[Difference, ...]:
    """The differences of two versions, or, where one of them names a policy, of that policy and its counterpart.

    Raises NotFound where there is no counterpart.
    """
    name, counterpart = version.policy or other.policy, other.policy or version.policy
    if name is None or counterpart is None:
        return differences(version.config, other.config)
    before, after = _policy(version, name), _policy(other, counterpart)
    return differences(
        _alone(before, name, version.config, counterpart), _alone(after, counterpart, version.config, counterpart)
    )


def _policy(version: Version, name: str) -> Policy:
    if name not in version.config.policies:
        raise NotFound(f"{version.name!r} has no policy {name!r}.{nearest(name, version.config.policies)}")
    return version.config.policies[name]


def _alone(policy: Policy, name: str, config: Config, called: str) -> Config:
    """A configuration with this policy only, under the name by which both are compared."""
    budgets = tuple(replace(budget, home=called) if budget.home == name else budget for budget in policy.budgets)
    return replace(config, policies={called: replace(policy, budgets=budgets)}, default_policy=called)


def table(changes: Sequence[Difference], policies: Sequence[str]) -> ResponsiveTable:
    """Every difference in a line, under the thing that it belongs to."""
    shown = ResponsiveTable(Column(""), Column("", prose=True), Column("", prose=True), edge=0)
    for title, members in _grouped(changes, policies).items():
        if shown.row_count:
            shown.add_row()
        shown.add_row(Text(title, "bold"))
        for each in members:
            shown.add_row(*_row(each), style="dim" if each.inherited else _STYLES[each.kind])
    return shown


def _grouped(changes: Sequence[Difference], policies: Sequence[str]) -> dict[str, list[Difference]]:
    """The differences by the thing that they belong to; what is the same in every policy that stays is told once."""
    groups: dict[str, list[Difference]] = {}
    staying = set(policies).difference(
        change.path[1] for change in changes if change.path[0] == "policies" and not change.path[2:]
    )
    counts = Counter(_anywhere(change) for change in changes)
    shown: set[tuple[str, ...]] = set()
    for change in changes:
        everywhere = len(change.path) > 3 and counts[_anywhere(change)] == len(staying) > 1
        if not (everywhere and _anywhere(change) in shown):
            groups.setdefault(_EVERY if everywhere else _title(change), []).append(change)
        shown.add(_anywhere(change))
    return groups


def _anywhere(change: Difference) -> tuple[str, ...]:
    return (change.path[0], *change.path[2:], change.kind, change.before, change.after)


def _title(change: Difference) -> str:
    if len(change.path) == 1:
        return "configuration"
    return f"{_SECTIONS[change.path[0]]} {change.path[1]}" if change.path[2:] else change.path[0]


def _row(change: Difference) -> tuple[str | Text, ...]:
    what = [_PARTS.get(change.path[2], change.path[2]), *change.path[3:]] if change.path[2:] else change.path[-1:]
    note = " (inherited)" if change.inherited else ""
    return f"  {_SIGNS[change.kind]} {' '.join(what)}{note}", Text(change.before or "-"), Text(change.after or "-")
