"""An instance of a schema: candidates are made in a fixed order, and the first that fits is taken.

Invariant: what `instance` returns has been checked against the whole schema; it raises Unsatisfiable otherwise.
"""

from collections.abc import Callable, Iterator
from typing import Any

from providers.stub.schema.arrays import arrays
from providers.stub.schema.check import fits
from providers.stub.schema.merge import Plain, plain
from providers.stub.schema.numbers import numbers
from providers.stub.schema.objects import objects
from providers.stub.schema.root import TOP, Place, Root, Unsatisfiable
from providers.stub.schema.strings import Writer, strings

_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_HINTS = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def instance(schema: Any, writer: Writer) -> Any:
    """A value that validates, or Unsatisfiable with the place that cannot be met."""
    root = Root(schema)
    try:
        return Maker(root, writer).value(schema, TOP)
    except RecursionError:
        raise Unsatisfiable("#", "it refers to itself without end") from None
    except _MALFORMED as error:
        raise Unsatisfiable("#", f"it is malformed ({error!r})") from None


class Maker:
    """Makes values for one schema; `turn` shifts all scalars, so that items can be made to differ."""

    def __init__(self, root: Root, writer: Writer) -> None:
        self.root = root
        self.writer = writer
        self.turn = 0

    def value(self, schema: Any, place: Place) -> Any:
        """The first candidate that fits."""
        problem = Unsatisfiable(place.pointer, "nothing satisfies it")
        for rules, inside in plain(self.root, schema, place):
            try:
                for candidate in self._candidates(rules, inside):
                    if fits(self.root, schema, candidate):
                        return candidate
            except Unsatisfiable as error:
                problem = error.under(place.pointer)
        raise problem

    def _candidates(self, rules: Plain, place: Place) -> Iterator[Any]:
        if "const" in rules:
            yield rules["const"]
        elif "enum" in rules:
            yield from self._rotated(rules["enum"])
        else:
            yield from self._suggested(rules)
            for kind in _kinds(rules):
                yield from _MAKERS[kind](self, rules, place)

    def _suggested(self, rules: Plain) -> list[Any]:
        """What the schema's author wrote as a default or an example."""
        given = [rules["default"]] if "default" in rules else []
        return self._rotated([*given, *rules.get("examples", ())])

    def _rotated(self, values: list[Any]) -> list[Any]:
        start = self.turn % len(values) if values else 0
        return values[start:] + values[:start]

    def strings(self, rules: Plain, _place: Place) -> Iterator[str]:
        """Strings to try."""
        return strings(rules, self.turn, self.writer, self.root.spend)

    def numbers(self, rules: Plain, _place: Place) -> Iterator[int | float]:
        """Numbers to try."""
        return numbers(rules, self.turn, whole=False)

    def integers(self, rules: Plain, _place: Place) -> Iterator[int | float]:
        """Whole numbers to try."""
        return numbers(rules, self.turn, whole=True)

    def booleans(self, _rules: Plain, _place: Place) -> Iterator[bool]:
        """Both, in the order of the turn."""
        return iter(self._rotated([True, False]))


_MAKERS: dict[str, Callable[[Maker, Plain, Place], Iterator[Any]]] = {
    "string": Maker.strings,
    "number": Maker.numbers,
    "integer": Maker.integers,
    "object": objects,
    "array": arrays,
    "boolean": Maker.booleans,
    "null": lambda _maker, _rules, _place: iter([None]),
}


def _kinds(rules: Plain) -> list[str]:
    """The types to try: the given ones with null last, or those that the keywords hint at before all others."""
    given = rules.get("type")
    if given is None:
        hinted = [kind for kind, names in _HINTS.items() if any(name in rules for name in names)]
        return [*hinted, *(kind for kind in _MAKERS if kind not in hinted)]
    return sorted([given] if isinstance(given, str) else given, key=lambda kind: bool(kind == "null"))
