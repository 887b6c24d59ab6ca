"""Sums of parts of a log come to the same whichever part counted its costs in finer units."""

import numpy as np

from router.policy.replay.sums.compared_sums import AFTER, BEFORE, GroupSums, ReplaySums, Side


def part(places: int, cost: int) -> ReplaySums:
    """One request, whose cost before and after is so many units of 10^-`places`."""
    sums = np.zeros((5, 1), dtype=object)
    sums[BEFORE], sums[AFTER] = cost, 2 * cost
    made = ReplaySums(before=Side(places), after=Side(places))
    made.before.costs["gpt-5"], made.after.costs["mai-1"] = cost, 2 * cost
    made.tasks["law"] = GroupSums(1, 0, sums)
    made.keys[None] = GroupSums(1, 0, sums.copy())
    return made


def test_parts_in_different_units_are_joined_in_the_finer_one() -> None:
    for first, second in ((part(2, 3), part(4, 5)), (part(4, 5), part(2, 3))):
        first.join(second)
        assert (first.before.places, first.after.places) == (4, 4)
        assert (first.before.costs["gpt-5"], first.after.costs["mai-1"]) == (305, 610)
        for group in (first.tasks["law"], first.keys[None]):
            assert (group.requests, group.sums[BEFORE].tolist(), group.sums[AFTER].tolist()) == (2, [305], [610])
