"""When a deployment is ejected, how it is probed, and what says nothing about it."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.serving.deployments.circuit_breaker import CLOSED, ILL, WELL, Breaker, begun, ended
from router.types import Breaking, Outcome

THREE = Breaking(failures=3, fewest=6, window_s=10.0, cool_s=5.0, longest_s=15.0)


def after(*outcomes: Outcome, breaker: Breaker = CLOSED, now: float = 0.0) -> Breaker:
    for outcome in outcomes:
        breaker = ended(begun(breaker, now), outcome, THREE, now)
    return breaker


@pytest.mark.parametrize("outcome", sorted(ILL))
def test_so_many_failures_in_a_row_eject(outcome: Outcome) -> None:
    assert after(outcome, outcome).state(0) == "closed"
    assert after(outcome, outcome, "ok", outcome, outcome).state(0) == "closed"
    assert after(outcome, outcome, outcome).state(0) == "open"


def test_half_of_enough_answers_in_a_window_eject() -> None:
    often: list[Outcome] = ["unavailable", "ok", "timeout", "ok", "ok", "cut_off"]
    assert after(*often[:5]).state(0) == "closed"
    assert after(*often).state(0) == "open"
    assert after(*often, now=100.0).state(100.0) == "open", "a window that began late"
    assert after(often[5], breaker=after(*often[:5]), now=10.0).state(10.0) == "open", "to its end"
    # What came before the window is forgotten.
    late = after(often[5], breaker=after(*often[:5]), now=11.0)
    assert late.state(11.0) == "closed"


def test_fewer_than_half_eject_nothing() -> None:
    for failures in (1, 2):
        rare: list[Outcome] = [*["ok"] * (6 - failures), *["timeout"] * failures]
        assert after(*rare).state(0) == "closed"


@pytest.mark.parametrize("outcome", sorted(set(get_args(Outcome)) - ILL - WELL))
def test_what_says_nothing_changes_nothing_and_frees_the_probe(outcome: Outcome) -> None:
    assert after("timeout", outcome) == after("timeout")
    opened = after("timeout", "timeout", "timeout")
    probing = begun(opened, 5.0)
    assert probing.state(6.0) == "open"
    assert ended(probing, outcome, THREE, 6.0).state(6.0) == "half_open"


@pytest.mark.parametrize("outcome", sorted(WELL))
def test_one_probe_that_answers_closes(outcome: Outcome) -> None:
    opened = after("timeout", "timeout", "timeout")
    assert (opened.state(4.9), opened.state(5.0)) == ("open", "half_open")
    assert after(outcome, breaker=opened, now=5.0).state(5.0) == "closed"


def test_each_probe_that_fails_waits_twice_as_long_up_to_the_longest() -> None:
    breaker, now = after("timeout", "timeout", "timeout"), 0.0
    for cool in (5.0, 10.0, 15.0, 15.0):
        assert breaker.cool_s == cool
        now += cool
        breaker = after("unavailable", breaker=breaker, now=now)


def test_what_began_before_it_was_ejected_tells_nothing_new() -> None:
    opened = after("timeout", "timeout", "timeout")
    assert ended(opened, "timeout", THREE, 1.0) == opened
    assert ended(opened, "ok", THREE, 1.0).state(1.0) == "closed"


@given(st.lists(st.tuples(st.sampled_from(get_args(Outcome)), st.floats(0, 20)), max_size=40))
def test_an_open_breaker_lets_one_probe_through_at_a_time(life: list[tuple[Outcome, float]]) -> None:
    breaker, now = CLOSED, 0.0
    for outcome, passed in life:
        now += passed
        calling = begun(breaker, now)
        if breaker.state(now) == "half_open":
            assert calling.state(now) == "open"
        breaker = ended(calling, outcome, THREE, now)
        assert THREE.cool_s <= breaker.cool_s <= THREE.longest_s or breaker.until is None
