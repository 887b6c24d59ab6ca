"""Whatever is observed, ordered, or told by a clock: a ramp takes one step at a time, and never without a reason."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ramp_samples import DAY, NOW, answers, pairs, plan

from router.errors import Conflict
from router.ramps import ACTIVE, Batch, Moment, Order, RampState, Totals, absorb, in_force, obey, progress
from router.ramps.commands import WORDS
from router.ramps.state import fresh
from router.types import Author

PLAN = plan()
SHARES = {0.0, *(step.share for step in PLAN.steps)}
TASKS = ("chat", "law")
HAPPENINGS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(WORDS), st.booleans()),
    st.tuples(st.just("good"), st.sampled_from(TASKS), st.integers(1, 30)),
    st.tuples(st.just("bad"), st.sampled_from(TASKS), st.integers(1, 12)),
    st.tuples(st.just("silent"), st.sampled_from(TASKS), st.integers(1, 15)),
    st.tuples(st.just("tick"), st.just(""), st.floats(-1e7, 1e7)),
)
LIVES = st.lists(HAPPENINGS, max_size=40)


def happened(state: RampState, what: tuple[Any, ...], now: float) -> tuple[RampState, float, bool]:
    """The state after one happening, the time, and whether evidence was overridden."""
    kind, name, much = what
    if kind == "order":
        try:
            order = Order(name, Author(f"person {len(state.approved_by)}", "command"), much)
            state, _ = obey(PLAN, state, order, Totals(), Moment(now, NOW))
            return state, now, much and name == "advance"
        except Conflict:
            return state, now, False
    if kind == "tick":
        now += much
        return progress(PLAN, state, Totals(), Moment(now, NOW))[0], now, False
    outcomes = [(1.0, 1.0 if kind == "good" else 0.0)] * (0 if kind == "silent" else much)
    return absorb(PLAN, state, Batch(answers(name, much), pairs(outcomes, name)), DAY), now, False


@given(LIVES)
@settings(max_examples=300)
def test_a_ramp_goes_up_one_step_at_a_time_and_only_on_evidence(life: list[tuple[Any, ...]]) -> None:
    state, now = fresh(PLAN), 1e9
    for what in life:
        before = state
        state, now, forced = happened(state, what, now)
        force = in_force(PLAN, state)
        assert (force is None) == (state.stage not in ACTIVE)
        if force is not None:
            assert force.share in SHARES
            assert set(force.without) == set(state.without)
        if state.step > before.step:
            assert state.step == before.step + 1
            assert before.stage in ("shadow", "moving")
            busy = [task for name, task in before.tasks.items() if task.requests and name not in before.without]
            assert forced or (busy and all(task.evidence.promoted for task in busy))
        if state.stage != "rolled_back" and before.stage != "rolled_back" and state.approved_by:
            assert set(before.without) <= set(state.without)
        if state.stage == "shadow":
            assert state.step == -1


@given(LIVES, st.floats(-1e9, 1e9), st.integers(0, 50))
def test_however_a_clock_jumps_a_step_takes_at_least_its_time_in_ticks(
    life: list[tuple[Any, ...]], jump: float, ticks: int
) -> None:
    state = replace(obey_all(fresh(PLAN)), seen_s=1e9)
    state = absorb(PLAN, state, Batch(answers("chat", 60), pairs([(1.0, 1.0)] * 60)), DAY)
    for tick in range(ticks):
        state, _ = progress(PLAN, state, Totals(), Moment(1e9 + jump * tick, NOW, 1.0))
    assert state.step < 0 or ticks >= PLAN.steps[0].after_s
    assert state.elapsed_s <= ticks


@given(LIVES)
@settings(max_examples=100)
def test_a_kill_moves_nothing_whatever_came_before(life: list[tuple[Any, ...]]) -> None:
    state, now = fresh(PLAN), 1e9
    for what in life:
        state, now, _ = happened(state, what, now)
    killed, move = obey(PLAN, state, Order("kill", Author("anybody", "command")), Totals(), Moment(now, NOW))
    assert (in_force(PLAN, killed), move.share) == (None, 0.0)


def obey_all(state: RampState) -> RampState:
    for word in ("approve", "start"):
        state, _ = obey(PLAN, state, Order(word, Author("kim", "command")), Totals(), Moment(1e9, NOW))  # type: ignore[arg-type]
    return state
