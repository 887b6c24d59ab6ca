"""What answers say of the parameters that they were made with, beside what was asked for; and who served, if they say.

Invariant: only parameters that the audit sent are compared; what is echoed besides is shown where the sides differ.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from router.audit.checks.audit_finding import Finding
from router.audit.endpoint_client import Reply
from router.audit.wire_shapes import Parameters

CHECK = "echoed parameters"


def echoed_parameters(wanted: Parameters, audited: Sequence[Reply], references: Sequence[Reply]) -> tuple[Finding, ...]:
    """Findings on what is echoed; none where nothing is."""
    own, others = _said(audited), _said(references)
    findings = []
    if changed := _changed(wanted, own):
        findings.append(Finding(CHECK, "differs", f"It says that it answered with {', '.join(changed)}."))
    unlike = [
        f"{name} {_list(own[name])} here, {_list(others[name])} there" for name in own if _differ(name, own, others)
    ]
    if unlike:
        findings.append(Finding(CHECK, "differs", f"The sides name other parameters: {'; '.join(unlike)}."))
    if own and not findings:
        shown = ", ".join(f"{name} {_list(said)}" for name, said in own.items())
        findings.append(Finding(CHECK, "fine", f"It echoes {shown}."))
    return tuple(findings)


def _said(replies: Sequence[Reply]) -> Mapping[str, Counter[str]]:
    said: dict[str, Counter[str]] = {}
    for reply in replies:
        for name, value in reply.said.echoed.items():
            said.setdefault(name, Counter())[value] += 1
    return said


def _changed(wanted: Parameters, said: Mapping[str, Counter[str]]) -> list[str]:
    """Parameters that were asked for and are echoed as something else."""
    sent = {"temperature": wanted.temperature}
    sent |= dict.fromkeys(("max_tokens", "max_completion_tokens", "max_output_tokens"), wanted.max_tokens)
    return [
        f"{name} {value}, where {asked:g} was asked for"
        for name, asked in sent.items()
        if asked is not None
        for value in said.get(name, ())
        if not _same(value, asked)
    ]


def _same(value: str, asked: float) -> bool:
    try:
        return abs(float(value) - asked) < 1e-6
    except ValueError:
        return False


def _differ(name: str, own: Mapping[str, Counter[str]], others: Mapping[str, Counter[str]]) -> bool:
    return name in others and not set(own[name]) & set(others[name])


def _list(counts: Counter[str]) -> str:
    return " or ".join(value for value, _ in counts.most_common(3)) + (" …" if len(counts) > 3 else "")
