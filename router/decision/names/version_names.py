"""Which version of a model an alias over versions means: for each kind of work, by the ramps that are in force.

Invariant: an alias leads to its own versions alone, and never to one that its ramps have not let in or are not trying.
"""

from collections.abc import Iterable
from dataclasses import replace

from router.decision.names.model_names import DEFAULT, known_name
from router.types import Config, Decision, OneOf, Permit, Ramp, VersionAlias


def alias_of(asked: str, config: Config) -> VersionAlias | None:
    """The alias over versions that a name stands for, itself or by a pattern that leads to it."""
    aliases = config.version_aliases
    if not aliases or asked in aliases:
        return aliases.get(asked)
    if aliases.keys().isdisjoint(config.aliases.values()) or _is_policy(asked, config):
        return None
    return aliases.get(known_name(asked, config, swap=False) or "")


def _is_policy(asked: str, config: Config) -> bool:
    """Whether a name is a policy's, which goes before any pattern."""
    return asked in (DEFAULT, *config.policies) or any(asked in policy.aliases for policy in config.policies.values())


def upgrades(alias: VersionAlias, task: str | None, ramps: Iterable[Ramp]) -> tuple[Ramp, ...]:
    """The ramps by which the alias came from its first version to the one that it serves or tries, in order.

    The last of them is in progress, or full; all before it are done.
    """
    own = {ramp.original: ramp for ramp in ramps if ramp.alias == alias.name and _is_about(ramp, task)}
    version, path = alias.versions[0], []
    while (ramp := own.pop(version, None)) is not None:
        path.append(ramp)
        version = ramp.substitute
    return tuple(path)


def named_version(alias: VersionAlias, task: str | None, ramps: Iterable[Ramp]) -> str:
    """The version that the alias stands for before its last ramp has a say."""
    path = upgrades(alias, task, ramps)
    return path[-1].original if path else alias.versions[0]


def tried_last(
    models: tuple[str, ...], alias: VersionAlias, task: str | None, ramps: Iterable[Ramp]
) -> tuple[str, ...]:
    """The models in their order, but last the version that pairs have not decided on yet."""
    path = upgrades(alias, task, ramps)
    tried = path[-1].substitute if path and path[-1].share == 0 else None
    return tuple(sorted(models, key=lambda model: model == tried))


def bounded(alias: VersionAlias, task: str | None, ramps: Iterable[Ramp], permit: Permit | None) -> Permit:
    """What a key permits, of the versions that the alias has let in or tries on this kind of work."""
    own = alias.versions[0], *(ramp.substitute for ramp in upgrades(alias, task, ramps))
    allowed = permit.models if permit else None
    models = tuple(version for version in own if allowed is None or version in allowed)
    return replace(permit or Permit(), models=models)


def version_notes(alias: VersionAlias, decision: Decision, task: str) -> tuple[str, ...]:
    """Which version answers for an alias, and why: `alias:everyday->gpt-5.2-mini`, `version:coding:let_in:gpt-5-mini`.

    Of one that was let in last, the note names the version whose place it takes.
    """
    if decision.reason == "ramp":
        why = f"let_in:{decision.baseline}"
    elif decision.reason == "asked":
        why = "first" if decision.chosen == alias.versions[0] else "let_in"
    else:
        why = decision.reason
    return f"alias:{decision.asked}->{decision.chosen}", f"version:{task}:{why}"


def _is_about(ramp: Ramp, task: str | None) -> bool:
    return any(isinstance(test, OneOf) and test.subject == "task" and task in test.words for test in ramp.when.tests)
