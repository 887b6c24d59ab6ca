"""What a person names with `--compare`: a kind of contender, and which of that kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from router.errors import BadRequest
from router.suggest import nearest

Named = Literal["policy", "column", "url", "model", "reader"]
Plain = Literal["random", "length", "shipped", "fit", "oracle", "hull"]
NAMED, PLAIN = get_args(Named), get_args(Plain)
FORMS = f"{', '.join(PLAIN)}, or {', '.join(f'{kind}:NAME' for kind in NAMED)}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One contender; `name` is empty for those of which there is one alone."""

    kind: str
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in tables: `policy cost`, `length`."""
        return f"{self.kind} {self.name}" if self.name else LABELS.get(self.kind, self.kind)


LABELS = {"hull": "hull of single models"}


def parse_wanted(words: Sequence[str]) -> tuple[Wanted, ...]:
    """Contenders in the order in which they were named, the first of which others are compared with.

    Raises BadRequest.
    """
    wanted = tuple(_parsed(word.strip()) for word in words)
    if twice := next((each.label for place, each in enumerate(wanted) if each in wanted[:place]), None):
        raise BadRequest(f"--compare names {twice!r} twice.")
    return wanted


def _parsed(word: str) -> Wanted:
    kind, colon, name = word.partition(":")
    if kind in PLAIN and not colon:
        return Wanted(kind)
    if kind in NAMED and name.strip():
        return Wanted(kind, name.strip())
    if kind in NAMED:
        raise BadRequest(f"--compare {word!r} names no {kind}: it is written {kind}:NAME.")
    raise BadRequest(f"--compare {word!r} is none of {FORMS}.{nearest(kind, (*PLAIN, *NAMED))}")
