"""Decisions on the shipped workload survive what changes nothing."""

from datetime import date

from router.api.assembly import shipped_reader
from router.bench.routing.comparison.choice_robustness import FRAMES, POLICIES, SEEDS, changes, kept
from router.bench.routing.robustness import flips
from router.config import load
from router.config.files.seed_data import load_workload
from router.reading.training.difficulty.difficulty_pairs import pairs
from router.reading.training.frames import from_frames
from router.reading.training.prompts import Prompt, rows
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


def test_the_set_of_paraphrases_is_of_eight_languages_and_fitted_to_nowhere() -> None:
    prompts = list(rows(SEEDS / "paraphrases.jsonl"))
    assert len(prompts) >= 90
    assert {row["language"] for row in prompts} == set(FRAMES)
    texts = {row["text"] for row in prompts} | {row["paraphrase"] for row in prompts}
    fitted = {pair.excerpt.last for pair in pairs()} | {
        prompt.text for prompt in from_frames([Prompt("Two apples?", "math", "gsm8k", "en")])
    }
    assert not texts & fitted


def test_what_is_measured_of_choices_is_a_share_for_each_change_and_policy() -> None:
    prompts = list(rows(SEEDS / "paraphrases.jsonl"))[::12]
    report = kept(load(), prompts)
    assert set(report) == {*changes(), "paraphrased", "all"}
    assert all(0 <= share <= 1 for row in report.values() for share in row.values())
    assert report["upper case"] == dict.fromkeys(POLICIES, 1.0)
    assert kept(load(), [row | {"paraphrase": row["text"]} for row in prompts])["paraphrased"]["cost"] == 1
