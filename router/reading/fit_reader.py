"""Learn difficulty, traits and abilities from a table of outcomes.

Invariant: what the chances are calibrated on was predicted out of fold, so that the figures do not flatter;
near-duplicates stay in one fold, and so do prompts that bear the same name of a group.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.decision.features import bounded
from router.reading.answer_lengths import AnswerLengthFit, habits, levels
from router.reading.irt import Chances, Targets, calibrate, targets, unexplained
from router.reading.ngrams import Encode, Floats, Sparse, counted, one_after_another, rarity, weighted
from router.reading.ridge import Design, Line, ridges
from router.reading.text_surface import surface
from router.reading.validation.fit_checks import require_finite
from router.reading.validation.folds import balanced_folds
from router.reading.validation.near_duplicates import joined, near_duplicates

PENALTY = 10.0
SURFACE_SCALE, SURFACE_CLIP = 0.1, 3.0
MOST_FACTORS = 10
FOLDS = 2


class Look(NamedTuple):
    """What some prompts hold, whatever the others do: a row of surface figures, of words and of tokens each."""

    surface: Floats
    words: Sparse
    tokens: Sparse


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts with what can be known of them before any outcome: counts, surface figures, tasks, groups.

    `words` tell near-duplicates, and are empty where these are known; `tokens` are what is learned from.
    """

    words: Sparse
    tokens: Sparse
    surface: Floats
    tasks: NDArray[np.intp]
    groups: NDArray[np.int64]

    def only(self, rows: NDArray[np.intp]) -> "Texts":
        """Some of the texts, in rising order."""
        return Texts(
            self.words.only(rows), self.tokens.only(rows), self.surface[rows], self.tasks[rows], self.groups[rows]
        )

    def for_fitting(self) -> "Texts":
        """The same without the words, which take as much room as the tokens and are not learned from."""
        none = np.zeros(0, np.int32)
        return replace(self, words=Sparse(len(self), none, none, none.astype(np.float32)))

    def __len__(self) -> int:
        """How many."""
        return len(self.tasks)


@dataclass(frozen=True, slots=True)
class Lens:
    """What is learned of texts alone: rarities of tokens, and how to standardize the surface."""

    idf: Floats
    mean: Floats
    spread: Floats

    def design(self, texts: Texts) -> Design:
        """The regressors of texts."""
        standard = np.clip((texts.surface - self.mean) / self.spread, -SURFACE_CLIP, SURFACE_CLIP)
        return Design(weighted(texts.tokens, self.idf), SURFACE_SCALE * standard)


@dataclass(frozen=True, slots=True)
class Fitted:
    """All that was learned. `error` is the standard error of a difficulty, in logits."""

    lens: Lens
    lines: tuple[Line, ...]
    chances: Chances
    error: float
    lengths: AnswerLengthFit | None = None

    def traits(self, texts: Texts) -> Floats:
        """Prompts x traits, the level first."""
        design = self.lens.design(texts)
        return np.stack([line.at(design) for line in self.lines], axis=1)

    def tokens(self, texts: Texts) -> Floats | None:
        """Prompts x models: the tokens that answers are expected to have, where lengths were learned."""
        if self.lengths is None:
            return None
        return self.lengths.expected(self.traits(texts), self.lengths.line.at(self.lens.design(texts)))

    def predict(self, texts: Texts) -> Floats:
        """Prompts x models: the chance of a right answer."""
        return self.chances.at(self.traits(texts), texts.tasks)


def look(
    prompts: Sequence[str], tasks: Mapping[str, int], encode: Encode, names: Sequence[Hashable] | None = None
) -> Texts:
    """Everything about texts that needs no outcome; `tasks` gives each prompt's task as a number.

    `encode` makes tokens of a text: the reference encoding's, as when serving.

    Near-duplicates are of one group, and what bears the same of the `names` too. Long texts are bounded as they are
    when serving.
    """
    numbers = np.array([tasks.get(prompt, 0) for prompt in prompts], np.intp)
    return looked(prompts, [glance(prompts, encode)], numbers, names)


def glance(prompts: Sequence[str], encode: Encode) -> Look:
    """What prompts hold, each for itself."""
    texts = [bounded(prompt) for prompt in prompts]
    figures = np.array([surface(text) for text in texts])
    return Look(figures, counted(texts), counted(texts, encode))


def looked(
    prompts: Sequence[str],
    looks: Sequence[Look],
    tasks: NDArray[np.intp],
    names: Sequence[Hashable] | None = None,
) -> Texts:
    """Texts whose prompts were glanced at, some at a time in their order, with their groups."""
    words, tokens = (one_after_another(part) for part in ([e.words for e in looks], [e.tokens for e in looks]))
    groups = near_duplicates(prompts, words)
    figures = np.concatenate([each.surface for each in looks])
    return Texts(words, tokens, figures, tasks, groups if names is None else joined(groups, names))


def fold_of(texts: Texts, folds: int, seed: int = 0) -> NDArray[np.int64]:
    """A fold for each text, the same for a whole group."""
    return balanced_folds(texts.groups, folds, seed)


def is_spread(groups: NDArray[np.int64], least: int = FOLDS) -> bool:
    """Whether texts are of so many groups; `fit` learns from some groups to test on others."""
    return len(np.unique(groups)) >= least


def fit(
    texts: Texts,
    scores: Floats,
    task_count: int,
    advance: Callable[[], object] = lambda: None,
    folds: int = FOLDS,
    *,
    lengths: Floats | None = None,
) -> Fitted:
    """Learn from outcomes, and from the tokens of the answers where they are known (prompts x models, NaN for none)."""
    factors = min(MOST_FACTORS, scores.shape[1] - 1)
    fold = fold_of(texts, folds, seed=1)
    aims = _wanted(targets(scores, factors), lengths)
    outside = np.zeros_like(aims)
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        lens, lines = _regress(texts.only(train), aims, train)
        design = lens.design(texts.only(test))
        outside[test] = np.stack([line.at(design) for line in lines], axis=1)
        advance()
    traits = outside[:, : 1 + factors]
    chances = calibrate(scores, traits, texts.tasks, task_count)
    error = unexplained(scores, chances.at(traits, texts.tasks))
    lens, lines = _regress(texts, aims, np.arange(len(texts)))
    advance()
    learned = None
    if lengths is not None:
        mean = float(aims[:, -1].mean())
        learned = AnswerLengthFit(lines[-1], mean, habits(lengths, traits, outside[:, -1], mean))
    fitted = Fitted(lens, lines[: 1 + factors], chances, error, learned)
    require_finite(fitted)
    return fitted


def _wanted(aims: Targets, lengths: Floats | None) -> Floats:
    """What is regressed on text, a column each: level, factors, and the usual length where it is known."""
    columns = [aims.level, aims.factors]
    if lengths is not None:
        level = levels(lengths)
        columns.append(np.where(np.isnan(level), np.nanmean(level), level))
    return np.column_stack(columns)


def _regress(texts: Texts, wanted: Floats, rows: NDArray[np.intp]) -> tuple[Lens, tuple[Line, ...]]:
    lens = Lens(rarity(texts.tokens), texts.surface.mean(axis=0), texts.surface.std(axis=0) + 1e-6)
    design = lens.design(texts)
    return lens, ridges(design, wanted[rows], PENALTY)
