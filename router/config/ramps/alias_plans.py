"""An alias over versions becomes a set of governed ramps: one for each kind of work and each way to a newer version.

Invariant: each of these ramps moves what asks for the alias alone, on one kind of work, and each version is tried there
with a part of the alias' alpha; a version that is added at the end leaves all other ramps as they are.
"""

from collections.abc import Collection
from dataclasses import replace

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import When
from router.config.ramps.aliases_file import AliasesFile, AliasWritten
from router.config.ramps.ramp_plans import Plans
from router.config.ramps.ramps_file import EvidenceWritten, RampWritten
from router.suggest import nearest
from router.types import KINDS, WORDED, Condition, OneOf, RampPlan, Standard, Task, VersionAlias

FILE = "aliases.yaml"
LAST_SHARE = 1.0


def version_aliases(file: AliasesFile, fit: Fit, taken: Collection[str], timezone: str) -> dict[str, VersionAlias]:
    """Every alias by its name; faults are collected in the fit. `taken` are the names that mean something else."""
    compiler = Plans(fit, timezone, FILE)
    aliases = {}
    for name, written in file.aliases.items():
        path: Path_ = ("aliases", name)
        if name in taken:
            fit.fault(FILE, path, f"the name {name!r} is taken by a model or a policy", code="taken-name")
        before = len(fit.faults)
        _check(written, fit, path)
        promise, plan = written.never_worse, None
        for place in range(1, len(written.versions)):
            # What is wrong with one upgrade is most likely wrong with all.
            if len(fit.faults) == before:
                plan = compiler.plan(_template(name, written, place), path)
        aliases[name] = VersionAlias(
            name=name,
            because=written.because,
            versions=written.versions,
            margin=promise.margin,
            alpha=promise.alpha,
            tasks=tuple(task for task in WORDED if written.tasks is None or task in written.tasks),
            upgrade=plan and replace(plan, most_pairs=promise.give_up),
        )
    return aliases


def upgrade_name(alias: str, task: str, original: str, substitute: str) -> str:
    """The name of the ramp that an upgrade is."""
    return f"{alias}:{task}:{original}:{substitute}"


def upgrade_plans(alias: VersionAlias) -> list[RampPlan]:
    """The plans of all upgrades: by version, by task, from each version before it."""
    plan = alias.upgrade
    return (
        [
            _plan(plan, alias, task, at, to)
            for to in range(1, len(alias.versions))
            for task in alias.tasks
            for at in range(to)
        ]
        if plan
        else []
    )


def _plan(plan: RampPlan, alias: VersionAlias, task: Task, at: int, to: int) -> RampPlan:
    original, substitute = alias.versions[at], alias.versions[to]
    ramp = replace(
        plan.ramp,
        name=upgrade_name(alias.name, task, original, substitute),
        original=original,
        substitute=substitute,
        when=Condition((OneOf("task", frozenset({task})),)),
        alias=alias.name,
    )
    return replace(plan, ramp=ramp, standard=Standard(alias.margin, alias.alpha_of(to)))


def _template(name: str, written: AliasWritten, place: int) -> RampWritten:
    """The upgrade to one version as a person would write it in ramps.yaml."""
    promise = written.never_worse
    return RampWritten(
        name=name,
        because=written.because,
        original=written.versions[0],
        substitute=written.versions[place],
        holdback=written.holdback,
        when=When(),
        unit=written.unit,
        steps=written.steps,
        evidence=EvidenceWritten(margin=promise.margin, alpha=promise.alpha, after=written.after, pairs=written.pairs),
        shadow=written.shadow,
        guardrails=written.guardrails,
    )


def _check(written: AliasWritten, fit: Fit, path: Path_) -> None:
    for place, version in enumerate(written.versions):
        here = (*path, "versions", place)
        model = fit.models.get(version)
        if model is None:
            fit.fault(FILE, here, f"no model is called {version!r}.", nearest(version, fit.models))
        elif not KINDS.isdisjoint(model.capabilities):
            fit.fault(FILE, here, f"{version!r} does not answer in words", code="wrong-value")
        if version in written.versions[:place]:
            fit.fault(FILE, here, f"the version {version!r} stands twice", code="taken-name")
    last = written.steps[-1]
    if (last if isinstance(last, float | int) else last.share) != LAST_SHARE:
        sentence = "the last step of an alias is 1: a version that is let in serves its kind of work"
        fit.fault(FILE, (*path, "steps"), sentence, code="wrong-value")
    if written.tasks is not None and "speech" in written.tasks:
        fit.fault(FILE, (*path, "tasks"), "an alias answers in words, and 'speech' is none", code="wrong-value")
