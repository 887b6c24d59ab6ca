"""What a router is allowed to have seen: the training regime that is part of every figure.

Invariant: no prompt is scored by what was learned from it, nor from a near-duplicate of it, nor from a prompt of the
same named group.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.readers.fold_fits import Fold, predicted
from router.bench.routing.table_checks import require_fold
from router.reading.fit_reader import Texts, fold_of, is_spread
from router.reading.ngrams import Floats, Ints, one_after_another
from router.reading.validation.near_duplicates import near_duplicates

Advance = Callable[[], object]
FOLDS = 5
OUT_OF_DOMAIN_PENALTY = 1000.0
THIRD = 3
# More than this is learned from no faster than it is worth: beyond it, figures move less than their intervals.
MOST_TRAINING = 25_000
LEAST_GROUPS = 2 * FOLDS


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What the other folds of a table taught (prompts x models): chances, and what was learned of costs, if anything.

    `spent` is in the unit of what was given: tokens, or money.
    """

    chances: Array
    spent: Array | None


def in_domain(
    table: Outcomes, texts: Texts, task_count: int, advance: Advance, folds: int = FOLDS, most: int | None = None
) -> Array:
    """Each model's chance on each prompt, learned from the other folds of the same table, or from `most` of them."""
    return out_of_fold(table, texts, task_count, advance, folds, most).chances


def out_of_fold(
    table: Outcomes,
    texts: Texts,
    task_count: int,
    advance: Advance,
    folds: int = FOLDS,
    most: int | None = None,
    spent: Array | None = None,
) -> OutOfFold:
    """The same, with what each answer is expected to take, where it is given what answers took."""
    require_fold(table, np.arange(len(texts)), spread=is_spread(texts.groups, LEAST_GROUPS))
    fold = fold_of(texts, folds)
    chances = np.zeros(table.scores.shape)
    expected = None if spent is None else np.zeros(table.scores.shape)
    for number in range(folds):
        train = np.flatnonzero(fold != number)
        require_fold(table, train, spread=is_spread(texts.groups[train]))

    def parts() -> Iterator[Fold]:
        for number in range(folds):
            train = sampled(np.flatnonzero(fold != number), MOST_TRAINING if most is None else most, number)
            lengths = None if spent is None else spent[train]
            tested = texts.only(np.flatnonzero(fold == number))
            yield Fold(texts.only(train), table.scores[train], lengths, tested, task_count)

    for number, done in enumerate(predicted(parts(), len(texts), advance)):
        chances[fold == number] = done.chances
        if expected is not None:
            expected[fold == number] = done.spent
    return OutOfFold(chances, expected)


def shared_groups(tables: Sequence[Outcomes], texts: Sequence[Texts]) -> list[Ints]:
    """The groups of near-duplicates over all tables at once, table by table."""
    starts = np.cumsum([0, *(len(seen) for seen in texts)])
    words = one_after_another([seen.words for seen in texts])
    groups = near_duplicates([prompt for table in tables for prompt in table.prompts], words)
    return np.split(groups, starts[1:-1])


def sampled(rows: NDArray[np.intp], most: int, seed: int = 0) -> NDArray[np.intp]:
    """So many of the rows at most, in rising order."""
    if most >= len(rows):
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def out_of_domain(
    tables: Sequence[Outcomes], texts: Sequence[Texts], groups: Sequence[Ints], target: int
) -> Array | None:
    """How much a prompt of table `target` needs a strong model, learned from the other tables; None where none is left.

    Words do not carry over from one source to another, so only the surface is used, standardized within each source.
    What is learned there is added in equal parts to the length of the prompt.
    """
    parts = []
    for number, (table, seen) in enumerate(zip(tables, texts, strict=True)):
        kept = ~np.isin(groups[number], groups[target])
        if number != target and kept.sum() >= 100:
            parts.append((standard(seen.surface[kept]), _standard_vector(gain(table.scores[kept]))))
    if not parts:
        return None
    weights = np.concatenate([np.full(len(y), len(y) ** -0.6) for _, y in parts])
    weights /= weights.mean()
    figures, gains = np.vstack([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    gram = (figures * weights[:, None]).T @ figures + OUT_OF_DOMAIN_PENALTY * np.eye(figures.shape[1])
    learned = standard(texts[target].surface) @ np.linalg.solve(gram, (figures * weights[:, None]).T @ gains)
    score: Array = _standard_vector(learned) + _standard_vector(texts[target].surface[:, 0])
    return score


def gain(scores: Floats) -> Floats:
    """What the strong third of the models scores on each prompt beyond the weak third."""
    order = np.argsort(np.nanmean(scores, axis=0))
    many = max(1, len(order) // THIRD)
    filled = np.where(np.isnan(scores), np.nanmean(scores, axis=0), scores)
    gains: Floats = filled[:, order[-many:]].mean(axis=1) - filled[:, order[:many]].mean(axis=1)
    return gains


def standard(figures: Floats) -> Floats:
    """Columns at mean 0 and spread 1, cut off at 4."""
    columns: Floats = np.clip((figures - figures.mean(axis=0)) / (figures.std(axis=0) + 0.05), -4, 4)
    return columns


def _standard_vector(values: NDArray[np.float64]) -> NDArray[np.float64]:
    standardised: NDArray[np.float64] = (values - values.mean()) / (values.std() + 1e-6)
    return standardised
