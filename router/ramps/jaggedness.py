"""How versions of a model differ by kind of work, what pairs have shown of it, and what an alias does with each.

Invariant: what is predicted from the catalog and what pairs have measured stand apart, each under its own name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from router.evidence import judge
from router.ramps.state import RampState, share
from router.ramps.upgrades import Place, Standing, groups, standings
from router.types import Model, RampPlan, VersionAlias
from router.types.catalog import Status


@dataclass(frozen=True, slots=True)
class Shown:
    """What pairs show of a version beside the one that it was tried against: the mean of D, and its interval."""

    against: str
    pairs: int
    mean: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTask:
    """One version on one kind of work.

    `quality` is the chance to be right on a request of middling difficulty, predicted from the catalog's ability, whose
    `status` says whether that is assumed; None where the catalog has none. `regresses` says that it is lower than that
    of the version before, or that pairs show this version to be worse than the one it was tried against.
    """

    version: str
    place: Place
    quality: float | None
    status: Status
    regresses: bool
    stage: str | None = None
    share: float = 0.0
    reason: str | None = None
    ramp: str | None = None
    shown: Shown | None = None


def jaggedness(
    alias: VersionAlias, models: Mapping[str, Model], plans: Sequence[RampPlan], states: Mapping[str, RampState]
) -> dict[str, tuple[OnTask, ...]]:
    """Every version by kind of work, oldest first; of an alias with one version there is no more than that one."""
    own = groups(plan for plan in plans if plan.ramp.alias == alias.name)
    rows: dict[str, tuple[OnTask, ...]] = {}
    for task in alias.tasks:
        places = standings(own[alias.name, task], states) if own else (Standing(alias.versions[0], "serves"),)
        before: float | None = None
        line = []
        for standing in places:
            line.append(_on_task(standing, task, models[standing.version], before))
            before = line[-1].quality
        rows[task] = tuple(line)
    return rows


def serving(line: Sequence[OnTask]) -> str:
    """The version that serves."""
    return next(each.version for each in line if each.place == "serves")


def _on_task(standing: Standing, task: str, model: Model, before: float | None) -> OnTask:
    state, plan = standing.state, standing.plan
    shown = _shown(state, plan, task) if state and plan else None
    quality = predicted(model, task)
    lower = quality is not None and before is not None and quality < before
    return OnTask(
        version=standing.version,
        place=standing.place,
        quality=quality,
        status=model.abilities.status,
        regresses=(shown.verdict == "harm" or shown.high < 0) if shown else lower,
        stage=state.stage if state else None,
        share=_share(standing, plan, state),
        reason=state.reason if state else None,
        ramp=plan.name if plan else None,
        shown=shown,
    )


def predicted(model: Model, task: str) -> float | None:
    """The chance to be right on a request of middling difficulty."""
    abilities: Mapping[str, float] = {str(name): value for name, value in model.abilities.values.items()}
    return 1 / (1 + exp(-abilities[task])) if task in abilities else None


def _shown(state: RampState, plan: RampPlan, task: str) -> Shown | None:
    known = state.tasks.get(task)
    if known is None or not known.evidence.pairs:
        return None
    verdict = judge(known.evidence, known.interval)
    return Shown(plan.ramp.original, verdict.pairs, verdict.mean, verdict.low, verdict.high, verdict.state)


def _share(standing: Standing, plan: RampPlan | None, state: RampState | None) -> float:
    if plan is None or state is None:
        return 1.0 if standing.place == "serves" else 0.0
    return share(plan, state)
