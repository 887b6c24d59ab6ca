"""docs/policies-wishes.md: every wish is granted by a file that lints clean and whose tests pass."""

import re
from datetime import date
from pathlib import Path

import pytest

from router.api.assembly import shipped_reader
from router.api.live_config import try_with
from router.config import load
from router.config.load import sources_with, with_policies
from router.policy.lint import lint

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "policies-wishes.md").read_text(encoding="utf-8")
GRANTED = re.findall(r"^### ([^\n]+)\n(?:(?!^#).)*?```yaml\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("wish", "text"), GRANTED, ids=[wish for wish, _ in GRANTED])
def test_a_wish_is_granted_by_a_file_whose_tests_pass_and_in_which_nothing_is_found(wish: str, text: str) -> None:
    config = with_policies(load(), text.encode())
    tried = try_with(config, shipped_reader())
    assert tried, wish
    assert [outcome.sentence for outcome in tried if not outcome.passed] == []
    assert [finding.sentence for finding in lint(sources_with(load(), text.encode()), date(2026, 11, 21), 180)] == []


def test_every_file_on_the_page_belongs_to_a_wish() -> None:
    assert len(GRANTED) == PAGE.count("```yaml")
    assert len({wish for wish, _ in GRANTED}) == len(GRANTED)


def test_the_guide_leads_to_the_page() -> None:
    assert "policies-wishes.md" in (DOCS / "policies.md").read_text(encoding="utf-8")
