"""What each file must look like, and the sentence for each way in which it does not.

Invariant: an unknown key is an error that names the nearest right key; all faults of a file are told at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from router.config.files.advice import for_key, for_kind, for_nothing, for_number, for_range, for_word
from router.config.files.corrections import correction
from router.config.files.yaml_source import Path_, Source
from router.config.scalars import WRITTEN_NOW
from router.decision.names.patterns import is_pattern
from router.errors import ConfigError, Problem
from router.suggest import likely
from router.types import Model, Price, ProviderRow, Tokenizer

T = TypeVar("T")
_NUMBERS = ("float_type", "int_type", "float_parsing", "int_parsing")
_MISSING = ("missing", "missing_argument")


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """catalog.yaml."""

    __pydantic_config__ = {"extra": "forbid"}

    tokenizers: Mapping[str, Tokenizer]
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class PricesFile:
    """prices.yaml: for each model its prices, oldest first."""

    __pydantic_config__ = {"extra": "forbid"}

    prices: Mapping[str, tuple[Price, ...]]


@dataclass(frozen=True, slots=True)
class ProvidersFile:
    """providers.yaml: the adapters in use, with their settings."""

    __pydantic_config__ = {"extra": "forbid"}

    providers: Mapping[str, ProviderRow]


def check(source: Source, shape: type[T], *, kept: bool = False) -> T:
    """The file as a value of that shape; raises ConfigError with every fault.

    What was `kept` is read as the version read it that took it from a person.
    """
    adapter: TypeAdapter[T] = _adapter(cast("Any", shape))
    try:
        return adapter.validate_json(orjson.dumps(source.data), strict=True, context=None if kept else WRITTEN_NOW)
    except ValidationError as error:
        faults = [dict(fault) for fault in error.errors(include_url=False)]
        telling = [fault for fault in faults if not _said_elsewhere(source, fault)] or faults
        problems = [replace(_problem(source, shape, fault), path=_path(source, fault)) for fault in telling]
        raise ConfigError(problems) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _said_elsewhere(source: Source, fault: dict[str, Any]) -> bool:
    """Of several kinds that may stand at a place, only the faults of what does stand there are told.

    A list is not too short, too, because its items are wrong.
    """
    if fault["type"] == "too_short":
        return bool(fault["input"])
    if fault["type"] == "value_error":
        return False
    names_a_kind = fault["loc"] and _path(source, fault) == _path(source, {**fault, "loc": fault["loc"][:-1]})
    return bool(names_a_kind) and (fault["type"] == "dataclass_type") != isinstance(fault["input"], dict)


def _path(source: Source, fault: dict[str, Any]) -> Path_:
    """Where a fault stands in the file: its location without the names of kinds, which stand in none."""
    path: list[str | int] = []
    node = source.data
    for place, step in enumerate(fault["loc"], 1):
        if (isinstance(node, dict) and step in node) or (isinstance(node, list) and isinstance(step, int)):
            node = node[step]
            path.append(step)
        elif place == len(fault["loc"]) and fault["type"] in _MISSING:
            path.append(step)
    return tuple(path)


def _problem(source: Source, shape: type[Any], fault: dict[str, Any]) -> Problem:
    path = _path(source, fault)
    where = source.at(path)
    inside = f" in {_dotted(path[:-1])}" if path[:-1] else ""
    if fault["type"] == "unexpected_keyword_argument":
        known = _keys(shape, path[:-1])
        close = likely(str(path[-1]), known)
        hint = f"; did you mean {close!r}?" if close else f"; there are: {', '.join(known)}"
        hint = f"; {advice}" if (advice := for_key(str(path[-1]), inside, known)) else hint
        return Problem(where, f"unknown key {str(path[-1])!r}{inside}", hint, "unknown-key")
    if fault["type"] in _MISSING:
        return Problem(where, f"the key {str(path[-1])!r} is missing{inside}", code="missing-key")
    if fault["type"] == "literal_error":
        close = likely(str(fault["input"]), _literals(fault))
        hint = f"; did you mean {close!r}?" if close else f"; there are: {', '.join(_literals(fault))}"
        hint = f"; {advice}" if (advice := for_word(fault["input"], _literals(fault))) else hint
        why = ": no pattern is possible here" if is_pattern(str(fault["input"])) else ""
        return Problem(where, f"{_dotted(path)} cannot be {fault['input']!r}{why}", hint, "wrong-value")
    if fault["type"] == "value_error":
        sentence = str(fault["ctx"]["error"])
        hint = f"; {advice}" if (advice := correction(sentence, fault["input"])) else ""
        return Problem(where, f"{_dotted(path)}: {sentence}", hint, "wrong-value")
    written = fault["input"]
    if path and (
        advice := for_nothing(written) or _number_advice(fault) or for_kind(fault["type"], written, _keys(shape, path))
    ):
        return Problem(where, f"{_dotted(path)} cannot be {_shown(written)}", f"; {advice}", "wrong-value")
    advice = _range_advice(fault) if path else f"it has these keys: {', '.join(_keys(shape, ()))}"
    hint = f"; {advice}" if advice else ""
    return Problem(where, f"{_dotted(path)}: {fault['msg'].lower()}, not {_shown(written)}", hint, "wrong-value")


def _number_advice(fault: dict[str, Any]) -> str:
    return for_number(fault["input"]) if fault["type"] in _NUMBERS else ""


def _range_advice(fault: dict[str, Any]) -> str:
    kind, ends = fault["type"], fault.get("ctx", {})
    return for_range(fault["input"], ends["le"]) if kind == "less_than_equal" else ""


def _literals(fault: dict[str, Any]) -> list[str]:
    expected = str(fault["ctx"]["expected"])
    return [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]


def _keys(shape: Any, path: Path_) -> list[str]:
    """The keys that are right at a path, found by walking down the shapes."""
    for step in path:
        shape = _one_shape(shape)
        if is_dataclass(shape):
            hints = get_type_hints(shape)
            shape = hints.get(str(step), hints.get(f"{step}_"))
        else:
            # Of a mapping the values, of a tuple the items.
            arguments = get_args(shape)
            shape = arguments[1] if isinstance(step, str) and len(arguments) > 1 else next(iter(arguments), None)
    shape = _one_shape(shape)
    return [field.name.rstrip("_") for field in fields(shape)] if is_dataclass(shape) else []


def _one_shape(shape: Any) -> Any:
    """Of several kinds that may stand at a place, the one with keys, or with items."""
    if not _is_union(shape):
        return shape
    kinds = [kind for kind in get_args(shape) if kind is not type(None)]
    return next((kind for kind in kinds if is_dataclass(kind)), kinds[0])


def _is_union(shape: Any) -> bool:
    return get_origin(shape) in (UnionType, Union)


def _dotted(path: Path_) -> str:
    return ".".join(str(step) for step in path) or "the file"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
