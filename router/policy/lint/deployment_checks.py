"""Deployments on GPUs of which nobody says what they cost.

Invariant: where contracts name no generation at all, nothing is asked of deployments.
"""

from collections.abc import Iterator

from router.config.deployments_file import FILE
from router.policy.lint.finding import Finding
from router.policy.lint.policy_file import Sheet
from router.suggest import nearest


def deployments(sheet: Sheet) -> Iterator[Finding]:
    """Everything about deployments."""
    known = sheet.config.contracts.gpus
    for place, deployment in enumerate(sheet.config.deployments):
        if known and deployment.gpu and deployment.gpu not in known:
            yield sheet.warn(
                ("deployments", place, "gpu"),
                "gpu-unknown",
                f"`gpus` of contracts.yaml does not know {deployment.gpu!r}: what {deployment.name} serves is priced "
                "as if it ran on the GPUs that `costs` states.",
                f"Add it there.{nearest(deployment.gpu, known)}",
                FILE,
            )
