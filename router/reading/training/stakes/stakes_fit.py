"""Fits the weights of stakes: logistic regression with one penalty on the pieces of words and on neighbours.

Invariant: the objective is convex, so the same texts give the same weights.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from router.reading.languages.letters import is_han_or_kana
from router.reading.packed.packed_words import pack
from router.reading.stakes.stakes_file import NAME
from router.reading.stakes.stakes_reader import StakesWeights, sentences
from router.reading.stakes.word_pieces import COLUMNS, pieces
from router.reading.training.stakes.stakes_texts import Text
from router.reading.training.stakes.stakes_vectors import Vectors

PENALTY = 2.0
STEPS = 70
OFTEN = 2
# Weights of neighbours below this are left out.
FAINT = 0.04
THRESHOLD, CAUTION = -0.3, 1.3
LEVELS = 127
Neighbours = tuple[str, ...]


def fit(texts: Sequence[Text], vectors: Vectors) -> StakesWeights:
    """Learn from texts, and from what is known of words beside them."""
    parted = [[word for part in sentences(text.text) for word in part] for text in texts]
    seen = Counter(pair for words in parted for pair in set(neighbours(words)))
    places = {pair: COLUMNS + place for place, pair in enumerate(sorted(p for p, n in seen.items() if n >= OFTEN))}
    meanings = np.stack([vectors.sum_of(words) for words in parted])
    solution, directions, bias = _logistic(_matrix(parted, places), meanings, texts)
    meant = dict(zip(vectors.rows, (vectors.table @ directions).tolist(), strict=True))
    scale = float(np.abs(solution[:COLUMNS]).max()) / LEVELS
    rounded = (np.round(solution[:COLUMNS] / scale) * scale).astype(np.float32)
    common = Counter(word for words in parted for word in set(words))
    words = {word for word, count in common.items() if count >= OFTEN} | {key[0] for key in meant if len(key) == 1}
    known = {word: round(_score(word, rounded) + meant.get((word,), 0.0), 3) for word in sorted(words)}
    pairs = {key: 0.0 for key in meant if len(key) > 1} | {p: float(solution[place]) for p, place in places.items()}
    weights = {pair: round(weight + meant.get(pair, 0.0), 3) for pair, weight in sorted(pairs.items())}
    kept = {" ".join(pair): weight for pair, weight in weights.items() if abs(weight) >= FAINT}
    return StakesWeights(rounded, pack(known), pack(kept), bias, THRESHOLD, CAUTION)


def save(folder: Path, weights: StakesWeights) -> None:
    """Write the file that is shipped."""
    scale = np.float32(np.abs(weights.pieces).max() / LEVELS)
    np.savez_compressed(
        folder / NAME,
        pieces=np.round(weights.pieces / scale).astype(np.int8),
        words=_letters(weights.words),
        word_scores=np.array(list(weights.words.values()), np.float32),
        neighbours=_letters(weights.neighbours),
        neighbour_weights=np.array(list(weights.neighbours.values()), np.float32),
        numbers=np.array([weights.bias, weights.threshold, weights.caution, scale], np.float64),
    )


def neighbours(words: Sequence[str]) -> list[Neighbours]:
    """Words side by side, and three Chinese or Japanese characters."""
    threes = [three for three in zip(words, words[1:], words[2:], strict=False) if all(map(is_han_or_kana, three))]
    return [*pairwise(words), *threes]


def _score(word: str, weights: NDArray[np.float32]) -> float:
    return float(sum(weights[column] * weight for column, weight in pieces(word)))


def _matrix(parted: Sequence[list[str]], places: dict[Neighbours, int]) -> csr_matrix:
    columns: list[int] = []
    values: list[float] = []
    starts = [0]
    for words in parted:
        row: dict[int, float] = defaultdict(float)
        for word in words:
            for column, weight in pieces(word):
                row[column] += weight
        for pair in neighbours(words):
            if pair in places:
                row[places[pair]] += 1
        columns += row.keys()
        values += row.values()
        starts.append(len(columns))
    return csr_matrix((np.array(values), np.array(columns), np.array(starts)), (len(parted), COLUMNS + len(places)))


def _logistic(
    matrix: csr_matrix, meanings: NDArray[np.float32], texts: Sequence[Text]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Weights of the columns, of the directions of meaning, and the bias."""
    used = np.unique(matrix.indices)
    rows = matrix[:, used]
    turned = rows.T.tocsr()
    high = np.array([text.high for text in texts], float)
    weight = np.array([text.weight for text in texts])

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = rows @ flat[: len(used)] + meanings @ flat[len(used) : -1] + flat[-1]
        off = weight * (1 / (1 + np.exp(-score)) - high)
        loss = float((weight * (np.logaddexp(0, score) - high * score)).sum())
        slope = np.r_[np.r_[turned @ off, meanings.T @ off] + PENALTY * flat[:-1], off.sum()]
        return loss + 0.5 * PENALTY * float(flat[:-1] @ flat[:-1]), slope

    solution = minimize(
        objective, np.zeros(len(used) + meanings.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    ).x
    whole = np.zeros(matrix.shape[1])
    whole[used] = solution[: len(used)]
    return whole, solution[len(used) : -1], float(solution[-1])


def _letters(lines: object) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)  # type: ignore[arg-type]
