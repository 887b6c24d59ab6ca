"""Ramps as they are written become ramps as they move: between models that exist, under names of their own.

Invariant: a ramp with a `share` moves by hand and has no plan; every other has a plan, and moves nothing until its
state says so.
"""

from zoneinfo import ZoneInfo

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policy_compiler import checked_condition
from router.config.ramps.ramps_file import (
    CapsWritten,
    EvidenceWritten,
    GuardrailsWritten,
    JudgeWritten,
    RampsFile,
    RampWritten,
    ScheduleWritten,
    ShadowWritten,
    StepWritten,
)
from router.config.scalars import DAYS, duration, hours, money
from router.suggest import nearest
from router.types import (
    Caps,
    Guardrails,
    Judging,
    MinimumSpend,
    Ramp,
    RampPlan,
    Schedule,
    Shadowing,
    Standard,
    Step,
)

FILE = "ramps.yaml"
SHARES = (0.01, 0.05, 0.10, 0.25, 0.50, 1.0)
GOVERNED = ("steps", "evidence", "shadow", "guardrails", "caps", "schedule", "approvals")


def ramps(file: RampsFile, fit: Fit, timezone: str) -> tuple[tuple[Ramp, ...], tuple[RampPlan, ...]]:
    """The ramps that move by hand, and the plans of the others; faults are collected in the fit."""
    fit.unique([ramp.name for ramp in file.ramps], FILE, ("ramps",), "ramps")
    compiler = Plans(fit, timezone)
    for position, written in enumerate(file.ramps):
        _check(written, fit, ("ramps", position))
    by_hand = tuple(
        _ramp(ramp, ramp.share, fit, ("ramps", position))
        for position, ramp in enumerate(file.ramps)
        if ramp.share is not None
    )
    plans = tuple(
        compiler.plan(ramp, ("ramps", position)) for position, ramp in enumerate(file.ramps) if ramp.share is None
    )
    return by_hand, plans


def _check(written: RampWritten, fit: Fit, path: Path_) -> None:
    if written.substitute == written.original:
        fit.fault(FILE, (*path, "substitute"), "a ramp must lead to another model", code="taken-name")
    for key, model in (("original", written.original), ("substitute", written.substitute)):
        if model not in fit.models:
            fit.fault(FILE, (*path, key), f"no model is called {model!r}.", nearest(model, fit.models))
    if written.share is not None:
        for key in GOVERNED:
            if getattr(written, key) is not None:
                sentence = f"a ramp with a `share` is moved by hand: leave out `share`, or `{key}`"
                fit.fault(FILE, (*path, key), sentence, code="wrong-value")


def _ramp(written: RampWritten, share: float, fit: Fit, path: Path_) -> Ramp:
    return Ramp(
        name=written.name,
        because=written.because,
        original=written.original,
        substitute=written.substitute,
        share=share,
        holdback=written.holdback,
        when=checked_condition(written.when, fit, FILE, (*path, "when")),
        unit=written.unit,
    )


