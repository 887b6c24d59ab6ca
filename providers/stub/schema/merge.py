"""Schemas without combinators: every way to satisfy `$ref`, `allOf`, `anyOf`, `oneOf` and `if` as one plain mapping.

Invariant: plainest first, and a branch that leads back into a reference that is being expanded comes last.
"""

from collections.abc import Callable, Iterator, Mapping
from math import lcm
from typing import Any

from providers.stub.schema.numbers import exact
from providers.stub.schema.root import Place, Root

Plain = dict[str, Any]
_COMBINATORS = ("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else")


Alternatives = Iterator[tuple[Plain, Place]]


def plain(root: Root, schema: Any, place: Place) -> Alternatives:
    """The alternatives of a schema, each with the place that knows the references it stands in."""
    root.spend(pointer=place.pointer)
    if schema is False:
        return
    if schema is True:
        yield {}, place
        return
    base = {name: value for name, value in schema.items() if name not in _COMBINATORS}
    yield from _product(root, base, _parts(root, schema, place), place)


Part = tuple[list[Any], Place]


def _parts(root: Root, schema: Mapping[str, Any], place: Place) -> list[Part]:
    """For each combinator, the schemas of which one must hold."""
    parts: list[Part] = []
    if "$ref" in schema:
        reference = schema["$ref"]
        parts.append(([root.resolve(reference, place.pointer)], place.within(frozenset({reference}))))
    parts += [([part_schema], place) for part_schema in schema.get("allOf", ())]
    parts += [(_ordered(schema[name], place), place) for name in ("anyOf", "oneOf") if name in schema]
    if "if" in schema:
        then = {"allOf": [schema["if"], schema.get("then", True)]}
        parts.append(([then, schema.get("else", True)], place))
    return parts


def _ordered(branches: list[Any], place: Place) -> list[Any]:
    return sorted(branches, key=lambda branch: recurs(branch, place.active))


def recurs(schema: Any, active: frozenset[str]) -> bool:
    """Whether a schema is a reference that is already being expanded."""
    return isinstance(schema, Mapping) and schema.get("$ref") in active


def _product(root: Root, base: Plain, parts: list[Part], place: Place) -> Alternatives:
    """The base merged with one choice from every part."""
    if not parts:
        yield base, place
        return
    (branches, start), *rest = parts
    for branch in branches:
        for alternative, inside in plain(root, branch, start):
            merged = merge(base, alternative)
            if merged is not None:
                yield from _product(root, merged, rest, place.within(inside.active))


def merge(left: Plain, right: Mapping[str, Any]) -> Plain | None:
    """Both at once, or None where their types exclude each other. What this misses, the final check finds."""
    both = dict(left)
    for name, value in right.items():
        both[name] = _MERGES[name](both[name], value) if name in both and name in _MERGES else value
    return None if both.get("type") == [] else both


def _types(left: Any, right: Any) -> list[str]:
    first, second = ([kinds] if isinstance(kinds, str) else list(kinds) for kinds in (left, right))
    narrowed = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    return narrowed or [kind for kind in second if kind == "integer" and "number" in first]


def _both(left: Any, right: Any) -> Any:
    return {"allOf": [left, right]}


def _named(left: Mapping[str, Any], right: Mapping[str, Any]) -> Plain:
    return {**left, **{name: _both(left[name], rule) if name in left else rule for name, rule in right.items()}}


def _multiple(left: float, right: float) -> float:
    first, second = exact(left), exact(right)
    below = first.denominator * second.denominator
    whole = lcm(int(first * below), int(second * below))
    return whole // below if whole % below == 0 else whole / below


_MERGES: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "properties": _named,
    "patternProperties": _named,
    "required": lambda left, right: [*left, *(name for name in right if name not in left)],
    "enum": lambda left, right: [value for value in left if value in right],
    "items": _both,
    "additionalProperties": _both,
    "contains": _both,
    "propertyNames": _both,
    "multipleOf": _multiple,
    "uniqueItems": lambda left, right: left or right,
    **dict.fromkeys(("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"), max),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"), min),
}
