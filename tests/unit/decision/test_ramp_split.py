"""Which side of a ramp a unit stands on, and which ramp a request meets."""

import pytest
from builders import SITUATION, ask, features, ramp

from router.decision.conditions import facts_of
from router.decision.ramp_split import arm, matching, position, unit_of
from router.types import Condition, OneOf

FACTS = facts_of(features(), ask(), SITUATION)


def test_a_unit_stands_at_the_same_place_for_ever() -> None:
    assert position("to-mai", "conversation-1") == 5_746_581_713_126_517_611
    assert position("to-mai", "a") != position("to-mai", "b")
    assert position("to-mai", "a") != position("to-phi", "a")


def test_a_unit_is_moved_not_yet_moved_or_held_back() -> None:
    units = [f"unit-{n}" for n in range(400)]
    arms = {unit: arm(ramp("a", "b", 0.3, holdback=0.2), unit).arm for unit in units}
    assert set(arms.values()) == {"moved", "not_yet", "holdback"}
    places = {side: [position("ramp", unit) / 2**64 for unit in units if arms[unit] == side] for side in arms.values()}
    assert max(places["moved"]) < 0.3 <= min(places["not_yet"])
    assert max(places["not_yet"]) < 0.8 <= min(places["holdback"])


def test_the_name_of_the_ramp_is_told() -> None:
    assert arm(ramp("a", "b", 1.0), "unit").ramp == "ramp"
    assert arm(ramp("a", "b", 1.0, holdback=1.0), "unit").ramp == "ramp"


def test_a_unit_just_on_a_border_stands_beyond_it() -> None:
    place = position("ramp", "unit-1707") / 2**64
    assert int(place * 2**64) == position("ramp", "unit-1707"), "a place that a share can name exactly"
    assert arm(ramp("a", "b", place), "unit-1707").arm == "not_yet"
    assert arm(ramp("a", "b", 1.0, holdback=1.0 - place), "unit-1707").arm == "holdback"


@pytest.mark.parametrize(
    ("unit", "key", "stays"),
    [
        ("conversation", "key-1", "0123456789abcdef"),
        ("conversation", None, "0123456789abcdef"),
        ("user", "key-1", "0123456789ab"),
        ("user", None, "0123456789ab"),
        ("key", "key-1", "key-1"),
        ("key", None, "0123456789abcdef"),
        ("key", "", "0123456789abcdef"),
    ],
)
def test_what_stays_on_one_side_is_what_the_ramp_says(unit: str, key: str | None, stays: str) -> None:
    assert unit_of(ramp("a", "b", unit=unit), "0123456789abcdef", key) == stays


def test_the_first_ramp_that_matches_is_met() -> None:
    ramps = (
        ramp("other", "b", name="other"),
        ramp("a", "b", name="law", when=Condition((OneOf("task", frozenset({"law"})),))),
        ramp("a", "c", name="first"),
        ramp("a", "d", name="second"),
    )
    matched = matching(ramps, "a", FACTS)
    assert matched is not None
    assert matched.name == "first"
    assert matching(ramps, "c", FACTS) is None
