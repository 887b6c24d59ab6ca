"""A record that is quickly made is the one that dataclasses make."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

import pytest

from router.types import Ask, Caller, Features, Situation
from router.types.records.quick_records import quick


@dataclass(frozen=True, slots=True)
class Plain:
    first: int
    second: tuple[str, ...] = ()
    third: str = field(default="x", kw_only=True)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    first: int
    second: tuple[str, ...] = ()
    third: str = field(default="x", kw_only=True)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    first: int
    second: int = 2


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, ("a",)), {"third": "y"}),
    ((), {"first": 1, "second": ("b",)}),
]


@pytest.mark.parametrize(("values", "named"), ARGUMENTS)
def test_the_same_arguments_make_the_same_values(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    plain, made = Plain(*values, **named), Quick(*values, **named)
    assert type(made) is Quick
    assert asdict(made) == asdict(plain)
    assert repr(made).removeprefix("Quick") == repr(plain).removeprefix("Plain")
    assert made == Quick(*values, **named)
    assert hash(made) == hash(plain)


@pytest.mark.parametrize(("values", "named"), [((), {}), ((1, (), "y"), {}), ((1,), {"fourth": 1})])
def test_other_arguments_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (Plain, Quick):
        with pytest.raises(TypeError):
            kind(*values, **named)
    with pytest.raises(TypeError):
        Named(1)  # type: ignore[misc, call-arg]


def test_nothing_can_be_set_or_deleted_afterwards() -> None:
    made = Quick(1)
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.first
    with pytest.raises((AttributeError, TypeError)):
        made.fourth = 2  # type: ignore[attr-defined]


def test_it_is_replaced_copied_and_pickled() -> None:
    made = Situation(date(2026, 11, 30), minute=3)
    assert replace(made, minute=4) == Situation(date(2026, 11, 30), minute=4)
    assert copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


def test_a_subclass_that_is_a_dataclass_has_its_own() -> None:
    @dataclass(frozen=True, slots=True)
    class More(Quick):
        fourth: int = 4

    made = More(1, fourth=5)
    assert (type(made), made.fourth, made.third) == (More, 5, "x")


def test_what_is_not_just_set_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Factory:
        rows: list[int] = field(default_factory=list)

    @dataclass(frozen=True, slots=True)
    class Later:
        row: int = field(default=1, init=False)

    @dataclass(frozen=True, slots=True)
    class Checked:
        row: int

        def __post_init__(self) -> None:
            """Nothing."""

    for kind in (Factory, Later, Checked):
        with pytest.raises(TypeError, match=kind.__name__):
            quick(kind)


@pytest.mark.parametrize("kind", [Features, Ask, Situation, Caller])
def test_the_records_of_a_request_say_what_they_take(kind: type[Any]) -> None:
    parameters = inspect.signature(kind).parameters
    assert list(parameters) == [row.name for row in fields(kind)]
    assert all(parameters[row.name].annotation == row.type for row in fields(kind))
