"""What each file must look like, and the sentence for each way in which it does not.

Invariant: an unknown key is an error that names the nearest right key; all faults of a file are told at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from router.config.files.yaml_source import Path_, Source
from router.errors import ConfigError, Problem
from router.types import Model, Price, ProviderRow, Tokenizer

T = TypeVar("T")
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


def check(source: Source, shape: type[T]) -> T:
    """The file as a value of that shape; raises ConfigError with every fault."""
    adapter: TypeAdapter[T] = _adapter(cast("Any", shape))
    try:
        return adapter.validate_json(orjson.dumps(source.data), strict=True)
    except ValidationError as error:
        found = [dict(fault) for fault in error.errors(include_url=False)]
        told = [_problem(source, shape, fault) for fault in found if not _said_elsewhere(source, fault)]
        raise ConfigError(told) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _said_elsewhere(source: Source, fault: dict[str, Any]) -> bool:
    """Of several kinds that may stand at a place, only the faults of what does stand there are told.

    A list is not too short, too, because its items are wrong.
    """
    if fault["type"] == "too_short":
        return bool(fault["input"])
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
        close = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
        return Problem(where, f"unknown key {str(path[-1])!r}{inside}", hint, "unknown-key")
    if fault["type"] in _MISSING:
        return Problem(where, f"the key {str(path[-1])!r} is missing{inside}", code="missing-key")
    if fault["type"] == "literal_error":
        close = get_close_matches(str(fault["input"]), _literals(fault), n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(_literals(fault))}"
        return Problem(where, f"{_dotted(path)} cannot be {fault['input']!r}", hint, "wrong-value")
    if fault["type"] == "value_error":
        return Problem(where, f"{_dotted(path)}: {fault['ctx']['error']}", code="wrong-value")
    sentence = f"{_dotted(path)}: {fault['msg'].lower()}, not {_shown(fault['input'])}"
    return Problem(where, sentence, code="wrong-value")


def _literals(fault: dict[str, Any]) -> list[str]:
    expected = str(fault["ctx"]["expected"])
    return [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]


def _keys(shape: Any, path: Path_) -> list[str]:
    """The keys that are right at a path, found by walking down the shapes."""
    for step in path:
        shape = _one_shape(shape)
        if is_dataclass(shape):
            shape = get_type_hints(shape).get(str(step))
        else:
            # Of a mapping the values, of a tuple the items.
            arguments = get_args(shape)
            shape = arguments[1] if isinstance(step, str) and len(arguments) > 1 else next(iter(arguments), None)
    shape = _one_shape(shape)
    return [found.name for found in fields(shape)] if is_dataclass(shape) else []


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
