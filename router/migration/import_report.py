"""What an import says of its input, line by line, the most dangerous first."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from router.migration.source_node import Where

Kind = Literal["refused", "protection", "meaning", "left_out", "assumed", "unused", "carried"]
# A shorter one may be part of any word; no sentence repeats values of its own accord.
SHORTEST_SECRET = 8
KINDS: tuple[Kind, ...] = get_args(Kind)
HEADINGS: dict[Kind, str] = {
    "refused": "Refused: mend these lines, then import again",
    "protection": "Stops protecting",
    "meaning": "Changes its meaning",
    "left_out": "Does not come over",
    "assumed": "Look at these numbers: nobody wrote them",
    "unused": "Needs nothing here",
    "carried": "Came over",
}
SKIPPED = "Refused, and left out: mend these lines, and import again into another folder"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about a line of the input; what is `first` stands before others of its kind."""

    kind: Kind
    where: Where
    sentence: str
    first: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it stands in the JSON report."""
        return {"kind": self.kind, "file": self.where.file, "line": self.where.line, "sentence": self.sentence}


@dataclass(slots=True)
class Notes:
    """Collects notes; `secrets` are texts that no sentence may repeat."""

    notes: list[Note] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def add(self, kind: Kind, where: Where, sentence: str, *, first: bool = False) -> None:
        """Note a sentence once."""
        note = Note(kind, where, sentence, first)
        if note not in self.notes:
            self.notes.append(note)

    def count(self, kind: Kind) -> int:
        """How many notes are of a kind."""
        return sum(note.kind == kind for note in self.notes)

    def hide(self, secret: str) -> None:
        """Never repeat this text."""
        if len(secret) >= SHORTEST_SECRET:
            self.secrets.add(secret)

    def in_order(self) -> tuple[Note, ...]:
        """Kind by kind, then line by line, without a secret."""
        ordered = sorted(self.notes, key=lambda note: (KINDS.index(note.kind), not note.first, note.where))
        return tuple(replace(note, sentence=scrubbed(note.sentence, self.secrets)) for note in ordered)


@dataclass(frozen=True, slots=True)
class Imported:
    """The files of the folder by name, as plain data, and the report; where there can be no folder there are no files.

    `commands` are what is left to be done by hand, `default` is the policy that `auto` means. Where nothing is written,
    `rest` is whether something could be without the lines that are refused.
    """

    files: dict[str, Any]
    notes: tuple[Note, ...]
    commands: tuple[str, ...] = ()
    default: str = ""
    rest: bool = False

    @property
    def refused(self) -> bool:
        """Whether there is no folder."""
        return not self.files

    def count(self, kind: Kind) -> int:
        """How many notes are of a kind."""
        return sum(note.kind == kind for note in self.notes)

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "refused": self.refused,
            "files": sorted(self.files),
            "default_policy": self.default or None,
            "counts": {kind: self.count(kind) for kind in KINDS},
            "notes": [note.to_json() for note in self.notes],
            "commands": list(self.commands),
        }


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret out of it, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
