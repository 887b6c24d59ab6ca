"""The aliases over versions of a configuration, with what a ledger knows of their upgrades, for commands."""

from pathlib import Path
from typing import NamedTuple

from router.cli.ramp.open_ramps import governed
from router.errors import NotFound
from router.ledger.location import Place
from router.ramps.jaggedness import OnTask, jaggedness
from router.suggest import nearest
from router.types import VersionAlias

Lines = dict[str, tuple[OnTask, ...]]


class Opened(NamedTuple):
    """An alias, and every version of it by kind of work."""

    alias: VersionAlias
    lines: Lines


def opened_aliases(folder: Path | None, place: Place) -> list[Opened]:
    """Every alias; raises ConfigError."""
    with governed(folder, place) as governor:
        files, states = governor.files, governor.store.states()
    models = {model.id: model for model in files.models}
    aliases = files.version_aliases.values()
    return [Opened(alias, jaggedness(alias, models, files.plans, states)) for alias in aliases]


def opened_alias(name: str, folder: Path | None, place: Place) -> Opened:
    """One alias; raises NotFound."""
    aliases = opened_aliases(folder, place)
    known = [each.alias.name for each in aliases]
    if name not in known:
        there = nearest(name, known) if known else " There are none: docs/aliases.md shows how to write one."
        raise NotFound(f"No alias over versions is called {name!r}.{there}", param="name")
    return aliases[known.index(name)]
