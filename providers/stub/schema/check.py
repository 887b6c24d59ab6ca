"""Whether a value fits a schema: one small test for each keyword.

Invariant: pure but for the budget that the root counts; a keyword that is not in the table constrains nothing.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from providers.stub.schema import numbers, pattern
from providers.stub.schema.root import Root

Test = Callable[[Root, Mapping[str, Any], Any, Any], bool]
_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: numbers.is_number(value) and value == int(value),
    "number": lambda value: numbers.is_number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


def fits(root: Root, schema: Any, value: Any) -> bool:
    """Whether the value is an instance of the schema."""
    root.spend()
    if isinstance(schema, bool):
        return schema
    return all(TESTS[key](root, schema, limit, value) for key, limit in schema.items() if key in TESTS)


def key(value: Any) -> str:
    """A text that is the same for equal JSON values."""
    return json.dumps(value, sort_keys=True)


def _count(root: Root, schemas: Any, value: Any) -> int:
    return sum(fits(root, schema, value) for schema in schemas)


def _types(_root: Root, _schema: Mapping[str, Any], limit: Any, value: Any) -> bool:
    return any(_TYPES[kind](value) for kind in ([limit] if isinstance(limit, str) else limit))


def _on(kind: str, test: Callable[[Any, Any], bool]) -> Test:
    """A test of one keyword that applies to one type only."""
    return lambda _root, _schema, limit, value: not _TYPES[kind](value) or test(limit, value)


def _branch(root: Root, schema: Mapping[str, Any], condition: Any, value: Any) -> bool:
    return fits(root, schema.get("then" if fits(root, condition, value) else "else", True), value)


def _members(root: Root, schema: Mapping[str, Any], value: Any) -> bool:
    """Each member of an object against the schemas that its name selects."""
    return all(fits(root, rule, item) for name, item in value.items() for rule in rules_for(root, schema, name))


def rules_for(root: Root, schema: Mapping[str, Any], name: str) -> list[Any]:
    """The schemas that a member of that name must fit."""
    named = schema.get("properties", {})
    rules = [named[name]] if name in named else []
    patterns = schema.get("patternProperties", {})
    rules += [rule for expression, rule in patterns.items() if pattern.matches(expression, name, root.spend)]
    return rules or [schema.get("additionalProperties", True)]


def _items(root: Root, schema: Mapping[str, Any], value: Any) -> bool:
    return all(fits(root, item_rule(schema, place), item) for place, item in enumerate(value))


def item_rule(schema: Mapping[str, Any], place: int) -> Any:
    """The schema of the item at a place, in the words of any draft."""
    items = schema.get("items", True)
    old = isinstance(items, list | tuple)
    first = items if old else schema.get("prefixItems", ())
    rest = schema.get("additionalItems", True) if old else items
    return first[place] if place < len(first) else rest


def _contains(root: Root, schema: Mapping[str, Any], limit: Any, value: Any) -> bool:
    matching = sum(fits(root, limit, item) for item in value)
    return bool(schema.get("minContains", 1) <= matching <= schema.get("maxContains", matching))


def _requires(limit: Any, value: Any) -> bool:
    return all(name in value for given, names in limit.items() if given in value for name in names)


def _of_object(test: Callable[[Root, Mapping[str, Any], Any], bool]) -> Test:
    return lambda root, schema, _limit, value: not isinstance(value, Mapping) or test(root, schema, value)


def _of_array(test: Callable[[Root, Mapping[str, Any], Any], bool]) -> Test:
    return lambda root, schema, _limit, value: not isinstance(value, list | tuple) or test(root, schema, value)


TESTS: dict[str, Test] = {
    "$ref": lambda root, _schema, limit, value: fits(root, root.resolve(limit, "#"), value),
    "type": _types,
    "const": lambda _root, _schema, limit, value: key(limit) == key(value),
    "enum": lambda _root, _schema, limit, value: key(value) in map(key, limit),
    "allOf": lambda root, _schema, limit, value: _count(root, limit, value) == len(limit),
    "anyOf": lambda root, _schema, limit, value: any(fits(root, schema, value) for schema in limit),
    "oneOf": lambda root, _schema, limit, value: _count(root, limit, value) == 1,
    "not": lambda root, _schema, limit, value: not fits(root, limit, value),
    "if": _branch,
    "minLength": _on("string", lambda limit, value: len(value) >= limit),
    "maxLength": _on("string", lambda limit, value: len(value) <= limit),
    "pattern": lambda root, _schema, limit, value: (
        not isinstance(value, str) or pattern.matches(limit, value, root.spend)
    ),
    "minimum": _on("number", lambda limit, value: value >= limit),
    "maximum": _on("number", lambda limit, value: value <= limit),
    "exclusiveMinimum": _on("number", lambda limit, value: value > limit),
    "exclusiveMaximum": _on("number", lambda limit, value: value < limit),
    "multipleOf": _on("number", lambda limit, value: numbers.is_multiple(value, limit)),
    "minItems": _on("array", lambda limit, value: len(value) >= limit),
    "maxItems": _on("array", lambda limit, value: len(value) <= limit),
    "uniqueItems": _on("array", lambda limit, value: not limit or len(set(map(key, value))) == len(value)),
    "items": _of_array(_items),
    "prefixItems": _of_array(_items),
    "contains": lambda root, schema, limit, value: (
        not isinstance(value, list | tuple) or _contains(root, schema, limit, value)
    ),
    "required": _on("object", lambda limit, value: all(name in value for name in limit)),
    "minProperties": _on("object", lambda limit, value: len(value) >= limit),
    "maxProperties": _on("object", lambda limit, value: len(value) <= limit),
    "dependentRequired": _on("object", _requires),
    "properties": _of_object(_members),
    "patternProperties": _of_object(_members),
    "additionalProperties": _of_object(_members),
    "propertyNames": lambda root, _schema, limit, value: (
        not isinstance(value, Mapping) or all(fits(root, limit, name) for name in value)
    ),
}
