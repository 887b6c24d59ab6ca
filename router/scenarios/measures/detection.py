"""An auditor's chance to have noticed a substitution by now, by what the endpoint discloses.

Invariant: what is disclosed is noticed with the first moved answer; what is silent by bets on matched answers, as fast
as the measured yardstick of audits says. That chances of several steps add up as independent ones do is assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log1p

from router.evidence.matched.audit_power import POWER, calls_to_see
from router.scenarios.expressions import amount
from router.scenarios.measures.measure import Measure
from router.scenarios.sample_intervals import Figure
from router.scenarios.scenario import Auditor, Both
from router.scenarios.seen import Step

DISCLOSURES = ("silent", "header", "receipt")
LEAST_SHARE = 0.01
"""Below this the yardstick says nothing."""


def hazard(share: float, auditor: Auditor, disclosure: str) -> float:
    """How fast a call makes an auditor notice such a share."""
    if disclosure != "silent":
        return -log1p(-min(share, 1 - 1e-12))
    if share < LEAST_SHARE:
        return 0.0
    calls = calls_to_see(share, auditor.references, auditor.alpha, enrolled=auditor.enrolled)
    return -log1p(-POWER) / calls


def moved_share(step: Step, original: str) -> float:
    """The share of the answers to who asked for a model that another one gave."""
    asked = [each for each in step.answered if each.receipt and each.receipt.asked == original]
    return sum(each.served != original for each in asked) / len(asked) if asked else 0.0


def with_notice(steps: Sequence[Step], auditor: Auditor) -> tuple[Step, ...]:
    """The steps with the chance, by disclosure, that the auditor has noticed by their end."""
    gathered, noticed = dict.fromkeys(DISCLOSURES, 0.0), []
    for step in steps:
        calls, share = max(0.0, amount(auditor.calls, step.names)), moved_share(step, auditor.original)
        gathered = {how: before + calls * hazard(share, auditor, how) for how, before in gathered.items()}
        noticed.append(replace(step, noticed={how: 1 - exp(-sum_) for how, sum_ in gathered.items()}))
    return tuple(noticed)


def _noticed(step: Step, how: str) -> Figure | None:
    return Figure(step.noticed[how]) if how in step.noticed else None


def _moved(step: Step, original: str) -> Figure | None:
    return Figure(moved_share(step, original))


DETECTION: Mapping[str, Measure] = {
    "noticed": Measure(
        Both("chance that the auditor has noticed", "감사자가 알아챘을 확률"), "share", _noticed, "disclosure"
    ),
    "substituted": Measure(
        Both("asked for {of}, answered by another", "{of}을 요청했으나 다른 모델이 답함"), "share", _moved, "model"
    ),
}
