"""Who wins inside the band, and the code of each loser."""

import pytest
from builders import candidate, policy

from router.decision.scoring import best_quality, in_band, key, rank


def codes(*rows: object, **terms: object) -> dict[str, str]:
    band = terms.pop("band", 0.1)
    return {c.model: c.code for c in rank(rows, policy(band, **terms))}  # type: ignore[arg-type]


def test_the_cheapest_of_the_band_wins_and_each_loser_says_why() -> None:
    rows = (
        candidate("best", 0.90, "9"),
        candidate("cheap", 0.85, "1"),
        candidate("weak", 0.70, "0"),
        candidate("worse", 0.60, "0"),
        candidate("out", 0.99, "0", code="context"),
    )
    ranked = rank(rows, policy(0.1))
    assert [c.model for c in ranked] == ["cheap", "best", "weak", "worse", "out"]
    assert [c.code for c in ranked] == ["chosen", "dearer", "outside_band", "outside_band", "context"]


def test_the_fastest_wins_where_latency_is_what_counts() -> None:
    rows = candidate("slow", 0.9, "1"), candidate("fast", 0.9, "9", latency_ms=50.0)
    assert codes(*rows, optimize="latency") == {"fast": "chosen", "slow": "slower"}


def test_the_preferred_win_inside_the_band_only() -> None:
    rows = candidate("best", 0.9, "1"), candidate("house", 0.85, "5", preferred=True)
    assert codes(*rows, prefer=(("house",),)) == {"house": "chosen", "best": "not_preferred"}
    assert codes(*rows, band=0.01, prefer=(("house",),)) == {"best": "chosen", "house": "outside_band"}


def test_ties_break_by_name() -> None:
    for cost in ("1", "2", "0"):
        rows = (candidate(name, cost=cost) for name in "bac")
        assert codes(*rows) == {"a": "chosen", "b": "tie", "c": "tie"}
    rows = (candidate(name, cost=cost) for name, cost in (("b", "0"), ("a", "1")))
    assert codes(*rows) == {"b": "chosen", "a": "dearer"}


def test_outside_the_band_the_better_stand_first_and_then_the_name() -> None:
    rows = candidate("best", 0.9), candidate("z", 0.5), candidate("y", 0.5), candidate("x", 0.4), candidate("w", 0.6)
    assert [c.model for c in rank(rows, policy(0.0))] == ["best", "w", "y", "z", "x"]


def test_where_nothing_is_eligible_everything_comes_out_as_it_is() -> None:
    rows = candidate("a", code="context"), candidate("b", code="unhealthy")
    assert rank(rows, policy()) == rows
    assert rank((), policy()) == ()
    with pytest.raises(ValueError, match="max"):
        best_quality(())


def test_the_band_holds_its_own_edge() -> None:
    assert in_band(candidate(quality=0.5), 0.75, 0.25)
    assert not in_band(candidate(quality=0.4999), 0.75, 0.25)
    assert best_quality((candidate(quality=0.4), candidate(quality=0.6))) == 0.6


def test_preference_comes_before_cost_and_cost_before_the_name() -> None:
    keys = [key(c, "cost") for c in (candidate("b", cost="1", preferred=True), candidate("a", cost="0"))]
    assert keys == sorted(keys)
    assert key(candidate("a", latency_ms=3.0), "latency") == (True, 0, 3.0, "a")
