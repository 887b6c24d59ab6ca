"""What a fit must beat: TF-IDF of words and characters with a logistic regression for each of two models.

`python -m router.bench.routing.comparison.tfidf_baseline TABLE...` prints its APGR by the folds of the benchmark; it
needs scikit-learn. Invariant: nothing is learned from the fold that is measured, nor from near-duplicates of it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from router.bench.routing.measures import Array, apgr, curve
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.regimes import FOLDS
from router.decision.features import bounded
from router.reading.fit_reader import fold_of, look
from router.tokens import ids

WORDS, CHARACTERS = 60_000, 100_000
RIGHT = 0.5
STEPS = 200


def chances(table: Outcomes, models: Sequence[str]) -> Array:
    """Prompts x models: each model's chance, learned from the other folds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion

    texts = np.array([bounded(prompt) for prompt in table.prompts], object)
    fold = fold_of(look(table.prompts, {}, ids, table.groups), FOLDS)
    learned = np.zeros((len(texts), len(models)))
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=WORDS)
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, max_features=CHARACTERS
        )
        both = FeatureUnion([("words", words), ("characters", characters)])
        seen, unseen = both.fit_transform(texts[train]), both.transform(texts[test])
        for place, model in enumerate(models):
            scores = table.column(model)[train]
            known = ~np.isnan(scores)
            line = LogisticRegression(max_iter=STEPS).fit(seen[known], scores[known] >= RIGHT)
            learned[test, place] = line.predict_proba(unseen)[:, 1]
    return learned


def main(paths: Sequence[str]) -> None:
    """Print a line for each table: its best and its worst model are the pair."""
    for path in paths:
        table = read_outcomes(Path(path))
        means = np.nanmean(table.scores, axis=0)
        strong, weak = (table.models[int(place)] for place in (np.argmax(means), np.argmin(means)))
        ends = table.column(weak), table.column(strong)
        known = ~np.isnan(ends[0] + ends[1])
        gap = chances(table, (strong, weak)) @ np.array([1.0, -1.0])
        area = apgr(curve(gap[known], ends[0][known], ends[1][known]))
        sys.stdout.write(f"{table.name}: {area:.3f} ({strong} / {weak}, {int(known.sum()):,} prompts)\n")


if __name__ == "__main__":
    main(sys.argv[1:])
