"""The Korean documents keep step with the English ones: structure, commands, links and figures are the same."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from router.bench.partner.noon_texts import NAME
from router.scenarios.scenario_file import FOLDER, names

ROOT = Path(__file__).resolve().parents[2]
PAIRS = {
    "README": (ROOT / "README.md", ROOT / "docs/ko/README.md"),
    "story": (ROOT / "docs/story.md", ROOT / "docs/ko/story.md"),
}
OWN_LINKS = {"story.md"}
"""What the Korean README leads to beside what the English one does."""
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
WORDS = {"two": "2", "six": "6", "five": "5"}
"""Small numbers that English writes as words and Korean as digits."""


def texts(name: str) -> tuple[str, str]:
    english, korean = PAIRS[name]
    return english.read_text(encoding="utf-8"), korean.read_text(encoding="utf-8")


def headings(text: str) -> list[str]:
    return re.findall(r"^#+(?= )", FENCE.sub("", text), re.MULTILINE)


def links(page: Path, text: str) -> Counter[str]:
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", FENCE.sub("", text))
    return Counter(str((page.parent / link).resolve().relative_to(ROOT)) for link in found if "://" not in link)


def figures(text: str) -> set[str]:
    """The numbers of the prose, with those that stand as words."""
    prose = re.sub(r"\]\([^)]*\)|`[^`]*`|\b[A-Za-z]+[-\d.]*\d\b", "", FENCE.sub("", text))
    return set(re.findall(r"\d+(?:\.\d+)?", prose))


@pytest.mark.parametrize("name", PAIRS)
def test_both_have_the_same_headings_tables_and_lists(name: str) -> None:
    english, korean = texts(name)
    assert headings(english) == headings(korean)
    for mark in (r"^\|", r"^\d+\. ", r"^!\["):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, korean, re.MULTILINE)), mark


@pytest.mark.parametrize("name", PAIRS)
def test_both_have_the_same_commands(name: str) -> None:
    english, korean = texts(name)
    assert FENCE.findall(english) == FENCE.findall(korean)
    assert Counter(re.findall(r"`(fungible [^`]+)`", english)) == Counter(re.findall(r"`(fungible [^`]+)`", korean))


@pytest.mark.parametrize("name", PAIRS)
def test_both_lead_to_the_same_places(name: str) -> None:
    (english, korean), (one, other) = texts(name), PAIRS[name]
    ours = {f"docs/ko/{link}" for link in OWN_LINKS} if name == "README" else set()
    assert {**links(other, korean)}.keys() - ours == links(one, english).keys()


@pytest.mark.parametrize("name", PAIRS)
def test_both_have_the_same_figures(name: str) -> None:
    english, korean = texts(name)
    words = {WORDS[word] for word in WORDS if re.search(rf"\b{word}\b", english, re.IGNORECASE)}
    assert figures(english) <= figures(korean)
    assert figures(korean) <= figures(english) | words


def test_the_story_names_every_scenario_under_its_row() -> None:
    story = texts("story")[0]
    rows = dict(re.findall(r"^\| (R\d+) \|(.*)$", story, re.MULTILINE))
    assert list(rows) == [f"R{number}" for number in range(1, 16)]
    for name in names():
        scenario = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        for row in scenario["row"].split(", "):
            assert f"`fungible scenario run {name}`" in rows[row]
    assert NAME in rows["R14"]
