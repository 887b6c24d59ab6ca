"""What each file must look like, and the sentence for each way in which it does not.

Invariant: an unknown key is an error that names the nearest right key; all faults of a file are told at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_type_hints

import orjson
from pydantic import TypeAdapter, ValidationError

from router.config.source import Path_, Source
from router.errors import ConfigError
from router.types import Model, Policy, Price, ProviderRow, Ramp, Tokenizer

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
class PoliciesFile:
    """policies.yaml."""

    __pydantic_config__ = {"extra": "forbid"}

    default: str
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class RampsFile:
    """ramps.yaml."""

    __pydantic_config__ = {"extra": "forbid"}

    ramps: tuple[Ramp, ...] = ()


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
        faults = [_fault(source, shape, dict(fault)) for fault in error.errors(include_url=False)]
        raise ConfigError(faults) from None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _fault(source: Source, shape: type[Any], fault: dict[str, Any]) -> str:
    path: Path_ = fault["loc"]
    where = source.at(path)
    inside = f" in {_dotted(path[:-1])}" if path[:-1] else ""
    if fault["type"] == "unexpected_keyword_argument":
        known = _keys(shape, path[:-1])
        close = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
        return f"{where}: unknown key {str(path[-1])!r}{inside}; {hint}"
    if fault["type"] in ("missing", "missing_argument"):
        return f"{where}: the key {str(path[-1])!r} is missing{inside}"
    if fault["type"] == "literal_error":
        close = get_close_matches(str(fault["input"]), _literals(fault), n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(_literals(fault))}"
        return f"{where}: {_dotted(path)} cannot be {fault['input']!r}; {hint}"
    return f"{where}: {_dotted(path)}: {fault['msg'].lower()}, not {_shown(fault['input'])}"


def _literals(fault: dict[str, Any]) -> list[str]:
    expected = str(fault["ctx"]["expected"])
    return [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]


def _keys(shape: Any, path: Path_) -> list[str]:
    """The keys that are right at a path, found by walking down the shapes."""
    for step in path:
        if is_dataclass(shape):
            shape = get_type_hints(shape).get(str(step))
        else:
            # Of a mapping the values, of a tuple the items.
            arguments = get_args(shape)
            shape = arguments[1] if isinstance(step, str) and len(arguments) > 1 else next(iter(arguments), None)
    return [found.name for found in fields(shape)] if is_dataclass(shape) else []


def _dotted(path: Path_) -> str:
    return ".".join(str(step) for step in path) or "the file"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
