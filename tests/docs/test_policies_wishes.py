"""docs/policies-wishes.md: every wish is granted by a file that lints clean and whose tests pass."""

import re
from datetime import date
from pathlib import Path

import pytest
from builders import ask, features

from router.api.assembly import shipped_reader
from router.api.live_config import try_with
from router.config import load
from router.config.load import sources_with, with_policies
from router.decision.decide import decide
from router.policy.lint import lint
from router.types import Situation

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


def test_an_owners_share_is_capped_ahead_of_time(tmp_path: Path) -> None:
    """docs/ramps.md says it, and the page leads there."""
    assert "ramps.md#an-owners-share-ahead-of-time" in PAGE
    section = (DOCS / "ramps.md").read_text(encoding="utf-8").split("## An owner's share, ahead of time\n")[1]
    (tmp_path / "ramps.yaml").write_text(section.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    config = load(tmp_path)
    openai = {model.id for model in config.models if model.family == "GPT"}
    assert {ramp.original for ramp in config.ramps} == openai
    for task in ("coding", "chat"):
        hard = features(task=task, difficulty=1.0 if task == "coding" else -3.0)
        asks = [ask(None, "any", policy="quality", unit=f"conversation-{unit}") for unit in range(1_000)]
        chosen = [decide(hard, each, Situation(date(2026, 11, 21)), config) for each in asks]
        assert {decision.baseline in openai for decision in chosen} == {True}
        # Within three standard errors; the same conversations on any day and any machine, so that chance has no say.
        assert abs(sum(decision.chosen in openai for decision in chosen) - 300) <= 43


def test_the_guide_leads_to_the_page() -> None:
    assert "policies-wishes.md" in (DOCS / "policies.md").read_text(encoding="utf-8")
