"""Objects of a schema: all that is required, and of the rest what can be made.

Invariant: an optional property is left out rather than followed round a recursion.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from providers.stub.schema.check import rules_for
from providers.stub.schema.merge import Plain, recurs
from providers.stub.schema.root import Place, Root, Unsatisfiable

_DEEPEST_OPTIONAL = 4
Members = dict[str, Any]


class Maker(Protocol):
    """What makes the members."""

    root: Root
    turn: int

    def value(self, schema: Any, place: Place) -> Any:
        """The first value that fits."""


def objects(maker: Maker, rules: Plain, place: Place) -> Iterator[Members]:
    """With all properties that can be made, then with the required ones alone."""
    needed = {name: _member(maker, rules, name, place) for name in dict.fromkeys(rules.get("required", ()))}
    extra = dict(_optional(maker, rules, needed, place))
    room = max(0, rules.get("maxProperties", len(needed) + len(extra)) - len(needed))
    for spare in dict.fromkeys((min(room, len(extra)), 0)):
        members = needed | dict(list(extra.items())[:spare])
        yield _filled(maker, rules, _in_order(rules, members), place)


def _in_order(rules: Plain, members: Members) -> Members:
    """As the schema lists them, which readers expect of a structured answer."""
    return {name: members[name] for name in rules.get("properties", ()) if name in members} | members


def _member(maker: Maker, rules: Plain, name: str, place: Place) -> Any:
    return maker.value({"allOf": rules_for(maker.root, rules, name)}, place.inside(f"properties/{name}"))


def _optional(maker: Maker, rules: Plain, needed: Members, place: Place) -> Iterator[tuple[str, Any]]:
    properties: Mapping[str, Any] = rules.get("properties", {}) if place.depth < _DEEPEST_OPTIONAL else {}
    for name, schema in properties.items():
        if name in needed or recurs(schema, place.active):
            continue
        try:
            yield name, _member(maker, rules, name, place)
        except Unsatisfiable:  # an optional property that nothing satisfies is left out
            continue


def _filled(maker: Maker, rules: Plain, members: Members, place: Place) -> Members:
    """The object with as many free members as `minProperties` asks for."""
    while len(members) < rules.get("minProperties", 0):
        maker.root.spend(pointer=place.pointer)
        name = _name(maker, rules, place)
        if name not in members:
            members[name] = _member(maker, rules, name, place)
    return members


def _name(maker: Maker, rules: Plain, place: Place) -> Any:
    """A name for a member that the schema does not list; each is a turn further than the last."""
    maker.turn += 1
    patterns: Plain = rules.get("patternProperties", {})
    shape = {"pattern": next(iter(patterns))} if patterns else {}
    schema = {"type": "string", "allOf": [shape, rules.get("propertyNames", True)]}
    return maker.value(schema, place.inside("propertyNames"))
