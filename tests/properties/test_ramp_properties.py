"""Shares move units as promised: raising one only adds, the holdback never moves, and 0 moves nobody."""

from dataclasses import replace

import builders
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies import UNITS
from router.decision.ramp_split import arm, position, unit_of

FRACTIONS = st.floats(0, 1)
HOLDBACKS = st.floats(0, 1, exclude_max=True)
NAMES = st.text(min_size=1, max_size=8)


def moved(name: str, unit: str, share: float, holdback: float) -> str:
    return arm(replace(builders.ramp("a", "b", share, holdback=holdback), name=name), unit).arm


@given(NAMES, UNITS, FRACTIONS, FRACTIONS, HOLDBACKS)
def test_raising_the_share_only_adds_units(name: str, unit: str, share: float, other: float, holdback: float) -> None:
    low, high = sorted((share, other))
    if moved(name, unit, low, holdback) == "moved":
        assert moved(name, unit, high, holdback) == "moved"


@given(NAMES, UNITS, FRACTIONS, FRACTIONS, HOLDBACKS)
def test_the_holdback_is_the_same_at_every_share(
    name: str, unit: str, share: float, other: float, holdback: float
) -> None:
    held = moved(name, unit, share, holdback) == "holdback"
    assert held == (moved(name, unit, other, holdback) == "holdback")
    assert not held or moved(name, unit, 1.0, holdback) == "holdback"


@given(NAMES, UNITS, HOLDBACKS)
def test_share_0_moves_nobody_and_share_1_everybody_but_the_holdback(name: str, unit: str, holdback: float) -> None:
    assert moved(name, unit, 0.0, holdback) != "moved"
    assert moved(name, unit, 1.0, holdback) != "not_yet"
    assert moved(name, unit, 1.0, 0.0) == "moved"


@given(UNITS, UNITS, UNITS, UNITS)
def test_a_users_conversations_and_a_keys_users_stay_together(user: str, other: str, first: str, second: str) -> None:
    by_user, by_key, plain = (builders.ramp("a", "b", unit=unit) for unit in ("user", "key", "conversation"))
    former, two = f"{user:12}{first}", f"{user:12}{second}"
    assert unit_of(by_user, former, first) == unit_of(by_user, two, second)
    assert (unit_of(by_user, former, None) == unit_of(by_user, f"{other:12}", None)) == (f"{user:12}" == f"{other:12}")
    assert (
        unit_of(by_key, former, other) == unit_of(by_key, second, other)
        if other
        else unit_of(by_key, former, "") == former
    )
    assert unit_of(plain, former, other) == former


@given(NAMES)
@settings(max_examples=20)
def test_positions_are_spread_evenly(name: str) -> None:
    units, bins = 2_000, 10
    counts = [0] * bins
    for unit in range(units):
        counts[position(name, f"unit-{unit}") * bins >> 64] += 1
    # 200 expected in each; five standard deviations of a binomial count are 67.
    assert all(133 <= count <= 267 for count in counts)


@given(st.lists(NAMES, min_size=2, max_size=2, unique=True))
@settings(max_examples=20)
def test_ramps_split_independently_of_one_another(names: list[str]) -> None:
    both = sum(all(position(name, f"unit-{unit}") < 2**63 for name in names) for unit in range(1_000))
    # 250 expected; five standard deviations are 68.
    assert 182 <= both <= 318
