"""One part of a configuration put in the place of another's: surgery on values that cannot change.

Invariant: nothing but what stands at the path differs from before; a thing that is put into a list stands after what
it follows in the other one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.types import Abilities, Model


def graft(onto: Any, source: Any, path: Sequence[str], *, moved: bool = False) -> Any:
    """`onto` with what stands at the path as it stands in `source`, or gone where it is not there.

    With `moved`, a thing in a list keeps its value and takes its place from `source`.
    """
    if not path:
        return onto if moved else source
    if isinstance(onto, Abilities) and path[0] != "loadings":
        return replace(onto, values=graft(onto.values, source.values, path))
    if isinstance(onto, Mapping):
        return _in_mapping(onto, source, path, moved=moved)
    if isinstance(onto, tuple):
        return _in_list(onto, source, path, moved=moved)
    name, rest = path[0], path[1:]
    return replace(onto, **{name: graft(getattr(onto, name), getattr(source, name), rest, moved=moved)})


def settled(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The most names that stand in both in the same order; of several choices, the one that begins first in `after`."""
    place = {name: position for position, name in enumerate(before)}
    both = [name for name in after if name in place]
    longest = _rising([place[name] for name in both], len(before))
    kept: list[str] = []
    wanted = max(longest, default=0)
    for name, length in zip(both, longest, strict=True):
        if length == wanted and (not kept or place[name] > place[kept[-1]]):
            kept.append(name)
            wanted -= 1
    return tuple(kept)


def _rising(places: Sequence[int], most: int) -> list[int]:
    """For each place, how many rise from it on, itself the first: of 20,000 in a moment."""
    # A Fenwick tree of maxima over the places, counted from the end.
    tree = [0] * (most + 1)
    longest = [0] * len(places)
    for at in reversed(range(len(places))):
        best, node = 0, most - places[at] - 1
        while node > 0:
            best, node = max(best, tree[node]), node - (node & -node)
        longest[at] = best + 1
        node = most - places[at]
        while node <= most:
            tree[node], node = max(tree[node], best + 1), node + (node & -node)
    return longest


def _in_mapping(onto: Mapping[str, Any], source: Mapping[str, Any], path: Sequence[str], *, moved: bool) -> Any:
    name, rest = path[0], path[1:]
    if name not in source:
        return {key: value for key, value in onto.items() if key != name}
    return {**onto, name: graft(onto[name], source[name], rest, moved=moved) if name in onto else source[name]}


def _in_list(onto: tuple[Any, ...], source: tuple[Any, ...], path: Sequence[str], *, moved: bool) -> tuple[Any, ...]:
    name, rest = path[0], path[1:]
    mine, theirs = {_name(item): item for item in onto}, {_name(item): item for item in source}
    if name not in theirs:
        return tuple(item for item in onto if _name(item) != name)
    taken = graft(mine[name], theirs[name], rest, moved=moved) if name in mine else theirs[name]
    if name in mine and not moved:
        return tuple(taken if _name(item) == name else item for item in onto)
    others = [key for key in mine if key != name]
    stay = settled(others, list(theirs))
    before = [key for key in list(theirs)[: list(theirs).index(name)] if key in stay]
    position = others.index(before[-1]) + 1 if before else 0
    return (*(mine[key] for key in others[:position]), taken, *(mine[key] for key in others[position:]))


def _name(item: Any) -> str:
    name: str = item.id if isinstance(item, Model) else item.name
    return name
