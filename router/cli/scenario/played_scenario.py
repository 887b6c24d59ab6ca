"""Plays a scenario for a command, with a progress bar."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from router.api.assembly import playing_house
from router.bench.partner.noon_result import play_noon
from router.bench.partner.noon_texts import NAME
from router.config import load
from router.config.files.seed_data import load_facts
from router.errors import BadRequest
from router.scenarios.played_result import played
from router.scenarios.playing import Play
from router.scenarios.scenario_file import cases_of, chosen_settings, load_scenario, place_of

HOUSE = playing_house()


def settings_of(words: tuple[str, ...]) -> dict[str, float]:
    """What `--set` says; raises BadRequest."""
    given = {}
    for word in words:
        name, sign, value = word.partition("=")
        try:
            given[name.strip()] = float(value)
        except ValueError:
            sentence = f"--set {word!r} is no setting: write NAME=NUMBER, such as lag=3."
            raise BadRequest(sentence, param="set") from None
        if not sign:
            raise BadRequest(f"--set {word!r} is no setting: write NAME=NUMBER, such as lag=3.", param="set")
    return given


def play_scenario(
    name: str, given: dict[str, float], seed: int, folder: Path | None, *, quiet: bool = False
) -> dict[str, Any]:
    """The result; raises ConfigError."""
    facts = load_facts()
    if name == NAME:
        return play_noon(given, seed, facts)
    scenario = load_scenario(name, facts)
    settings = chosen_settings(scenario, given)
    requests = int(given["requests"]) if "requests" in given else None
    play = Play(scenario, load(folder), cases_of(scenario, place_of(name)), HOUSE, seed, requests)
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        lived = progress.add_task(f"playing {scenario.name}", total=scenario.steps * len(scenario.ways))
        return played(play, settings, facts, lambda: progress.advance(lived))
