"""A small scenario for tests: two steps of a few requests, which a test may change."""

from pathlib import Path
from typing import Any

import orjson

from router.api.assembly import playing_house
from router.config import load
from router.config.files.seed_data import load_facts
from router.scenarios.played_result import played
from router.scenarios.playing import Play
from router.scenarios.scenario_file import cases_of, chosen_settings, load_scenario

CONFIG, HOUSE, FACTS = load(), playing_house(), load_facts()
BOTH = {"en": "words", "ko": "말"}
SMALL: dict[str, Any] = {
    "name": "small",
    "row": "R0",
    "title": BOTH,
    "story": BOTH,
    "see": BOTH,
    "answer": {"en": "It is {1}", "ko": "{1}이다"},
    "begins": "2026-01-01",
    "steps": 2,
    "traffic": {"requests": 6, "askers": [{"name": "everybody", "ask": "cost", "consent": "any"}]},
    "settings": {
        "cut": {"title": BOTH, "value": 0.5, "least": 0, "most": 2, "status": "assumed", "source": "a test"},
    },
    "events": [
        {
            "on": "2026-01-20",
            "because": BOTH,
            "mark": BOTH,
            "price": [{"model": "mai-1", "input": "= cut", "output": 1}],
        }
    ],
    "pictures": [{"title": BOTH, "lines": [{"measure": "served_by", "of": "mai-1"}]}],
    "tiles": [{"title": BOTH, "measure": "predicted"}],
}


def written(folder: Path, **changes: Any) -> str:
    """The file of the small scenario with some of its keys changed; None takes one away."""
    data = {key: value for key, value in {**SMALL, **changes}.items() if value is not None}
    path = folder / "small.yaml"
    path.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2))
    return str(path)


def play(name: str, seed: int = 1, requests: int | None = None, **given: float) -> dict[str, Any]:
    """A scenario, played."""
    scenario = load_scenario(name, FACTS)
    made = Play(scenario, CONFIG, cases_of(scenario, Path(name)), HOUSE, seed, requests)
    return played(made, chosen_settings(scenario, given), FACTS)
