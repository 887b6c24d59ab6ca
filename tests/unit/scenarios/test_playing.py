"""Days that are lived through: events happen when they should, courses differ by nothing else."""

from pathlib import Path
from typing import Any

import pytest

from unit.scenarios.small_scenario import BOTH, play, written


def values(result: dict[str, Any], course: str, picture: int = 0) -> list[float | None]:
    series = next(row for row in result["pictures"][picture]["series"] if row["course"] == course)
    return [value and value["value"] for value in series["values"]]


def pictures(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"title": BOTH, "lines": [line]} for line in lines]


def test_equal_seeds_give_equal_results_and_others_differ(tmp_path: Path) -> None:
    name = written(tmp_path, pictures=pictures({"measure": "cost"}))
    first = play(name)
    assert play(name) == first
    assert play(name, seed=2)["pictures"] != first["pictures"]


def test_courses_are_the_same_but_for_their_events(tmp_path: Path) -> None:
    result = play(
        written(tmp_path, pictures=pictures({"measure": "cost"}, {"measure": "served_by", "of": "mai-1"})), cut=0
    )
    for picture in (0, 1):
        told, untold = values(result, "with", picture), values(result, "without", picture)
        assert told[0] == untold[0]
    assert values(result, "with")[1] != values(result, "without")[1]


@pytest.mark.parametrize(
    ("event", "shares"),
    [
        ({"on": "2026-01-01"}, [1, 1, 1]),
        ({"on": "2026-01-02"}, [0, 1, 1]),
        ({"on": "2026-01-01", "until": "2026-01-31", "each_step": True, "when": "= step == 2"}, [0, 1, 1]),
        ({"on": "2026-01-31", "when": "= 0"}, [0, 0, 0]),
    ],
)
def test_an_event_happens_on_its_day(tmp_path: Path, event: dict[str, Any], shares: list[float]) -> None:
    only = {"policies.yaml": {"policies": {"cost": {"models": ["mai-1"]}}}}
    start = {"policies.yaml": {"policies": {"cost": {"models": ["gpt-5"], "floors": {"high_stakes": 0}}}}}
    result = play(written(tmp_path, steps=3, start=start, events=[{**event, "because": BOTH, "change": only}]))
    assert values(result, "with") == shares
    assert values(result, "without") == [0, 0, 0]


def test_what_is_always_so_happens_in_both(tmp_path: Path) -> None:
    event = {"on": "2026-01-01", "because": BOTH, "always": True, "fails": ["mai", "phi", "llama"]}
    result = play(written(tmp_path, events=[event], pictures=pictures({"measure": "owner_share", "of": "OpenAI"})))
    assert values(result, "with") == values(result, "without") == [1, 1]


def test_who_asks_may_change(tmp_path: Path) -> None:
    askers = [{"name": "a", "ask": "gpt-5"}, {"name": "b", "ask": "mai-1", "weight": 0}]
    event = {
        "on": "2026-01-31",
        "because": BOTH,
        "traffic": {"requests": 9, "askers": [{"name": "a", "weight": 0}, {"name": "b", "weight": "= 2"}]},
    }
    result = play(written(tmp_path, traffic={"requests": 4, "askers": askers}, events=[event]))
    assert values(result, "with") == [0, 1]
    assert result["requests"] == 4 + 9 + 4 + 4


def test_where_nobody_may_answer_it_is_counted(tmp_path: Path) -> None:
    guard = [{"name": "none", "because": "a test", "never": {"model": "*"}}]
    event = {"on": "2026-01-31", "because": BOTH, "change": {"policies.yaml": {"guards": guard}}}
    lines = pictures({"measure": "refused"}, {"measure": "excluded", "of": "guard"}, {"measure": "cost"})
    result = play(written(tmp_path, events=[event], pictures=lines))
    assert values(result, "with", 0) == [0, 1]
    assert values(result, "with", 1) == [0, 1]
    assert values(result, "with", 2)[1] is None


def test_a_provider_that_fails_is_passed_over(tmp_path: Path) -> None:
    event = {"on": "2026-01-31", "because": BOTH, "fails": ["phi", "mai", "llama"]}
    result = play(
        written(tmp_path, events=[event], pictures=pictures({"measure": "failovers"}, {"measure": "refused"}))
    )
    assert (values(result, "with", 0)[1] or 0) > 0
    assert values(result, "with", 1) == [0, 0]
    gone = {"on": "2026-01-31", "because": BOTH, "fails": ["phi", "mai", "llama", "gpt"]}
    retry = {"deployments.yaml": {"retry": {"budget": 0, "pause": "0.001 s"}}}
    lost = play(written(tmp_path, start=retry, events=[gone], pictures=pictures({"measure": "refused"})), requests=2)
    assert values(lost, "with") == [0, 1]
