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

from router.config.source import Path_, Source
from router.errors import ConfigError, Problem
from router.types import Model, Price, ProviderRow, Tokenizer

T = TypeVar("T")


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
        raise ConfigError([_problem(source, shape, fault) for fault in found if not _of_another_kind(fault)]) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _of_another_kind(fault: dict[str, Any]) -> bool:
    """Where a word or a mapping may stand, only the faults of what does stand there are told."""
    last, mapping = str(fault["loc"][-1:]), isinstance(fault["input"], dict)
    if fault["type"] == "literal_error":
        return "literal[" in last and mapping
    return fault["type"] == "dataclass_type" and "Then" in last and not mapping


def _problem(source: Source, shape: type[Any], fault: dict[str, Any]) -> Problem:
    path: Path_ = tuple(step for step in fault["loc"] if not str(step).startswith(("literal[", "Then")))
    where = source.at(path)
    inside = f" in {_dotted(path[:-1])}" if path[:-1] else ""
    if fault["type"] == "unexpected_keyword_argument":
        known = _keys(shape, path[:-1])
        close = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
        return Problem(where, f"unknown key {str(path[-1])!r}{inside}", hint, "unknown-key")
    if fault["type"] in ("missing", "missing_argument"):
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
    """Of several kinds that may stand at a place, the one with keys."""
    return next((kind for kind in get_args(shape) if is_dataclass(kind)), shape) if _is_union(shape) else shape


def _is_union(shape: Any) -> bool:
    return get_origin(shape) in (UnionType, Union)


def _dotted(path: Path_) -> str:
    return ".".join(str(step) for step in path) or "the file"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
