"""Windows of a minute, and leases out of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ledger.rate_window import SLOTS, Window, lease

NOW = 1_000


def test_a_slot_counts_until_all_of_it_is_a_minute_old() -> None:
    window = Window({NOW: 3})
    assert window.at(NOW + SLOTS).total == 3
    assert window.at(NOW + SLOTS + 1).total == 0
    assert window.at(NOW - 5).total == 3, "a clock that was ahead gives nothing away"


def test_a_lease_takes_what_is_needed_or_a_sixtieth_but_never_more_than_is_free() -> None:
    assert lease(Window(), 1, 60, NOW) == (Window({NOW: 1}), 1)
    assert lease(Window(), 1, 6_000, NOW) == (Window({NOW: 100}), 100)
    assert lease(Window(), 500, 6_000, NOW) == (Window({NOW: 500}), 500)
    assert lease(Window({NOW - 1: 5_950}), 1, 6_000, NOW) == (Window({NOW - 1: 5_950, NOW: 50}), 50)
    assert lease(Window({NOW - 1: 59}), 2, 60, NOW) == (Window({NOW - 1: 59}), 0)
    assert lease(Window({NOW: 80}), 1, 60, NOW).amount == 0, "a limit that was lowered"
    assert lease(Window(), 0, 60, NOW).amount == 0


@pytest.mark.parametrize(
    ("taken", "need", "wait"),
    [
        ({}, 60, 0),
        ({}, 61, None),
        ({NOW: 60}, 1, 61),
        ({NOW - 60: 1, NOW: 59}, 1, 1),
        ({NOW - 60: 1, NOW - 50: 9, NOW: 50}, 2, 11),
        ({NOW - 60: 1, NOW - 50: 9, NOW: 50}, 10, 11),
        ({NOW - 60: 1, NOW - 50: 9, NOW: 50}, 11, 61),
        ({NOW - 70: 60}, 1, 0),
    ],
)
def test_it_is_known_when_so_much_is_free(taken: dict[int, int], need: int, wait: int | None) -> None:
    assert Window(taken).free_in(need, 60, NOW) == wait


def test_it_is_known_when_nothing_counts_any_more() -> None:
    assert Window().empty_in(NOW) == 0
    assert Window({NOW - 60: 1}).empty_in(NOW) == 1
    assert Window({NOW - 61: 1}).empty_in(NOW) == 0
    assert Window({NOW - 60: 1, NOW: 2}).empty_in(NOW) == 61


def test_a_slot_never_holds_less_than_nothing() -> None:
    assert Window({NOW: 3}).changed(NOW, -5).at(NOW) == Window({})
    assert Window().changed(NOW, 2).changed(NOW, 1) == Window({NOW: 3})


STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40), st.integers(0, 3)), max_size=60)


@given(st.integers(1, 200), STEPS)
def test_no_61_slots_in_a_row_hold_more_than_the_limit_and_what_was_free_was_given(
    limit: int, steps: list[tuple[int, int, int]]
) -> None:
    window, slot, leased = Window(), NOW, {}
    for pause, need, back in steps:
        slot += pause
        free = limit - window.at(slot).total
        window, amount = lease(window, need, limit, slot)
        assert (amount >= need) == (need <= free)
        returned = min(back, amount)
        window = window.changed(slot, -returned)
        leased[slot] = leased.get(slot, 0) + amount - returned
        assert sum(taken for start, taken in leased.items() if start >= slot - SLOTS) <= limit


@given(st.integers(1, 100), STEPS, st.integers(1, 100))
def test_what_is_free_in_some_seconds_is_free_then_and_not_before(
    limit: int, steps: list[tuple[int, int, int]], need: int
) -> None:
    window, slot = Window(), NOW
    for pause, more, _ in steps:
        slot += pause
        window = lease(window, more, limit, slot).window
    wait = window.free_in(need, limit, slot)
    if wait is None:
        assert need > limit
        return
    assert lease(window, need, limit, slot + wait).amount >= need
    assert wait == 0 or lease(window, need, limit, slot + wait - 1).amount == 0
