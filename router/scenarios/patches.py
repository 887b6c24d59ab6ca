"""Edits of a configuration's documents: parts laid over the files, as a person would edit them.

Invariant: nothing is changed in place; rows of a list are the same where their `id` or `name` is, and others are added.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from router.scenarios.expressions import amount, worked_out
from router.scenarios.scenario import AbilityChange, Event, PriceChange
from router.suggest import nearest

Documents = Mapping[str, Any]
Names = Mapping[str, float]
_KEYS = ("id", "name")


def laid_over(old: Any, new: Any) -> Any:
    """One part of a file over another; null takes a key away."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        merged = {key: laid_over(old.get(key), value) for key, value in new.items() if value is not None}
        return {**{key: value for key, value in old.items() if key not in new}, **merged}
    if isinstance(old, list) and isinstance(new, list) and (key := _key_of([*old, *new])):
        rows = {row[key]: row for row in old}
        for row in new:
            if set(row) == {key, "gone"}:
                rows.pop(row[key], None)
            else:
                rows[row[key]] = laid_over(rows.get(row[key], {}), row)
        return list(rows.values())
    return new


def _key_of(rows: Sequence[Any]) -> str | None:
    """What names the rows of a list, where each has such a name."""
    whole = bool(rows) and all(isinstance(row, Mapping) for row in rows)
    return next((key for key in _KEYS if whole and all(key in row for row in rows)), None)


def with_event(documents: Documents, first: Documents, event: Event, names: Names, day: date) -> dict[str, Any]:
    """The documents after an event; `first` are those of the start. Raises ValueError."""
    changed = laid_over(documents, worked_out(event.change, names))
    for ability in event.ability:
        changed = laid_over(changed, {"catalog.yaml": {"models": [_able(first, ability, names)]}})
    for price in event.price:
        changed = _priced(changed, price, names, day)
    for provider in (*event.fails, *event.returns):
        rate = float(provider in event.fails)
        changed = _set_up(changed, provider, {"faults": {"rate": rate, "outcomes": ["unavailable"]}})
    for provider, skills in event.skill.items():
        changed = _set_up(changed, provider, {"skill": {task: amount(to, names) for task, to in skills.items()}})
    return dict(changed)


def _model(documents: Documents, name: str) -> Mapping[str, Any]:
    rows: dict[str, Mapping[str, Any]] = {row["id"]: row for row in documents["catalog.yaml"]["models"]}
    if name not in rows:
        raise ValueError(f"no model is called {name!r}.{nearest(name, rows)}")
    return rows[name]


def _able(first: Documents, change: AbilityChange, names: Names) -> dict[str, Any]:
    like, by = _model(first, change.like or change.model), amount(change.by, names)
    values = like["abilities"]["values"]
    tasks = change.tasks or tuple(values)
    able = {task: round(max(-10.0, min(10.0, values.get(task, 0.0) + by)), 6) for task in tasks}
    return {"id": change.model, "abilities": {"values": able, "status": "assumed"}}


def _priced(documents: Documents, change: PriceChange, names: Names, day: date) -> Any:
    _model(documents, change.model)
    rows = [row for row in documents["prices.yaml"]["prices"].get(change.model, ()) if row["since"] < day.isoformat()]
    into, out = amount(change.input, names), amount(change.output, names)
    new = {
        "since": day.isoformat(),
        "input": round(into, 6),
        "output": round(out, 6),
        "cached_input": round(into, 6),
        "status": "assumed",
        "source": "the scenario",
    }
    return laid_over(documents, {"prices.yaml": {"prices": {change.model: [*rows, new]}}})


def _set_up(documents: Documents, provider: str, settings: Mapping[str, Any]) -> Any:
    rows = documents["providers.yaml"]["providers"]
    if provider not in rows:
        raise ValueError(f"no provider is called {provider!r}.{nearest(provider, rows)}")
    return laid_over(documents, {"providers.yaml": {"providers": {provider: {"settings": settings}}}})
