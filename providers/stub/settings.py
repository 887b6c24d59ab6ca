"""The settings of a stub in a provider's row; everything is off by default.

Invariant: a wrong setting is refused with a ValueError that names the place and the nearest right key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import TypeAdapter, ValidationError

from router.types import TASKS, Task

Fault = Literal["timeout", "rate_limited", "unavailable", "rejected", "content_filter", "cut_off"]


@dataclass(frozen=True, slots=True)
class Faults:
    """A share of requests that fails; `after_chunks` above 0 lets the stream begin before it is cut off."""

    __pydantic_config__ = {"extra": "forbid"}

    rate: Annotated[float, Ge(0), Le(1)] = 0.0
    outcomes: Annotated[tuple[Fault, ...], MinLen(1)] = ("unavailable",)
    after_chunks: Annotated[int, Ge(0)] = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """`skill` replaces the catalog's abilities by task; with `latency` the stub takes its model's time, scaled."""

    __pydantic_config__ = {"extra": "forbid"}

    latency: bool = False
    latency_scale: Annotated[float, Ge(0), Le(100)] = 1.0
    faults: Faults = Faults()
    skill: Mapping[Task, Annotated[float, Ge(-20), Le(20)]] = field(default_factory=dict)


_ADAPTER = TypeAdapter(Settings)
_KEYS = {(): tuple(Settings.__dataclass_fields__), ("faults",): tuple(Faults.__dataclass_fields__), ("skill",): TASKS}


def read_settings(given: Mapping[str, Any]) -> Settings:
    """The settings, checked."""
    try:
        return _ADAPTER.validate_python(dict(given))
    except ValidationError as error:
        problems = [_sentence(problem["loc"], problem["msg"]) for problem in error.errors(include_url=False)]
    raise ValueError("; ".join(problems))


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    """One problem for a person: a key that is not known, or a value that does not fit."""
    path = [str(step) for step in place if step != "[key]"]
    known = _KEYS.get(tuple(path[:-1]))
    if not known or path[-1] in known:
        return f"{'.'.join(path)}: {message}"
    near = get_close_matches(path[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    return f"{'.'.join(path)}: unknown key; {hint}"
