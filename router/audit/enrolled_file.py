"""A file of answers of one model to a list of prompts: a reference for later, or a substitute to look for.

Invariant: what the file holds was answered at one channel on stated days; a prompt stands in it once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import orjson
from annotated_types import MinLen
from pydantic import TypeAdapter, ValidationError

from router.errors import ConfigError

Text = Annotated[str, MinLen(1)]
KIND = "fungible/enrolled@v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt and the answers that it got, in the order in which they came."""

    __pydantic_config__ = {"extra": "forbid"}

    prompt: Text
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledFile:
    """The model as it was asked for, where and when, with which parameters, and what it answered.

    `says` counts the names under which the answers came.
    """

    __pydantic_config__ = {"extra": "forbid"}

    kind: Text
    model: Text
    channel: str
    begun: str
    ended: str
    parameters: Mapping[str, int | float | str | None]
    asked: Annotated[tuple[Asked, ...], MinLen(1)]
    says: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many answers it holds."""
        return sum(len(row.answers) for row in self.asked)


def read_enrolled(path: Path) -> EnrolledFile:
    """The file; raises ConfigError."""
    try:
        read = TypeAdapter(EnrolledFile).validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in fault["loc"]) or "the file"
        raise ConfigError([f"{path}: {where}: {fault['msg']}; `fungible audit enroll` writes such a file."]) from None
    if read.kind != KIND:
        raise ConfigError([f"{path}: kind is {read.kind!r}, and not {KIND!r}."])
    return read


def write_enrolled(path: Path, made: EnrolledFile) -> None:
    """Write the file, readable for its owner alone since answers may be private."""
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n")
