"""The process in which scenarios are played: a line of JSON in, a line of JSON out, until its input ends.

Invariant: it is nicer than who serves, reads nothing but the shipped scenarios, and keeps nothing between plays.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import orjson

from router.api.assembly import playing_house
from router.config import load
from router.config.files.seed_data import load_facts
from router.errors import FungibleError
from router.scenarios.played_result import played
from router.scenarios.playing import Play
from router.scenarios.scenario_file import cases_of, chosen_settings, load_scenario

NICE = 5


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """The result of one play, or the sentence that says why there is none."""
    try:
        scenario = load_scenario(asked["name"], FACTS)
        given: dict[str, float] = asked["set"]
        settings = chosen_settings(scenario, given)
        requests = int(given["requests"]) if "requests" in given else None
        play = Play(scenario, CONFIG, cases_of(scenario), HOUSE, asked["seed"], requests)
        return {"result": played(play, settings, FACTS)}
    except FungibleError as error:
        return {"error": str(error)}


def serve(lines: Iterable[bytes]) -> None:
    """Answer every line."""
    for line in lines:
        sys.stdout.buffer.write(orjson.dumps(answered(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()


CONFIG, HOUSE, FACTS = load(), playing_house(), load_facts()

if __name__ == "__main__":
    # One thread for numpy, as in a server.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer)
