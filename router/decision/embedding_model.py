"""Which model makes the vectors of a policy: one for all texts, since vectors of two models can't be compared.

Invariant: it depends on the policy and on what the key permits, and on nothing that changes while a revision stands:
neither on the text, nor on who asks, nor on the hour, the day or what was spent.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from router.decision.candidates import NO_BARS, Bars, shortlist, withheld
from router.decision.scoring import predict, rank
from router.types import TASKS, Ask, Config, Exclusion, Features, Model, Situation, Task

# What vectors are mostly for is to find a passage again; at an ordinary length, and at the last price that is known.
_TYPICAL = Features(
    task="extraction",
    task_probability=1.0,
    difficulty=0.0,
    difficulty_error=0.0,
    language="en",
    input_tokens=1_000,
    input_tokens_error=0.0,
    output_tokens=0,
    output_limit=0,
    choices=1,
    needs=("embeddings",),
)
_WHENEVER = Situation(date.max)


def is_anchored(features: Features, ask: Ask) -> bool:
    """Whether one model must answer whatever the text: a policy is asked for vectors, and no other is agreed to."""
    return ask.model is None and ask.consent == "exact" and "embeddings" in features.needs


def anchor(ask: Ask, config: Config) -> str | None:
    """The model that the policy alone chooses for vectors, its rules aside; None where none is able."""
    policy, typical = config.policies[ask.policy], replace(_TYPICAL, task=_known(config.models))
    contenders = shortlist(typical, ask, policy, config, _WHENEVER, withheld(ask, config.models))
    ranked = rank(predict(contenders, typical, policy, config, _WHENEVER), policy)
    return ranked[0].model if ranked and not ranked[0].excluded else None


def elsewhere(features: Features, ask: Ask, config: Config) -> Bars:
    """The models that would put other vectors into the same index."""
    if not is_anchored(features, ask):
        return NO_BARS
    anchored = anchor(ask, config)
    barred: tuple[Exclusion, str] = (
        "no_consent",
        f"vectors of {ask.policy!r} are made by {anchored or 'no model'} alone",
    )
    return {model.id: barred for model in config.models if "embeddings" in model.capabilities and model.id != anchored}


def _known(models: Iterable[Model]) -> Task:
    """The typical task, or where no model that makes vectors has an ability for it, the first for which one has."""
    able = {task for model in models if "embeddings" in model.capabilities for task in model.abilities.values}
    return next((task for task in (_TYPICAL.task, *TASKS) if task in able), _TYPICAL.task)
