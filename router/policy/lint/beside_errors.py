"""What is likely wrong in the part of a policy file that is sound, where another part is not.

Invariant: nothing is warned of that may only seem so because what is wrong was left out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from router.config.files.yaml_source import Path_, Source
from router.config.load import POLICIES, build, sound_policies
from router.errors import ConfigError
from router.policy.lint.finding import Finding
from router.types import Config

_PARTS = ("guards", "rules", "budgets", "tests")


def sound_rest(
    sources: Mapping[str, Source], error: ConfigError
) -> tuple[Mapping[str, Source], Config, set[Path_]] | None:
    """The files without the guards, rules, budgets and tests that are wrong, and the places that are.

    None where what is wrong stands elsewhere, or nothing is left.
    """
    name = sources[POLICIES].name
    if any(not problem.path or not problem.where.startswith(f"{name}:") for problem in error.problems):
        return None
    wrong = {_whole(problem.path) for problem in error.problems}
    if (left := sound_policies(sources, wrong)) is None:
        return None
    part, places = left
    rest = {**sources, POLICIES: part.source}
    try:
        return rest, build(rest), wrong | set(map(_whole, places))
    except ConfigError:
        return None


def certain(findings: Iterable[Finding], source: Source, wrong: set[Path_]) -> Iterator[Finding]:
    """Those that hold whatever was meant by what is wrong."""
    clouded = _clouded(source.data["policies"], wrong)
    untried = any("tests" in path for path in wrong)
    lines = [source.places["policies", policy][0] for policy in source.data["policies"]]
    names = list(source.data["policies"])
    for finding in findings:
        if untried and finding.code.startswith(("guard-", "test-")):
            continue
        before = bisect_right(lines, finding.place[1])
        inside = names[before - 1] if before else ""
        if finding.where.startswith(f"{source.name}:") and inside not in clouded:
            yield finding


def _whole(path: Path_) -> Path_:
    """The guard, rule, budget or test that a place belongs to: a part of one is another one."""
    for depth in (0, 2):
        if len(path) > depth + 1 and path[depth] in _PARTS and isinstance(path[depth + 1], int):
            return path[: depth + 2]
    return path


def _clouded(policies: Mapping[str, Any], wrong: set[Path_]) -> set[str]:
    """The policies of which something is wrong that all else in them hangs on."""
    inside = [path for path in wrong if path[0] == "policies" and len(path) > 1]
    own = {str(path[1]) for path in inside if len(path) < 4 or path[2] not in _PARTS}
    extending = {
        name for name, written in policies.items() if isinstance(written, dict) and written.get("extends") in own
    }
    return own | extending
