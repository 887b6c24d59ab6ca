"""What the fit of the learned reader is made of: labels, templates, the lexicon, difficulties, and changes of texts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from router.reading.training.cues import Column, columns, skeletons, spread
from router.reading.training.difficulty.training_outcomes import rasch
from router.reading.training.exams import workload
from router.reading.training.prompts import TEMPLATES, Prompt, labelled
from router.reading.training.templates import from_templates
from router.types import TASKS

PROMPTS = [
    Prompt("How many apples are left?", "math", "gsm8k", "en"),
    Prompt("오늘 너무 피곤해", "chat", "songys-chatbot", "ko"),
]


def row(**changes: Any) -> dict[str, Any]:
    plain = {"text": "hi", "task_type": "chat", "domain": "general", "lang": "en", "source": "gpteacher"}
    return plain | changes


@pytest.mark.parametrize(
    ("row", "task", "source"),
    [
        (row(), "chat", "gpteacher"),
        (row(task_type="summarization"), "summarisation", "gpteacher"),
        (row(task_type="math_science", domain="math"), "math", "gpteacher"),
        (row(task_type="math_science", domain="physics"), "science", "gpteacher"),
        (
            row(task_type="math_science", domain="math", source="authored-template", text="Its velocity?"),
            "science",
            "authored/science-en",
        ),
        (row(task_type="extraction_classification", source="banking77/x"), "classification", "banking77/x"),
        (row(task_type="extraction_classification", source="restaurant8k"), "extraction", "restaurant8k"),
        (row(task_type="extraction_classification", text="Extract all names as JSON"), "extraction", "gpteacher"),
        (row(task_type="extraction_classification", text="Classify the sentiment"), "classification", "gpteacher"),
    ],
)
def test_a_label_of_the_data_becomes_one_of_ours(tmp_path: Path, row: dict[str, Any], task: str, source: str) -> None:
    (tmp_path / "prompt_labels").mkdir()
    path = tmp_path / "prompt_labels" / "prompts.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (prompt,) = labelled(tmp_path)
    assert (prompt.task, prompt.source) == (task, source)


def test_an_unknown_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prompt_labels").mkdir()
    (tmp_path / "prompt_labels" / "prompts.jsonl").write_text(json.dumps(row(task_type="chess")), encoding="utf-8")
    with pytest.raises(ValueError, match="chess"):
        labelled(tmp_path)


def test_templates_give_every_task_in_both_languages_and_the_same_again() -> None:
    made = from_templates(PROMPTS, quick=True)
    assert made == from_templates(PROMPTS, quick=True)
    assert len({prompt.text for prompt in made}) == len(made)
    counts = Counter((prompt.task, prompt.language) for prompt in made)
    assert set(counts) == {(task, language) for task in TASKS for language in ("en", "ko")}
    assert {prompt.source for prompt in made} == {TEMPLATES}
    assert not [prompt.text for prompt in made if "{pay}" in prompt.text or "{kpay}" in prompt.text]


def test_the_lexicon_has_a_strong_and_a_weak_list_for_every_task() -> None:
    lists = columns()
    assert Counter((lexicon.task, lexicon.strong) for lexicon in lists if lexicon.task) == Counter(
        (task, strong) for task in TASKS for strong in (True, False)
    )
    assert sum(lexicon.task is None for lexicon in lists) == 7
    assert all(entry == entry.strip().lower() for lexicon in lists for entry in lexicon.entries)


def test_stars_inflections_and_phrases_are_followed_through_the_vocabulary() -> None:
    lists = [Column("translation", True, ("translat*", "번역*", "into french")), Column("math", False, ("solve", "몫"))]
    cues = spread(lists, ["translate", "translationally", "solves", "solving", "solved", "번역해", "transit"])
    words = {"translat", "translate", "번역", "번역해", "solve", "solves", "solving", "solved", "몫"}
    assert set(cues.words) == words, "an ending has at most six letters, and a list without a star few endings"
    assert cues.phrases == {"into french": {0}}
    assert skeletons(cues, lists, {"translate": 3}) == {"~tlnrst": "translate"}


def test_what_fewer_models_get_right_is_harder() -> None:
    right = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1], [np.nan, 0, 0]], np.float32)
    assert (np.diff(rasch(right)) > 0).all()


def test_the_workload_is_read_as_the_server_would() -> None:
    questions = workload(Path(__file__).parents[3] / "seeds" / "workload.jsonl")
    assert len(questions) > 500
    assert {question.language for question in questions} == {"en", "ko", "mixed"}
    assert any(question.excerpt.earlier for question in questions)
