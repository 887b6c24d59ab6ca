"""Ridge by conjugate gradients gives what the normal equations give."""

import numpy as np
import pytest

from router.reading import irt, ridge
from router.reading.irt import calibrate, targets, unexplained, unexplained_at_most
from router.reading.ngrams import COLUMNS, Sparse, counted, rarity, weighted
from router.reading.ridge import Design, ridges

TEXTS = ["alpha beta gamma", "beta gamma", "gamma delta alpha", "alpha alpha beta", "delta", "beta delta gamma"]


def design() -> Design:
    words = counted(TEXTS)
    return Design(weighted(words, rarity(words)), np.random.default_rng(0).standard_normal((len(TEXTS), 2)))


def full(whole: Design) -> np.ndarray:
    matrix = np.zeros((len(TEXTS), COLUMNS))
    matrix[whole.words.row, whole.words.column] = whole.words.value
    used = np.flatnonzero(np.abs(matrix).sum(axis=0))
    return np.hstack([matrix[:, used], whole.dense])


def test_it_equals_the_normal_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "CLOSE", 1e-20)
    whole, aims = design(), np.random.default_rng(1).standard_normal((len(TEXTS), 2))
    matrix = full(whole)
    for line, aim in zip(ridges(whole, aims, 0.7), aims.T, strict=True):
        gram = matrix.T @ matrix + 0.7 * np.eye(matrix.shape[1])
        exact = matrix @ np.linalg.solve(gram, matrix.T @ (aim - aim.mean())) + aim.mean()
        np.testing.assert_allclose(line.at(whole), exact, atol=1e-6)


def test_it_stops_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ridge, "STEPS", 1)
    monkeypatch.setattr(ridge, "CLOSE", 0.0)
    (line,) = ridges(design(), np.arange(6.0)[:, None], 1.0)
    assert np.isfinite(line.weights).all()


def test_texts_without_words_leave_the_dense_columns() -> None:
    none = np.zeros(0, np.int32)
    dense = np.array([[-1.5], [-0.5], [0.5], [1.5]])
    (line,) = ridges(Design(Sparse(4, none, none, np.zeros(0, np.float32)), dense), dense, 1e-6)
    np.testing.assert_allclose(line.weights[COLUMNS:], 1.0, atol=0.2)


def test_a_calibration_stops_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(irt, "STEPS", 1)
    scores = (np.random.default_rng(0).random((50, 2)) < 0.5).astype(float)
    chances = calibrate(scores, np.zeros((50, 1)), np.zeros(50, np.intp), 2)
    assert np.isfinite(chances.abilities).all()


def test_planted_abilities_and_difficulties_come_back() -> None:
    random = np.random.default_rng(0)
    level = random.standard_normal(4000)
    abilities = np.array([1.5, 0.0, -1.0])
    chance = 1 / (1 + np.exp(-(abilities + 1.2 * level[:, None])))
    scores = (random.random(chance.shape) < chance).astype(float)
    scores[:100, 1] = np.nan
    fitted = calibrate(scores, level[:, None], np.zeros(4000, np.intp), 1)
    np.testing.assert_allclose(fitted.abilities[:, 0], abilities, atol=0.15)
    assert fitted.slope == pytest.approx(1.2, abs=0.1)
    np.testing.assert_allclose(fitted.difficulty(level[:3, None]), -fitted.slope * level[:3])
    assert unexplained(scores, fitted.at(level[:, None], np.zeros(4000, np.intp))) < 0.35


def test_what_the_text_does_not_tell_is_measured() -> None:
    random = np.random.default_rng(0)
    hidden = random.standard_normal(4000)
    chance = 1 / (1 + np.exp(-hidden[:, None] * np.ones(6)))
    scores = (random.random(chance.shape) < chance).astype(float)
    even = np.full(scores.shape, 0.5)
    assert unexplained(scores, even) == pytest.approx(1.0, abs=0.25)
    assert unexplained(scores, even) < unexplained_at_most(scores, even) < 1.4


def test_what_cannot_be_seen_has_a_bound_above_nothing() -> None:
    chances = np.full((300, 2), 0.5)
    scores = np.repeat([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]], (72, 72, 156), axis=0)
    assert unexplained(scores, chances) == 0.0
    assert unexplained_at_most(scores, chances) > 0.1


def test_means_of_several_answers_do_not_hide_what_the_text_does_not_tell() -> None:
    random = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-random.standard_normal((4000, 1)) * np.ones(3)))
    scores = random.binomial(8, chance) / 8
    assert unexplained(scores, np.full(scores.shape, 0.5)) == pytest.approx(1.0, abs=0.25)
    assert unexplained(scores[:, :1].round(), np.full((4000, 1), 0.5)) < 1.5


def test_scores_split_into_level_and_directions() -> None:
    scores = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]])
    target = targets(scores, 1)
    assert target.column.tolist() == [0.5, 0.5]
    assert target.level.tolist() == [0.0, 0.5, -0.5, 0.0]
    assert abs(target.factors[0, 0]) == pytest.approx(np.sqrt(0.5))
    assert target.factors[0, 0] == pytest.approx(-target.factors[3, 0])
