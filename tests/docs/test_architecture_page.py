"""docs/architecture.md shows the parts that the architecture tests enforce; the indexes have every page."""

import re
from pathlib import Path

from architecture.layout import PARTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "decisions"


def rows_under(heading: str) -> list[tuple[str, str]]:
    """The two columns of the table under a heading, without the head of the table."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    return rows[1:]


def test_the_page_shows_the_table_of_parts_in_its_order() -> None:
    shown = [
        tuple(name.rstrip("/") for name in re.findall(r"`([^`]+)`", names)) for names, _ in rows_under("The parts")
    ]
    assert shown == [part.names for part in PARTS]


def test_the_page_gives_each_part_its_purpose() -> None:
    for (_, purpose), part in zip(rows_under("The parts"), PARTS, strict=True):
        assert purpose.startswith(part.purpose)


def test_folders_are_shown_as_folders() -> None:
    for names, _ in rows_under("The parts"):
        for name in re.findall(r"`([^`]+)`", names):
            assert name.endswith((".py", "/"))


def test_the_words_of_the_glossary_stand_in_order() -> None:
    words = [word.strip("*") for word, _ in rows_under("Our own few words")]
    assert words == sorted(words)
    assert {"ramp", "band", "floor", "guard", "consent", "receipt", "surface", "baseline", "flip"} <= set(words)


def test_the_index_of_decisions_has_each_of_them_once() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index)
    assert linked == sorted(page.name for page in DECISIONS.glob("0*.md"))


def test_the_index_of_documents_has_each_page_once() -> None:
    docs = ROOT / "docs"
    linked = re.findall(r"\]\(([\w-]+\.md)\)", (docs / "README.md").read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(page.name for page in docs.glob("*.md") if page.name != "README.md")
