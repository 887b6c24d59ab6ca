"""How good the shipped reader is on the labelled workload, to which only three numbers of it were fitted."""

from collections.abc import Sequence
from functools import cache
from statistics import fmean

import pytest

from router.reading.training.perturbations import CHANGES, flips, typing_errors
from router.types import Excerpt, Reading
from unit.learned_samples import shipped, workload

FLOORS = {"en": 0.72, "ko": 0.77, "mixed": 0.70}
UNSEEN_FLOOR = 0.72
AWKWARD = {
    "injection": 0.75,
    "typos": 0.6,
    "subject-vs-operation": 0.55,
    "code-block": 0.6,
    "short-follow-up": 0.65,
}
TYPING_ERRORS_FLIP, OTHERS_FLIP = 0.065, 0.02
CALIBRATION_ERROR = 0.08
DIFFICULTY_ERROR = 1.1


@cache
def readings() -> list[tuple[bool, Reading]]:
    readings = [(case.task, shipped().read(excerpt)) for case, excerpt in workload()]
    return [(reading.task == task, reading) for task, reading in readings]


def share_right(chosen: Sequence[bool]) -> float:
    return fmean(right for (right, _), wanted in zip(readings(), chosen, strict=True) if wanted)


@pytest.mark.parametrize("language", FLOORS)
def test_the_task_is_right_often_enough(language: str) -> None:
    assert share_right([case.language == language for case, _ in workload()]) >= FLOORS[language]


def test_the_half_that_nobody_looked_at_while_the_lexicon_grew_is_read_well_too() -> None:
    assert share_right([place % 2 == 1 for place in range(len(workload()))]) >= UNSEEN_FLOOR


@pytest.mark.parametrize("tag", AWKWARD)
def test_awkward_texts_are_read(tag: str) -> None:
    assert share_right([tag in case.tags for case, _ in workload()]) >= AWKWARD[tag]


def test_probabilities_mean_what_they_say() -> None:
    bins: dict[int, list[tuple[bool, float]]] = {}
    for right, reading in readings():
        bins.setdefault(min(9, int(10 * reading.task_probability)), []).append((right, reading.task_probability))
    off = sum(abs(sum(right - chance for right, chance in held)) for held in bins.values())
    assert off / len(workload()) <= CALIBRATION_ERROR


def test_the_stated_error_of_the_difficulty_is_the_true_one_on_rows_that_were_not_fitted_to() -> None:
    squares = [
        (reading.difficulty - case.difficulty) ** 2
        for (case, _), (_, reading) in zip(workload()[1::2], readings()[1::2], strict=True)
    ]
    error = fmean(squares) ** 0.5
    assert error == pytest.approx(readings()[0][1].difficulty_error, abs=0.01)
    assert error <= DIFFICULTY_ERROR


def excerpts() -> list[tuple[Excerpt, bool]]:
    return [(excerpt, case.language != "en") for case, excerpt in workload()]


def test_typing_errors_seldom_change_the_task() -> None:
    assert fmean(flips(shipped(), excerpts(), typing_errors(seed)) for seed in range(3)) <= TYPING_ERRORS_FLIP


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_nothing_changes_no_task(name: str) -> None:
    assert flips(shipped(), excerpts(), CHANGES[name]) <= OTHERS_FLIP
