"""The documents are written in words that a reader from elsewhere knows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Each with what to write in its place.
SLOW = {
    "dear": "expensive",
    "told": "shown, recorded, reported",
    "stands": "is",
    "beside it": "compared with it",
    "in force": "active",
    "heard": "parsed, read",
}


def prose(text: str) -> str:
    """The words of a page, without code, commands and their outputs."""
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_word_slows_a_reader(page: Path) -> None:
    words = prose(page.read_text(encoding="utf-8"))
    assert {word: plain for word, plain in SLOW.items() if re.search(rf"\b{word}\b", words)} == {}
