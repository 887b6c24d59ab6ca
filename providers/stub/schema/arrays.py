"""Arrays of a schema: of a friendly length if that can be, else of the least.

Invariant: items that must differ are made on different turns, and the turn is given back afterwards.
"""

from collections.abc import Iterator
from typing import Any

from providers.stub.schema.check import item_rule, key
from providers.stub.schema.merge import Plain, recurs
from providers.stub.schema.objects import Maker
from providers.stub.schema.root import Place, Unsatisfiable

_MORE_TURNS = 64
_MOST_ITEMS = 1_000


def arrays(maker: Maker, rules: Plain, place: Place) -> Iterator[list[Any]]:
    """The friendly one, then the least."""
    least = max(rules.get("minItems", 0), rules.get("minContains", 1) if "contains" in rules else 0)
    if least > _MOST_ITEMS:
        raise Unsatisfiable(f"{place.pointer}/minItems", "longer than a stub writes")
    most = rules.get("maxItems")
    wished = _friendly(rules, least, place)
    friendly = wished if most is None else min(wished, most)
    for length in dict.fromkeys((friendly, least)):
        try:
            yield _array(maker, rules, length, place)
        except Unsatisfiable:
            if length == least:
                raise


def _friendly(rules: Plain, least: int, place: Place) -> int:
    """One item at least, and all that the schema describes by place."""
    items = rules.get("items")
    described = items if isinstance(items, list) else rules.get("prefixItems", ())
    return least if recurs(items, place.active) else max(least, len(described), 1)


def _array(maker: Maker, rules: Plain, length: int, place: Place) -> list[Any]:
    before = maker.turn
    made: list[Any] = []
    while len(made) < length:
        made.append(_item(maker, rules, made, place.inside("items")))
    maker.turn = before
    return made


def _item(maker: Maker, rules: Plain, made: list[Any], place: Place) -> Any:
    """The next item, different from those before it where it must be."""
    schema = item_rule(rules, len(made))
    if "contains" in rules and len(made) < rules.get("minContains", 1):
        schema = {"allOf": [schema, rules["contains"]]}
    seen = set(map(key, made)) if rules.get("uniqueItems") else ()
    for _ in range(len(made) + _MORE_TURNS):
        value = maker.value(schema, place)
        if key(value) not in seen:
            return value
        maker.turn += 1
    raise Unsatisfiable(place.pointer, "too few different values")
