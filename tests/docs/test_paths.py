"""Every path, module, link and anchor that the documents name leads somewhere."""

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Decisions up to this one name files as they were called in their day: they are history.
LAST_OF_OLD_NAMES = 20

_CODE = re.compile(r"```.*?```", re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
# Not inside an address (`https://.../docs/`) or another path.
_PATH = re.compile(r"(?<![\w./:-])((?:router|tests|providers|seeds|docs)/[\w./-]*)([*<]?)")
_MODULE = re.compile(r"(?<![\w./@:])(?:router|providers)(?:\.[a-z_]\w*)+")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def paths_in(text: str) -> Iterator[str]:
    """Paths from the root of the repository; a pattern such as `tests/unit/<part>/` counts up to its first gap."""
    for path, gap in _PATH.findall(text):
        yield path[: path.rindex("/") + 1] if gap else path.rstrip(".-")


def missing_modules(text: str) -> list[str]:
    """Dotted names such as `router.decision.decide.decide` that are neither a module nor something in one."""
    names = {name for name in _MODULE.findall(text) if not name.endswith((".yaml", ".md"))}
    return sorted(name for name in names if not resolves(name))


def resolves(name: str) -> bool:
    """Whether a dotted name can be imported."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as they are made by those who show Markdown."""
    plain = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", title) for title in _HEADING.findall(_CODE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


def broken_links(page: Path) -> list[str]:
    """Links of a page to files that are not there, or to headings that no page has."""
    broken = []
    for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        place = page.parent / name if name else page
        if not place.exists() or (anchor and anchor not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(target)
    return broken


def is_history(page: Path) -> bool:
    """Whether a page is a decision from before the files had their names of today."""
    return page.parent.name == "decisions" and page.name[:4].isdigit() and int(page.name[:4]) <= LAST_OF_OLD_NAMES


@pytest.mark.parametrize("page", [page for page in PAGES if not is_history(page)], ids=name_of)
def test_every_path_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert sorted({path for path in paths_in(text) if not (ROOT / path).exists()}) == []


@pytest.mark.parametrize("page", [page for page in PAGES if not is_history(page)], ids=name_of)
def test_every_module_that_is_named_exists(page: Path) -> None:
    assert missing_modules(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_anchor_exists(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_page_can_be_reached_from_another(page: Path) -> None:
    if page == ROOT / "README.md":
        return
    others = [other for other in PAGES if other != page]
    assert any(page in _targets(other) for other in others)


def _targets(page: Path) -> set[Path]:
    links = _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
    return {(page.parent / link.partition("#")[0]).resolve() for link in links if not link.startswith("http")}


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("see `router/types/chat.py`.", ["router/types/chat.py"]),
        ("in `router/decision/`, and", ["router/decision/"]),
        ("[a](docs/policies.md#when)", ["docs/policies.md"]),
        ("https://example.com/docs/page and my/router/x", []),
        ("`tests/unit/<part>/test_x.py` and `tests/docs/test_*.py`", ["tests/unit/", "tests/docs/"]),
        ("ends with router/reports.py.", ["router/reports.py"]),
    ],
)
def test_paths_are_seen_in_prose(text: str, paths: list[str]) -> None:
    assert list(paths_in(text)) == paths


def test_anchors_are_those_of_headings_outside_code() -> None:
    text = "# GPU generations\n```sh\n# not one\n```\n## What `verify` finds, and [why](x.md)\n### 2. A floor\n"
    assert anchors(text) == {"gpu-generations", "what-verify-finds-and-why", "2-a-floor"}


def test_modules_are_seen_in_prose() -> None:
    text = "`router.decision.decide.decide()`, `router.nowhere`, `providers.yaml`, `fungible.providers`."
    assert missing_modules(text) == ["router.nowhere"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](gone.md) [d](page.md#here) [e](https://x.test/#y)\n")
    assert broken_links(page) == ["#there", "gone.md"]
