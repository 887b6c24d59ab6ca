"""The figures of shipped scenarios in small runs: what changes here has changed a curve that somebody shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from unit.scenarios.small_scenario import play

FILE = Path(__file__).with_name("scenarios.json")
GOLDEN: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
REQUESTS = {"quiet-substitution": 30}
FEW = 6
SMALLER: dict[str, dict[str, float]] = {"first-refusal": {"growth": 1}, "fungible-fleet": {"growth": 2}}


def figures(name: str) -> dict[str, Any]:
    """The tiles, and the last point of every curve, of a small run."""
    result = play(name, requests=REQUESTS.get(name, FEW), **SMALLER.get(name, {}))
    tiles = {tile["title"]["en"]: tile["figure"] for tile in result["tiles"]}
    curves = {
        f"{row['course']}: {row['measure']}({row['of']})": row["values"][-1]
        for picture in result["pictures"]
        for row in picture["series"]
    }
    return {"tiles": tiles, "last": curves, "moves": [f"{move['step']} {move['kind']}" for move in result["moves"]]}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_small_run_gives_these_figures(name: str) -> None:
    assert json.loads(json.dumps(figures(name))) == GOLDEN[name]
