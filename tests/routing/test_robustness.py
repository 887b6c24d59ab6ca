"""Decisions on the shipped workload survive what changes nothing."""

from datetime import date

from router.api.assembly import shipped_reader
from router.bench.routing.robustness import flips
from router.config import load
from router.config.files.seed_data import load_workload
from router.types import Excerpt, Reading, Situation

PROMPTS = [case.messages[-1].text for case in load_workload()][::3]
DAY = Situation(date(2026, 11, 21))


def test_few_decisions_flip() -> None:
    flipped = flips(shipped_reader(), PROMPTS, load(), DAY, "balanced")
    assert set(flipped) == {"typos", "case", "white space", "preamble", "all"}
    assert flipped["all"] <= 0.05
    assert flipped["case"] <= 0.05
    assert flipped["white space"] <= 0.05
    assert flipped["preamble"] <= 0.05


class Nervous:
    """A reader whose difficulty hangs on the very letters."""

    name = "nervous"

    def read(self, excerpt: Excerpt) -> Reading:
        return Reading("coding", 1.0, sum(map(ord, excerpt.last)) % 7 - 3.0, 1.0, "en", 100)


def test_a_nervous_reader_is_found_out() -> None:
    assert flips(Nervous(), PROMPTS, load(), DAY, "balanced")["all"] > 0.3