class Plans:
    """Compiles governed ramps, as they stand in a file; faults are collected in the fit."""

    def __init__(self, fit: Fit, timezone: str, file: str = FILE) -> None:
        self.fit = fit
        self.file = file
        self.timezone = timezone

    def plan(self, written: RampWritten, path: Path_) -> RampPlan:
        """The plan of one ramp."""
        evidence = written.evidence or EvidenceWritten()
        standard = Standard(evidence.margin, evidence.alpha)
        tasks = {
            task: Standard(own.margin or standard.margin, own.alpha or standard.alpha)
            for task, own in evidence.tasks.items()
        }
        return RampPlan(
            ramp=_ramp(written, 0.0, self.fit, path),
            steps=self._steps(written.steps or SHARES, evidence, (*path, "steps")),
            shadow=self._shadow(written.shadow or ShadowWritten(), written, (*path, "shadow")),
            standard=standard,
            tasks=tasks,
            guardrails=_guardrails(written.guardrails or GuardrailsWritten()),
            caps=self._caps(written.caps or CapsWritten(), (*path, "caps")),
            schedule=self._schedule(written.schedule, (*path, "schedule")),
            approvals=written.approvals or 1,
            watch_pairs=evidence.watch,
        )

    def _steps(
        self, written: tuple[float | StepWritten, ...], evidence: EvidenceWritten, path: Path_
    ) -> tuple[Step, ...]:
        steps = []
        for position, step in enumerate(written):
            said = step if isinstance(step, StepWritten) else StepWritten(step)
            after = duration(said.after or evidence.after)
            steps.append(Step(said.share, after, evidence.pairs if said.pairs is None else said.pairs))
            if position and steps[-1].share <= steps[-2].share:
                sentence = f"each step moves more than the one before; {said.share:g} follows {steps[-2].share:g}"
                self.fit.fault(self.file, (*path, position), sentence, code="order")
        return tuple(steps)

    def _shadow(self, written: ShadowWritten, ramp: RampWritten, path: Path_) -> Shadowing:
        judging = self._judging(written.judge, ramp, (*path, "judge"))
        return Shadowing(written.sample, judging, money(written.budget))

    def _judging(self, written: str | JudgeWritten, ramp: RampWritten, path: Path_) -> Judging:
        if not isinstance(written, JudgeWritten):
            if written == "truth":
                self._stand_ins(ramp, path)
                return Judging("truth")
            return Judging("feedback")
        if (written.model is None) == (written.check is None):
            self.fit.fault(self.file, path, "a judge is a `model` or a `check`: name one", code="missing-key")
        if written.model is None:
            return Judging("check", written.check or "", written.settings)
        self._impartial(written.model, written, ramp, path)
        return Judging("model", written.model, own_family=written.own_family == "flag")

    def _stand_ins(self, ramp: RampWritten, path: Path_) -> None:
        for model in (self.fit.models.get(ramp.original), self.fit.models.get(ramp.substitute)):
            if model and not model.stand_in:
                sentence = (
                    f"the truth is known of stand-ins alone, and {model.id!r} is none: "
                    "write `judge: feedback`, `judge: {model: ...}` or `judge: {check: ...}`"
                )
                self.fit.fault(self.file, path, sentence, code="wrong-value")

    def _impartial(self, name: str, written: JudgeWritten, ramp: RampWritten, path: Path_) -> None:
        """A judge favours its own family; nobody judges themselves unless the file says that it is known."""
        judge = self.fit.models.get(name)
        if judge is None:
            sentence = f"no model is called {name!r}."
            self.fit.fault(self.file, (*path, "model"), sentence, nearest(name, self.fit.models))
            return
        judged = [model for each in (ramp.original, ramp.substitute) if (model := self.fit.models.get(each))]
        own = [model.id for model in judged if judge.family == model.family or judge.owner == model.owner]
        if own and written.own_family == "refuse":
            sentence = (
                f"{judge.id!r} would judge {' and '.join(own)} of its own family or owner: name another model, or "
                "write `own_family: flag` to have it told with every verdict"
            )
            self.fit.fault(self.file, (*path, "model"), sentence, code="wrong-value")

    def _caps(self, written: CapsWritten, path: Path_) -> Caps:
        owners = sorted({model.owner for model in self.fit.models.values()})
        named = [(("owner_share", owner), owner) for owner in written.owner_share]
        if written.commitment:
            named.append((("commitment", "owner"), written.commitment.owner))
        for place, owner in named:
            if owner not in owners:
                self.fit.fault(self.file, (*path, *place), f"no model's owner is {owner!r}.", nearest(owner, owners))
        promised = written.commitment
        return Caps(
            written.owner_share,
            money(written.shifted) if written.shifted else None,
            MinimumSpend(promised.owner, money(promised.spend), promised.per) if promised else None,
        )

    def _schedule(self, written: ScheduleWritten | None, path: Path_) -> Schedule | None:
        if written is None:
            return None
        zone = written.timezone or self.timezone
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            sentence = f"no timezone is called {zone!r}; an example is 'Asia/Seoul'"
            self.fit.fault(self.file, (*path, "timezone"), sentence)
        days = tuple(sorted({DAYS.index(day) for day in written.days or DAYS}))
        start, end = hours(written.hours) if written.hours else (0, 1440)
        return Schedule(days, start, end, zone)


def _guardrails(written: GuardrailsWritten) -> Guardrails:
    slow = written.slow
    if slow is None:
        return Guardrails(written.errors)
    return Guardrails(written.errors, 1000 * duration(slow.beyond), slow.by)
