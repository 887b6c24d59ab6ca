"""Instances of schemas: what is made validates, whatever the schema; what cannot be made is said to be so."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.stub.schema import Unsatisfiable, Writer, instance

NODE = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
    },
    "required": ["value", "next", "children"],
    "additionalProperties": False,
}
CHECKED = jsonschema.Draft202012Validator.FORMAT_CHECKER
HARD: list[Any] = [
    True,
    {},
    {"type": "null"},
    {"type": ["null", "integer"]},
    {"enum": [None, 3]},
    {"const": {"a": [1]}},
    {"type": "string", "minLength": 300, "maxLength": 310},
    {"type": "string", "maxLength": 0},
    {"type": "array", "items": {"type": "string", "maxLength": 1}, "minItems": 20, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "string", "format": "date"}, "minItems": 40, "uniqueItems": True},
    {"type": "array", "items": {"type": "string", "pattern": "^[a-c]{2}$"}, "minItems": 6, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
    {"type": "array", "maxItems": 0, "items": False},
    {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 7}, "minContains": 2},
    {"type": "integer", "minimum": 7, "maximum": 7},
    {"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9},
    {"type": "integer", "multipleOf": 7, "minimum": 15},
    {"type": "integer", "maximum": -5, "multipleOf": 3},
    {"type": "number", "multipleOf": 0.1, "exclusiveMinimum": 0.2, "maximum": 0.8},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "multipleOf": 0.01, "minimum": 19.99, "maximum": 20},
    {"allOf": [{"type": "number", "multipleOf": 4}, {"type": "integer", "multipleOf": 6, "minimum": 1}]},
    {"allOf": [{"properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"type": "integer"}}, "required": ["a"]}]},
    {"anyOf": [False, {"type": "string", "format": "email"}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}], "maximum": 9},
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {}, "b": {}}, "type": "object"},
    {"not": {"type": "string"}},
    {"type": "object", "minProperties": 3, "maxProperties": 3, "additionalProperties": {"type": "boolean"}},
    {
        "type": "object",
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    {"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2},
    {"type": "object", "properties": {"a": {"type": "string"}, "b": False}, "required": ["a"]},
    {"type": "object", "required": ["unlisted"]},
    {"type": "object", "properties": {"a": {}}, "dependentRequired": {"a": ["b"]}},
    {"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["x"]}, "properties": {"k": {"const": 1}}},
    {"$ref": "#/$defs/node", "$defs": {"node": NODE}},
    {"$ref": "#/definitions/a~1b", "definitions": {"a/b": {"type": "boolean"}}},
    {"type": "object", "properties": {"self": {"$ref": "#"}, "n": {"type": "integer"}}, "required": ["n"]},
    {"type": "array", "items": {"$ref": "#"}},
    {
        "$defs": {
            "t": {"anyOf": [{"$ref": "#/$defs/p"}, {"type": "string"}]},
            "p": {
                "type": "array",
                "prefixItems": [{"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}],
                "minItems": 2,
                "items": False,
            },
        },
        "$ref": "#/$defs/t",
    },
    {"type": "string", "default": "kept"},
    {"type": "integer", "examples": ["no", 12]},
    {"type": "string", "pattern": r"^\d{3}-[A-Z]{2}(foo|bar)?x+$"},
    {"type": "string", "pattern": r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "minLength": 30},
    {"type": "string", "pattern": r"^(([a-z])+.)+[A-Z]([a-z])+$"},
    {"type": "string", "pattern": r"^#[0-9a-fA-F]{6}$"},
    {"type": "string", "pattern": "^[가-힣]{2,5}$"},
    {"type": "string", "pattern": r"\w\W\s\S\D."},
    {"type": "string", "pattern": "^[ж-я]{2}жa*?$"},
    {"type": "string", "format": "hostname", "minLength": 80},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"$ref": "#/prefixItems/0"}], "minItems": 2},
    {"allOf": [True, {"type": ["number", "null"]}, {"type": "integer"}]},
    {
        "type": "array",
        "items": {"type": "object", "properties": {"k": {"enum": [1, 2]}}, "required": ["k"]},
        "minItems": 2,
        "uniqueItems": True,
    },
    *({"type": "string", "format": form, "minLength": 5} for form in ("date", "time", "email", "uuid", "ipv4", "ipv6")),
]
IMPOSSIBLE: list[tuple[Any, str]] = [
    (False, "#"),
    ({"type": "object", "properties": {"a": {"enum": []}}, "required": ["a"]}, "#/properties/a"),
    (
        {"type": "object", "properties": {"a": {"items": False, "minItems": 1, "type": "array"}}, "required": ["a"]},
        "#/properties/a/items",
    ),
    ({"type": "integer", "minimum": 3, "maximum": 2}, "#"),
    ({"type": "string", "minLength": 3, "maxLength": 2}, "#"),
    ({"type": "string", "minLength": 10**9}, "#/minLength"),
    ({"type": "array", "minItems": 10**9}, "#/minItems"),
    ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3}, "#/items"),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "#"),
    ({"$ref": "#/nowhere"}, "#"),
    ({"$ref": "https://example.com/x"}, "#"),
    ({"$ref": "#"}, "#"),
    ({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, "#"),
    ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "#"),
    ({"type": "string", "pattern": "(?=a)b"}, "#/pattern"),
    ({"type": "string", "pattern": "("}, "#/pattern"),
    ({"type": "string", "pattern": "a" * 501}, "#/pattern"),
    ({"const": "a" * 2_001, "pattern": "^a"}, "#"),
    ({"type": "wrong"}, "#"),
    ({"properties": 5, "type": "object"}, "#"),
    ("text", "#"),
]


def made(schema: Any) -> Any:
    return instance(schema, Writer("kivo-41", "a stub", ("blue", "sky")))


@pytest.mark.parametrize("schema", HARD, ids=str)
def test_a_hard_schema_is_satisfied(schema: Any) -> None:
    jsonschema.Draft202012Validator(schema, format_checker=CHECKED).validate(made(schema))


@pytest.mark.parametrize(("schema", "pointer"), IMPOSSIBLE, ids=str)
def test_an_impossible_schema_is_refused_soon_and_with_its_place(schema: Any, pointer: str) -> None:
    with pytest.raises(Unsatisfiable) as caught:
        made(schema)
    assert caught.value.pointer.startswith(pointer)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(((a?){9}){9}){9}$", "^(a*)*b{0,400}$"])
def test_an_expression_that_explodes_elsewhere_costs_little_here(pattern: str) -> None:
    with pytest.raises(Unsatisfiable):
        made({"const": "a" * 1_000 + "!", "pattern": pattern})


def test_free_text_carries_the_check_word() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}, "body": {"type": "string"}}}
    assert made(schema) == {"title": "kivo-41: a stub", "body": "kivo-41 blue"}


def test_it_is_deterministic_and_keeps_the_order_of_properties() -> None:
    schema = {"type": "object", "properties": {"z": {}, "a": {}, "m": {}}, "required": ["m", "a"]}
    assert list(made(schema)) == ["z", "a", "m"]
    assert made(schema) == made(schema)


SCALARS = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.builds(
        lambda low, room: {"type": "integer", "minimum": low, "maximum": low + room},
        st.integers(-99, 99),
        st.integers(0, 9),
    ),
    st.builds(
        lambda low, step: {"type": "number", "minimum": low, "multipleOf": step / 10},
        st.integers(-99, 99),
        st.integers(1, 50),
    ),
    st.builds(
        lambda low, room: {"type": "string", "minLength": low, "maxLength": low + room},
        st.integers(0, 40),
        st.integers(0, 40),
    ),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(max_size=3), min_size=1, max_size=4)),
)
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 4)),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda schema: {"allOf": [schema, {"description": "x"}]}, inner),
        st.builds(
            lambda properties, closed: {
                "type": "object",
                "properties": properties,
                "required": sorted(properties)[::2],
                "additionalProperties": not closed,
            },
            st.dictionaries(st.text(max_size=4), inner, max_size=4),
            st.booleans(),
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS)
def test_whatever_can_be_satisfied_is(schema: Any) -> None:
    jsonschema.Draft202012Validator(schema).validate(made(schema))


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "enum", "anyOf", "allOf", "$ref", "required", "minimum", "pattern"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(WILD)
def test_nonsense_raises_nothing_but_unsatisfiable(schema: Any) -> None:
    try:
        made(schema)
    except Unsatisfiable as error:
        assert str(error).startswith("the schema at #")
