"""Fits the votes of words for five languages in Latin letters, and writes them beside the reader.

Invariant: nothing of the labelled set of stakes, in which the measure is taken, is fitted to.
"""

import random
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from router.reading.languages.language_votes import COLUMNS, LATIN, endings_and_parts
from router.reading.languages.languages_file import NAME
from router.reading.languages.letters import folded, words_of
from router.reading.training.prompts import labelled
from router.reading.training.stakes.stakes_texts import written_in

OUT = Path(str(files("router.reading"))) / "artefact"
ENGLISH, WORDS = 3000, 30
PENALTY = 0.3
STEPS = 100
SCALE = 60
COMMON = 400


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write."""
    parser = ArgumentParser(prog="python -m router.reading.training.languages", description="Fit languages.")
    parser.add_argument("--data", type=Path, required=True, help="folder with prompt_labels, for more English")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for languages.npz")
    given = parser.parse_args(arguments)
    texts = [(words_of(folded(text)), place) for place, name in enumerate(LATIN) for text in written_in(name)]
    chance = random.Random(0)  # noqa: S311
    more = [prompt.text for prompt in labelled(given.data) if prompt.language == "en" and prompt.text.isascii()]
    texts += [(words_of(folded(text))[:WORDS], 0) for text in chance.sample(more, ENGLISH)]
    texts = [(words, place) for words, place in texts if words]
    counts = Counter(word for words, _ in texts for word in set(words))
    common = [word for word, _ in counts.most_common(COMMON)]
    letters = np.frombuffer("\n".join(common).encode(), np.uint8)
    np.savez_compressed(given.out / NAME, table=np.round(_fit(texts) * SCALE).astype(np.int16), common=letters)
    sys.stderr.write(f"{len(texts)} texts\n")


def _fit(texts: list[tuple[list[str], int]]) -> NDArray[np.float64]:
    """Softmax regression on the mean columns of each word, summed over the text; a text counts by its language."""
    columns: list[int] = []
    values: list[float] = []
    starts = [0]
    for words, _ in texts:
        for word in words:
            if "a" <= word[0] <= "z":
                parts = endings_and_parts(word)
                columns += parts
                values += [1 / len(parts)] * len(parts)
        starts.append(len(columns))
    rows = csr_matrix((np.array(values), np.array(columns), np.array(starts)), (len(texts), COLUMNS))
    kinds = np.array([place for _, place in texts])
    weight = (1 / np.bincount(kinds))[kinds][:, None] * 400
    wanted, turned = np.eye(len(LATIN))[kinds], rows.T.tocsr()

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = flat.reshape(COLUMNS, len(LATIN))
        scores = rows @ table
        scores -= scores.max(1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(1, keepdims=True)
        loss = -float((weight * wanted * np.log(chances + 1e-12)).sum()) + 0.5 * PENALTY * float(flat @ flat) / 100
        return loss, (turned @ (weight * (chances - wanted))).ravel() + PENALTY / 100 * flat

    start = np.zeros(COLUMNS * len(LATIN))
    fitted: NDArray[np.float64] = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    ).x.reshape(COLUMNS, len(LATIN))
    return fitted.T


if __name__ == "__main__":
    main()
