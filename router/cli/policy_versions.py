"""What a person calls a version of the policies: a folder, a file, a revision, a policy, or what is in force."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from router.config import from_documents, load
from router.config.load import with_policies
from router.decision.resolve import policy_name, policy_names
from router.errors import NotFound
from router.ledger.location import Place
from router.suggest import nearest
from router.types import Config


class Version(NamedTuple):
    """A configuration with the words by which it was named; `policy` where the words named one policy of it."""

    name: str
    config: Config
    policy: str | None = None


def find_version(words: str, folder: Path | None, place: Place) -> Version:
    """The version that the words name; raises NotFound, or ConfigError for files that are wrong."""
    if words in ("current", "shipped"):
        return Version(words, load(folder if words == "current" else None))
    path = Path(words)
    if path.is_dir():
        return Version(words, load(path))
    if path.is_file():
        return Version(words, with_policies(load(folder), path.read_bytes(), words))
    current = load(folder)
    if (name := policy_name(words, current)) is not None:
        return Version(words, current, name)
    if (kept := revision_of(words, place)) is not None:
        return Version(words, kept)
    hint = nearest(words, ["current", "shipped", *policy_names(current)])
    raise NotFound(f"{words!r} is no folder, no file, no policy and no revision of the log.{hint}")


def revision_of(revision: str, place: Place) -> Config | None:
    """A configuration that the ledger keeps, or None."""
    if not place.has_ledger():
        return None
    with closing(place.ledger()) as ledger:
        documents = ledger.configuration(revision)
        texts = ledger.texts(revision)
    return replace(from_documents(documents), texts=texts) if documents else None
