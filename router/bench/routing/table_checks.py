"""Whether a table of outcomes can be measured at all, said in words before anything is learned from it.

Invariant: what passes gives figures; what would give none is refused with what it holds and what it needs.
"""

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.outcome_table import Outcomes
from router.errors import ConfigError

LEAST_PROMPTS = 20
SHOWN_FAULTS = 5


def require_size(table: Outcomes) -> None:
    """Raise ConfigError for a table of one model, or of too few prompts for folds."""
    models = f"{len(table.models)} models" if len(table.models) != 1 else f"one model ({table.models[0]})"
    if len(table.models) < 2 or len(table.prompts) < LEAST_PROMPTS:
        holds = f"holds {_prompts(len(table.prompts))} and {models} with scores in [0, 1]"
        needs = f"needs {LEAST_PROMPTS} prompts and two models or more"
        _refuse(table, f"{holds}; measuring a router {needs}")


def require_gap(table: Outcomes, strong: str, weak: str) -> None:
    """Raise ConfigError where two models are one, share no prompt, or score alike: there is no gap to recover."""
    if strong == weak:
        _refuse(table, f"the strong and the weak model are both {strong!r}; name another with --strong or --weak")
    ends = np.array([table.column(strong), table.column(weak)])
    known = ~np.isnan(ends).any(axis=0)
    if not known.any():
        _refuse(table, f"no prompt has a score of both {strong!r} and {weak!r}")
    high, low = (float(scores[known].mean()) for scores in ends)
    if high == low:
        sentence = f"{strong!r} and {weak!r} score alike ({high:.1%}) on {_prompts(int(known.sum()))}"
        _refuse(table, f"{sentence}: there is no gap for a router to recover; name others with --strong and --weak")


def require_whole(table: Outcomes, whole: NDArray[np.bool_]) -> None:
    """Raise ConfigError where too few prompts have a score of every model for contenders to be compared on."""
    if int(whole.sum()) < LEAST_PROMPTS:
        sentence = f"{_prompts(int(whole.sum()))} of {len(whole):,} have a score (and cost) of every model"
        _refuse(table, f"{sentence}; comparing needs {LEAST_PROMPTS}; name fewer models with --model")


def require_fold(table: Outcomes, train: NDArray[np.intp], *, spread: bool) -> None:
    """Raise ConfigError where a fold leaves nothing to learn from, or no score of some model."""
    if not spread:
        sentence = "too few of its prompts differ: most are near-duplicates, or of one named group"
        _refuse(table, f"{sentence}: nothing is left to learn from, or to test on")
    empty = np.isnan(table.scores[train]).all(axis=0)
    if empty.any():
        model = table.models[int(np.argmax(empty))]
        scored = int((~np.isnan(table.column(model))).sum())
        sentence = f"the model {model!r} has a score on {_prompts(scored)} alone"
        _refuse(table, f"{sentence}: too few to learn from some and test on others; leave it out, or score more")


def _refuse(table: Outcomes, sentence: str) -> None:
    more = [f"{len(table.faults) - SHOWN_FAULTS:,} more rows were left out"] * (len(table.faults) > SHOWN_FAULTS)
    raise ConfigError([f"{table.name}: {sentence}", *table.faults[:SHOWN_FAULTS], *more])


def _prompts(count: int) -> str:
    return f"{count:,} prompt{'' if count == 1 else 's'}"
