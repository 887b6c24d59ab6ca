"""What any sane reader must get right, in English and Korean, as data; a new reader is added to READERS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from router.decision.features import excerpt
from router.reading.artefact import load_reader
from router.types import Message, Reader, Reading

READERS: list[Callable[[], Reader]] = [load_reader]
GOLDEN: dict[str, list[Any]] = json.loads((Path(__file__).parent / "readings.json").read_text(encoding="utf-8"))


def reading(reader: Reader, *turns: list[str]) -> Reading:
    """The reading of a conversation: `[role, text]` for each turn."""
    return reader.read(excerpt(tuple(Message(role, text) for role, text in turns)))  # type: ignore[arg-type]


@pytest.fixture(params=READERS, ids=lambda factory: factory.__name__, scope="module")
def reader(request: pytest.FixtureRequest) -> Reader:
    made: Reader = request.param()
    return made


@pytest.mark.parametrize("case", GOLDEN["plain"], ids=[case["text"][:40] for case in GOLDEN["plain"]])
def test_a_plain_text_is_read_right(reader: Reader, case: dict[str, str]) -> None:
    measured = reading(reader, ["user", case["text"]])
    assert (measured.task, measured.language) == (case["task"], case["language"])


@pytest.mark.parametrize("case", GOLDEN["orders"], ids=[case["name"] for case in GOLDEN["orders"]])
def test_the_harder_is_read_as_harder(reader: Reader, case: dict[str, Any]) -> None:
    harder, easier = (reading(reader, *case[side]) for side in ("harder", "easier"))
    assert harder.difficulty > easier.difficulty
