"""What says nearly the same is of one group; what merely shares a header, or a template, is not."""

import numpy as np
import pytest

from router.errors import ConfigError
from router.reading.fit_reader import fit, look
from router.reading.ngrams import counted
from router.reading.validation.fit_checks import require_finite
from router.reading.validation.folds import balanced_folds
from router.reading.validation.near_duplicates import joined, near_duplicates
from router.tokens import ids

RANDOM = np.random.default_rng(4)
WORDS = ["".join(RANDOM.choice(list("abcdefghiklmnoprstuv"), 6)) for _ in range(3000)]


def words(count: int) -> str:
    return " ".join(RANDOM.choice(WORDS, count))


def groups(prompts: list[str]) -> list[int]:
    return near_duplicates(prompts, counted(prompts)).tolist()


@pytest.mark.parametrize(("families", "wordings"), [(60, 4), (20, 12)])
def test_wordings_of_one_prompt_are_of_one_group(families: int, wordings: int) -> None:
    frames = ["{}", "Please answer: {}", "{} Think step by step.", "Context: none. {}", "{} 2", "Q: {} A:"]
    frames += [f"{{}} variant {number}" for number in range(6)]
    prompts = [
        frames[number].format(text) for text in (words(12) for _ in range(families)) for number in range(wordings)
    ]
    assert groups(prompts) == [row - row % wordings for row in range(len(prompts))]


@pytest.mark.parametrize("headers", [1, 2, 20])
def test_a_header_makes_no_two_prompts_alike(headers: int) -> None:
    heads = [words(150) for _ in range(headers)]
    prompts = [f"{heads[row % headers]}\nQ: {words(10)}" for row in range(400)]
    assert len(set(groups(prompts))) > 380


def test_case_spaces_and_punctuation_do_not_matter() -> None:
    assert groups(["Hello, world!", "hello  world", "HELLO WORLD?", "good bye", "?", "???"]) == [0, 0, 0, 3, 4, 4]


def test_no_words_are_no_trouble() -> None:
    assert groups(["", ""]) == [0, 0]


def test_what_bears_one_name_is_of_one_group() -> None:
    assert joined(np.array([0, 1, 1, 3, 4]), ["a", "b", "c", "a", None]).tolist() == [0, 1, 1, 0, 4]


def test_folds_are_even_and_never_split_a_group() -> None:
    of = np.array([0] * 30 + list(range(30, 100)))
    fold = balanced_folds(of, 5)
    assert len(set(fold[:30].tolist())) == 1
    assert np.bincount(fold).tolist() == [30, 18, 18, 17, 17] or sorted(np.bincount(fold)) == [17, 17, 18, 18, 30]
    assert set(balanced_folds(np.arange(5), 5).tolist()) == set(range(5))


def test_a_fit_that_is_not_finite_is_refused() -> None:
    prompts = [words(6) for _ in range(60)]
    texts = look(prompts, {}, ids)
    scores = RANDOM.integers(0, 2, (60, 2)).astype(float)
    fitted = fit(texts, scores, 1)
    assert fitted.tokens(texts) is None, "no lengths were given"
    fitted.chances.abilities[0, 0] = np.nan
    with pytest.raises(ConfigError, match="abilities are not finite"):
        require_finite(fitted)
