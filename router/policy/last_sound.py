"""What is in force in a folder: its files, or the last revision that served where these are not sound.

Invariant: what a person wrote is never lost: a policies.yaml that gives way to a sound one is kept beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from router.config import from_documents, load
from router.config.files.atomic_write import replace_file
from router.config.files.yaml_source import parse
from router.config.load import POLICIES, build, read_documents
from router.errors import ConfigError
from router.ledger import DatabaseLedger
from router.ledger.policy_events import Event
from router.types import Config

Check = Callable[[Config], None]
"""Raises ConfigError for what loads and still must not serve: a test of its own fails."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force; `fault` says why the folder's own files are not, `broken` that policies.yaml is among them."""

    config: Config
    fault: ConfigError | None = None
    broken: bool = False


def standing(folder: Path | None, ledger: DatabaseLedger | None, check: Check) -> Standing:
    """What a folder serves; raises ConfigError where it is not sound and nothing sound has served before."""
    try:
        config = load(folder)
        check(config)
    except ConfigError as error:
        kept = None if folder is None or ledger is None else _last_served(folder, ledger)
        if folder is None or kept is None:
            raise
        return Standing(kept, error, raw_policies(folder) != kept.texts[POLICIES].encode())
    return Standing(config)


def set_aside(folder: Path, raw: bytes) -> str:
    """Keep a text beside policies.yaml, byte by byte; gives the name of its file."""
    name = f"policies.refused-{sha256(raw).hexdigest()[:8]}.yaml"
    replace_file(folder / name, raw)
    return name


def _last_served(folder: Path, ledger: DatabaseLedger) -> Config | None:
    """The last revision of the log that can serve still."""
    for event in reversed(ledger.events()):
        for attempt in (_with_its_text, _as_it_was):
            try:
                config = attempt(folder, ledger, event)
            except ConfigError:
                continue
            if config is not None:
                return config
    return None


def _with_its_text(folder: Path, _: DatabaseLedger, event: Event) -> Config:
    """The policies of a revision among the other files as they are now."""
    sources = read_documents(folder, instead=partial(parse, event.text.encode(), POLICIES))
    return build(sources, kept=True)


def _as_it_was(_: Path, ledger: DatabaseLedger, event: Event) -> Config | None:
    """All files of a revision: another than policies.yaml is not sound."""
    documents = ledger.configuration(event.revision)
    return replace(from_documents(documents), texts=ledger.texts(event.revision)) if documents else None


def raw_policies(folder: Path) -> bytes:
    """What stands in the policies.yaml of a folder; nothing where there is none."""
    try:
        return (folder / POLICIES).read_bytes()
    except OSError:
        return b""
