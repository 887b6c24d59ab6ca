"""Writes a request as plain data by the names of OpenAI's API, without what a model refuses.

Invariant: what was not said is not there; what is left out is noted.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from providers.upstream.dialect import own, unsent, without
from providers.upstream.notes import note
from router.types import ChatRequest, Model

# Only the router replaces a model: these let a gateway do it unseen.
SUBSTITUTING = frozenset({"models", "route", "fallbacks"})
_OURS = frozenset({"model", "stream", "stream_options", "fungible", "extra"})
_FIELDS = tuple(name for name in ChatRequest.__slots__ if name not in _OURS)
Said = dict[str, Any]


def said(request: ChatRequest, model: Model, notes: list[str], *, anthropic: bool = False) -> Said:
    """Every parameter that the client gave, but for those that this model refuses or that would replace it.

    What only Anthropic's API has a word for is sent to that alone, and noted for any other.
    """
    parameters_given = {name: written(value) for name in _FIELDS if (value := getattr(request, name)) is not None}
    if anthropic:
        parameters_given = own(request.extra) | parameters_given
    else:
        notes.extend(unsent(request))
    if request.extra:
        parameters_given.update(without(request.extra))
        notes.extend(note("dropped", name) for name in request.extra if name in SUBSTITUTING)
        for name in SUBSTITUTING:
            parameters_given.pop(name, None)
    if (parameters := model.parameters) is not None:
        notes.extend(note("dropped", name) for name in parameters.drops if parameters_given.pop(name, None) is not None)
    return parameters_given


def written(value: Any) -> Any:
    """A value of ours as plain data, without what was not said."""
    if isinstance(value, tuple):
        return [written(item) for item in value]
    if not is_dataclass(value):
        return value
    names = value.__slots__  # type: ignore[union-attr]
    plain = {name: written(item) for name in names if name != "extra" and (item := getattr(value, name)) is not None}
    extra: Mapping[str, Any] | None = getattr(value, "extra", None)
    return {**without(extra), **plain} if extra else plain
