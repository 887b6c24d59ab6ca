"""What is held out is held out, and on it the shipped reader keeps what its page says."""

from collections import Counter

import pytest

from router.reading.artefact import load_reader
from router.reading.training.difficulty.difficulty_pairs import HARD, pairs, said_otherwise
from router.reading.training.difficulty.paraphrases import alike, from_paraphrases
from router.reading.training.frames import SLOT, from_frames
from router.reading.training.held_out import SEEDS, of_difficulty, of_length, of_tasks
from router.reading.training.prompts import FRAMES, Prompt, rows
from router.types import TASKS, Excerpt

SIX = ("ja", "zh", "es", "de", "fr", "pt")
ENGLISH = [Prompt("How many apples are left?", "math", "gsm8k", "en")]


def test_what_is_measured_is_not_fitted_to() -> None:
    measured = {row[key] for row in rows(SEEDS / "paraphrases.jsonl") for key in ("text", "paraphrase")}
    later = {row["text"] for name in ("tasks", "tasks_later") for row in rows(SEEDS / f"{name}.jsonl")}
    fitted = {prompt.text for prompt in from_paraphrases()}
    assert not fitted & (measured | later)
    assert {text for pair in alike() for text in pair} <= fitted


def share(text: str) -> float:
    return float(text.split(" ")[0])


def test_tasks_are_known_in_six_more_languages() -> None:
    shares = of_tasks()
    right = [share(shares[f"in {language}"]) for language in SIX]
    assert sum(right) / len(right) >= 0.7
    assert min(right) >= 0.5
    assert share(shares["language"]) >= 0.95


def test_hard_in_few_words_is_harder_than_easy_in_many() -> None:
    assert of_difficulty()["in order"] >= 0.95


@pytest.mark.parametrize("language", ["en", "ko"])
def test_difficulty_goes_with_labels_more_than_with_length(language: str) -> None:
    figures = of_length()[language]
    assert figures["with labels"] >= 0.65
    assert figures["with length"] <= figures["with labels"]


def test_equal_lines_make_no_work() -> None:
    def difficulty(lines: int) -> float:
        text = "// comment\n" * lines + "what language is this?"
        return load_reader().read(Excerpt(text, "", "", len(text))).difficulty

    assert difficulty(100) < -1
    assert difficulty(100) - difficulty(4) < 0.5


def test_the_chances_of_the_tasks_add_up() -> None:
    chances, _ = load_reader().judge("Solve 3x + 5 = 20.")
    assert sum(chances) == pytest.approx(1)


def test_frames_are_of_every_task_in_six_languages_and_no_prompt_that_is_held_out() -> None:
    made = from_frames(ENGLISH)
    counts = Counter((prompt.language, prompt.task) for prompt in made)
    assert {pair for pair in counts if pair[0] in SIX} == {(language, task) for language in SIX for task in TASKS}
    assert {prompt.family for prompt in made} == {FRAMES}
    assert not [prompt.text for prompt in made if SLOT in prompt.text]
    held_out = {row["text"] for row in rows(SEEDS / "tasks.jsonl")}
    assert not held_out & {prompt.text for prompt in made}


def test_pairs_are_many_of_eight_languages_and_none_is_held_out() -> None:
    made = list(pairs())
    hard = [pair for pair in made if pair.difficulty == HARD]
    assert len(hard) >= 300
    assert len(made) - len(hard) >= 300
    held_out = {row["text"] for row in rows(SEEDS / "difficulty.jsonl") if row["hard"]}
    assert not held_out & {pair.excerpt.last for pair in hard}


def test_what_is_said_otherwise_is_as_hard() -> None:
    (pair, *_) = pairs()
    framed, wished, bare = said_otherwise([pair])
    assert {text.difficulty for text in (framed, wished, bare)} == {pair.difficulty}
    assert framed.excerpt.last.endswith(pair.excerpt.last)
    assert wished.excerpt.last.startswith(pair.excerpt.last)
    assert bare.excerpt.last == pair.excerpt.last.rstrip(".?!。？ ")
