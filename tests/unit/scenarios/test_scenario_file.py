"""What is wrong with a scenario is said with its place and what would be right, all of it at once."""

from pathlib import Path
from typing import Any

import pytest

from router.errors import ConfigError
from router.scenarios.scenario_file import chosen_settings, load_scenario, names, place_of
from unit.scenarios.small_scenario import BOTH, FACTS, SMALL, play, written

LINE = {"measure": "cost"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"storry": BOTH}, "did you mean 'story'"),
        ({"title": None}, "the key 'title' is missing"),
        ({"title": {"en": "only"}}, "the key 'ko' is missing"),
        ({"begins": "2026-13-01"}, "write a day"),
        ({"facts": ["off-frontier-lag"]}, "Did you mean 'off-frontier-lag-months'"),
        ({"settings": {"month": SMALL["settings"]["cut"]}}, "cannot be called 'month'"),
        ({"settings": {"cut": {**SMALL["settings"]["cut"], "value": 9}}}, "not within 0 and 2"),
        ({"settings": {"cut": {**SMALL["settings"]["cut"], "status": "sure"}}}, "cannot be 'sure'"),
        ({"events": [{"on": "2025-01-01", "because": BOTH, "fails": ["gpt"]}]}, "not within the scenario's days"),
        ({"events": [{"on": "2026-01-01", "because": BOTH}]}, "changes nothing"),
        ({"events": [{"on": "2026-01-01", "because": BOTH, "fact": "x", "fails": ["gpt"]}]}, "no fact is called"),
        ({"courses": [{"name": "a", "title": BOTH, "set": {"cat": 1}}]}, "Did you mean 'cut'"),
        ({"pictures": [{"title": BOTH, "lines": [{"measure": "costs"}]}]}, "Did you mean 'cost'"),
        ({"pictures": [{"title": BOTH, "lines": [{**LINE, "of": "mai-1"}]}]}, "of nothing in particular"),
        ({"pictures": [{"title": BOTH, "lines": [{**LINE, "courses": ["wit"]}]}]}, "Did you mean 'with'"),
        ({"pictures": [{"title": BOTH, "lines": [{"measure": "users"}]}]}, "needs the key 'population'"),
        ({"tiles": [{"title": BOTH, "measure": "cost", "course": "x"}]}, "no course is called 'x'"),
        (
            {"sweeps": [{"title": BOTH, "setting": "cut", "values": [1, 2], "on": "2026-01-01", "lines": [LINE]}]},
            "only decides",
        ),
    ],
)
def test_a_fault_is_said_with_its_place(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_scenario(written(tmp_path, **changes), FACTS)
    assert sentence in raised.value.message
    assert "small.yaml:" in raised.value.message


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"events": [{"on": "2026-01-01", "because": BOTH, "fails": ["gpx"]}]}, "the event of 2026-01-01: no provider"),
        (
            {"events": [{"on": "2026-01-01", "because": BOTH, "when": "= kut", "fails": ["gpt"]}]},
            "'kut' is no name here",
        ),
        (
            {
                "events": [
                    {
                        "on": "2026-01-20",
                        "because": BOTH,
                        "change": {"policies.yaml": {"policies": {"cost": {"bnd": 1}}}},
                    }
                ]
            },
            "on 2026-01-31: policies.yaml",
        ),
        (
            {
                "events": [
                    {"on": "2026-01-01", "because": BOTH, "traffic": {"askers": [{"name": "everybody", "weight": 0}]}}
                ]
            },
            "nobody asks",
        ),
        (
            {"traffic": {"askers": [{"name": "a", "tasks": {"law": 1}, "easier_than": -3}]}},
            "no case suits the askers 'a'",
        ),
        ({"start": {"policies.yaml": {"default": "= cot"}}}, "start: 'cot' is no name here"),
        (
            {"events": [{"on": "2026-01-01", "because": BOTH, "order": [{"ramp": "x", "word": "start"}]}]},
            "No ramp is called 'x'",
        ),
    ],
)
def test_an_event_that_does_not_fit_is_named(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        play(written(tmp_path, **changes))
    assert sentence in raised.value.message
    assert "small: " in raised.value.message


def test_settings_are_checked(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path), FACTS)
    assert chosen_settings(scenario, {"cut": 2, "requests": 5}) == {"cut": 2}
    for given, sentence in (
        ({"cat": 1}, "Did you mean 'cut'"),
        ({"cut": 3}, "from 0 to 2"),
        ({"requests": 0}, "whole number"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            chosen_settings(scenario, given)


def test_a_scenario_that_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'off-frontier'"):
        place_of("off-frontierr")


@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_is_sound(name: str) -> None:
    scenario = load_scenario(name, FACTS)
    assert scenario.name == name
    assert scenario.facts
    assert all(setting.source for setting in scenario.settings.values())


def test_shipped_scenarios_come_in_the_order_of_the_rows() -> None:
    rows = [int(load_scenario(name, FACTS).row.split(",")[0][1:]) for name in names()]
    assert rows == sorted(rows)
