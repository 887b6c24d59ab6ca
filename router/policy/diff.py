"""What changed between two configurations in meaning, not in text, and one change taken without the others.

Invariant: comments, formatting, the order of keys, where a number comes from, and whether a policy extends another or
spells it out make no difference; what is described as no difference decides alike. All differences taken one after
another, in the order in which they are described, turn the one configuration into the other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from router.policy.config_leaves import SECTIONS, Leaves, Path_, leaves, orders
from router.policy.config_patch import graft, settled
from router.policy.describe import describe
from router.types import Budget, Config

Kind = Literal["added", "removed", "changed", "moved"]
# What has a name of its own is called by it; all else is called by its path.
_NOUNS = {
    ("policies",): "policy",
    ("prices",): "price of",
    ("tokenizers",): "tokenizer",
    ("models",): "model",
    ("ramps",): "ramp",
    ("plans",): "governed ramp",
    ("version_aliases",): "alias",
    ("deployments",): "deployment",
    ("policies", "guards"): "guard",
    ("policies", "rules"): "rule",
    ("policies", "budgets"): "budget",
}


_BY_PARTS = ("policies", "models")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; `before` and `after` are as a person would write them, "" for nothing.

    `inherited` says that a policy changed only because the one that it extends did.
    """

    path: tuple[str, ...]
    kind: Kind
    before: str
    after: str
    inherited: bool = False

    @property
    def label(self) -> str:
        """The difference in a line: `policies.balanced.band: 0.02 -> 0.06`."""
        noun = _NOUNS.get(self.path[:-1:2])
        if noun is not None and len(self.path) % 2 == 0:
            home = f"{'.'.join(self.path[:-2])}: " if self.path[:-2] else ""
            return f"{home}{noun} {self.path[-1]} {self.kind}"
        place = ".".join(self.path)
        if self.kind == "changed":
            return f"{place}: {self.before} -> {self.after}"
        return f"{place} {self.kind}: {self.before or self.after}"


def differences(before: Config, after: Config) -> tuple[Difference, ...]:
    """Everything that differs in what decides; nothing for configurations that mean the same."""
    old, new = leaves(before), leaves(after)
    changes = [*_changes(old, new), *_moves(before, after)]
    # What belongs to a policy or a model that is added or removed as a whole is told with it.
    wholes = {each.path for each in changes if len(each.path) == 2}
    changes = [each for each in changes if len(each.path) <= 2 or each.path[:2] not in wholes]
    alike = {(each.path, each.kind) for each in changes}
    marked = [replace(each, inherited=_inherited(each, before, after, old, new, alike)) for each in changes]
    return tuple(sorted(marked, key=_order(old, new)))


def with_only(before: Config, after: Config, difference: Difference) -> Config:
    """`before` with this one difference taken from `after`; revision and documents stay those of `before`.

    What it could not stand without comes along: the policy that becomes the default, a new model's tokenizer.
    """
    path = ("default_policy",) if difference.path == ("default",) else difference.path
    taken: Config = graft(before, after, path, moved=difference.kind == "moved")
    default = taken.default_policy if taken.default_policy in taken.policies else after.default_policy
    policies = taken.policies if default in taken.policies else {**taken.policies, default: after.policies[default]}
    needed = {model.tokenizer for model in taken.models}.difference(taken.tokenizers)
    kinds = {name: {**after.tokenizers, **before.tokenizers}[name] for name in needed}
    return replace(taken, default_policy=default, policies=policies, tokenizers={**taken.tokenizers, **kinds})


def _changes(old: Leaves, new: Leaves) -> list[Difference]:
    """What was added, what went away, and what is described otherwise."""
    changes = []
    for path in [*old, *(path for path in new if path not in old)]:
        texts = _rendered(path, old), _rendered(path, new)
        kind: Kind = "added" if path not in old else "removed" if path not in new else "changed"
        # A policy or a model that stays is described by its parts.
        if texts[0] != texts[1] and not (kind == "changed" and path[0] in _BY_PARTS and len(path) == 2):
            changes.append(Difference(path, kind, *texts))
    return changes


def _rendered(path: Path_, by_path: Leaves) -> str:
    """A leaf in words. A budget that stands elsewhere says so, since it shares one account with others there."""
    if path not in by_path:
        return ""
    value = by_path[path]
    if isinstance(value, Budget) and value.home != path[1]:
        return f"{describe(value)}, in the account of {'the house' if value.home == '*' else value.home}"
    return describe(value)


def _moves(before: Config, after: Config) -> list[Difference]:
    """What stands in both, but not in the same order."""
    was = orders(before)
    return [
        Difference((*home, name), "moved", _place(name, was[home]), _place(name, names))
        for home, names in orders(after).items()
        for name in _moved(was.get(home, ()), names)
    ]


def _moved(before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    stay, known = set(settled(before, after)), set(before)
    return [name for name in after if name in known and name not in stay]


def _place(name: str, names: tuple[str, ...]) -> str:
    return f"{names.index(name) + 1} of {len(names)}"


def _inherited(
    difference: Difference, before: Config, after: Config, old: Leaves, new: Leaves, alike: set[tuple[Path_, Kind]]
) -> bool:
    """Whether the policy that this one extends, then and now, changed in the same way at the same place."""
    path = difference.path
    if len(path) < 3 or path[0] != "policies" or path[2] == "aliases":
        return False
    base = after.policies[path[1]].extends
    if base is None or before.policies[path[1]].extends != base:
        return False
    there = (path[0], base, *path[2:])
    same = old.get(path) == old.get(there) and new.get(path) == new.get(there)
    return same and (there, difference.kind) in alike


def _order(old: Leaves, new: Leaves) -> Callable[[Difference], tuple[int, int, bool, int]]:
    """Section by section and thing by thing; of each, first what goes away, then the rest in its new order."""
    place = {path: position for position, path in enumerate([*new, *(path for path in old if path not in new)])}

    def key(difference: Difference) -> tuple[int, int, bool, int]:
        home = place.get(difference.path[:2], place[difference.path])
        return SECTIONS.index(difference.path[0]), home, difference.kind != "removed", place[difference.path]

    return key
