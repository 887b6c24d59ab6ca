"""Takes out of a JSON Schema what Anthropic's structured output refuses, and notes each word.

Invariant: what is left accepts every answer that the whole schema accepts, but for keys of an object that it does not
name, which that API never lets a model write; a property that is called as such a word is none.
"""

from collections.abc import Mapping
from typing import Any

from providers.upstream.notes import note
from router.types.receipt_words import parameter_name

_REFUSED = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"}
    | {"patternProperties", "propertyNames", "unevaluatedProperties", "contains", "minContains", "maxContains"}
    | {"dependentRequired", "dependentSchemas", "if", "then", "else", "not"}
)
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
_NAMED = frozenset({"properties", "$defs", "definitions"})
_LISTED = frozenset({"anyOf", "allOf", "oneOf", "prefixItems"})
_LEAST_ITEMS = (0, 1)
# A schema may hold itself as a JSON value nested as deep as a parser allows.
_DEEPEST = 128


def limited(schema: Mapping[str, Any], notes: list[str], depth: int = 0) -> dict[str, Any]:
    """The schema without those words; a copy."""
    if depth > _DEEPEST:
        return dict(schema)
    limited_schema: dict[str, Any] = {}
    for word, value in schema.items():
        if word in _REFUSED or (word == "minItems" and value not in _LEAST_ITEMS) or _strange_form(word, value):
            notes.append(note("dropped", parameter_name(f"schema.{word}")))
        elif word == "oneOf" and "anyOf" not in schema:
            notes.append(note("renamed", "schema.oneOf=anyOf"))
            limited_schema["anyOf"] = _within(word, value, notes, depth)
        else:
            limited_schema[word] = _within(word, value, notes, depth)
    if _is_object(schema) and schema.get("additionalProperties") is not False:
        notes.append(note("approximated", "schema.additionalProperties"))
        limited_schema["additionalProperties"] = False
    return limited_schema


def _within(word: str, value: Any, notes: list[str], depth: int) -> Any:
    """What a word holds: a schema, some of them by name or in a row, or something else."""
    if word in _NAMED and isinstance(value, Mapping):
        return {name: _schema(inner, notes, depth) for name, inner in value.items()}
    if word in _LISTED and isinstance(value, list):
        return [_schema(inner, notes, depth) for inner in value]
    return _schema(value, notes, depth) if word == "items" else value


def _schema(value: Any, notes: list[str], depth: int) -> Any:
    return limited(value, notes, depth + 1) if isinstance(value, Mapping) else value


def _strange_form(word: str, value: object) -> bool:
    return word == "format" and isinstance(value, str) and value not in _FORMATS


def _is_object(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind)
