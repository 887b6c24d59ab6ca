"""The noon in figures, from what clients got and the receipts: nothing is counted that is not there."""

from typing import Any

import pytest

from router.bench.partner.noon import Lived, Noon
from router.bench.partner.noon_clients import Got
from router.bench.partner.noon_result import about_noon, play_noon, settings_of
from router.config.files.seed_data import load_facts
from router.errors import BadRequest

FACTS = load_facts()


def got(began: float, ended: float, served: str, status: int = 200) -> Got:
    return Got(began=began, ended=ended, status=status, receipt=f"r{began}" if served else "", served=served)


def receipt(name: str, served: str, attempts: int) -> dict[str, Any]:
    candidates = [{"model": served, "quality": 0.9}]
    return {
        "id": name,
        "served": served,
        "attempts": [{}] * attempts,
        "cost": "1000",
        "decision": {"candidates": candidates},
    }


LIVED = Lived(
    [got(0.1, 0.4, "gpt-5"), got(0.9, 1.2, "mai-1"), got(1.1, 1.15, "mai-1"), got(2.6, 2.9, "", status=502)],
    [receipt("r0.1", "gpt-5", 1), receipt("r0.9", "mai-1", 2), receipt("r1.1", "mai-1", 1)],
    killed=1.0,
    returned=2.0,
)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    async def lived(_: Noon) -> Lived:
        return LIVED

    monkeypatch.setattr("router.bench.partner.noon_result.live", lived)
    return play_noon({"noon": 1, "back": 2, "seconds": 3}, 1, FACTS)


def test_the_tiles_count_what_happened(played: dict[str, Any]) -> None:
    tiles = {tile["title"]["en"]: tile["figure"]["value"] for tile in played["tiles"]}
    assert tiles == {
        "In flight at noon": 1,
        "Failed over": 1,
        "Lost": 1,
        "Seconds to recover": pytest.approx(0.15),
        "Receipts complete": 0.75,
        "Longest wait of who was in flight": pytest.approx(0.3),
    }


def test_steps_are_on_a_clock_that_stands_at_noon_when_the_partner_vanishes(played: dict[str, Any]) -> None:
    assert [step["begins"] for step in played["steps"]][:3] == ["11:59:59.0", "11:59:59.5", "12:00:00.0"]
    assert [(mark["step"], mark["on"]) for mark in played["marks"]] == [(3, "12:00:00.0"), (5, "12:00:01.0")]
    assert len(played["pictures"][0]["series"][0]["values"]) == 6


@pytest.mark.parametrize("given", [{"noon": 99}, {"speed": 1}, {"noon": 5, "back": 4}])
def test_settings_that_do_not_fit_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(BadRequest):
        settings_of(given)


def test_it_is_told_like_the_others() -> None:
    plain = about_noon(FACTS)
    assert plain["row"] == "R14"
    assert [fact["id"] for fact in plain["facts"]]
    assert all(text["ko"] for text in (plain["title"], plain["story"], plain["see"]))
