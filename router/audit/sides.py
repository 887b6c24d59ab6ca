"""The two sides of an audit: the endpoint that is audited, and a reference that answers live or from a file.

Invariant: an answer of a file is given out once; each side has its own price.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol as Shape

from router.audit.audit_budget import FREE, CallPrice
from router.audit.endpoint_client import Endpoint, Reply
from router.audit.enrolled_file import EnrolledFile
from router.audit.wire_shapes import Parameters, Said
from router.money import ZERO


class Reference(Shape):
    """What the audited answers are compared with."""

    price: CallPrice | None

    @property
    def place(self) -> str:
        """Where it is, as it may be shown."""

    def has(self, prompt: str, count: int) -> bool:
        """Whether it can give so many answers to a prompt."""

    def worst(self, prompt: str, wanted: Parameters) -> Decimal:
        """The most that an answer can cost."""

    def ask(self, prompt: str, wanted: Parameters) -> Reply:
        """One answer; raises CallFailed."""


@dataclass(slots=True)
class Live:
    """An endpoint with its price, or None where that is not known.

    `accounts` are the same endpoint under other keys: calls go round all of them, one after another.
    """

    endpoint: Endpoint
    price: CallPrice | None
    accounts: tuple[Endpoint, ...] = ()
    _asked: int = 0

    @property
    def place(self) -> str:
        """Its address."""
        return self.endpoint.place

    def has(self, prompt: str, count: int) -> bool:
        """Always: it can be asked again."""
        return bool(prompt) and count > 0

    def worst(self, prompt: str, wanted: Parameters) -> Decimal:
        """The most that a call can cost."""
        asked = f"{wanted.system or ''}{prompt}"
        return self.price.worst(asked, wanted.max_tokens) if self.price else ZERO

    def ask(self, prompt: str, wanted: Parameters) -> Reply:
        """One answer; raises CallFailed."""
        every = (self.endpoint, *self.accounts)
        self._asked += 1
        return every[(self._asked - 1) % len(every)].ask(prompt, wanted)


@dataclass(slots=True)
class FromFile:
    """The answers of an enrolled file, each of which is given once; they cost nothing any more."""

    path: str
    file: EnrolledFile
    price: CallPrice | None = FREE
    _left: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left = {row.prompt: list(row.answers) for row in self.file.asked}

    @property
    def place(self) -> str:
        """The file, and from when it is."""
        return f"{self.path} ({self.file.channel}, {self.file.begun[:10]})"

    def has(self, prompt: str, count: int) -> bool:
        """Whether so many answers are left."""
        return len(self._left.get(prompt, ())) >= count

    def worst(self, prompt: str, wanted: Parameters) -> Decimal:  # noqa: ARG002 - another reference asks
        """Nothing."""
        return ZERO

    def ask(self, prompt: str, wanted: Parameters) -> Reply:  # noqa: ARG002 - the file was asked with its own
        """The next answer."""
        text = self._left[prompt].pop(0)
        said = Said(text=text, model=self.file.model, input_tokens=None, output_tokens=None, finish=None)
        return Reply(said, {}, 0.0)


def prompts_of(files: Sequence[EnrolledFile]) -> tuple[str, ...]:
    """The prompts that all of the files answer, in the order of the first."""
    first, *others = files
    also = [{row.prompt for row in file.asked} for file in others]
    return tuple(row.prompt for row in first.asked if all(row.prompt in prompts for prompts in also))
