"""docs/money.md is true: its example prints what it says, its terms load, and every term that there is stands in it."""

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from cli.running import fungible

from docs.test_documents import ROOT, blocks
from router.accounting.savings.baselines import BASELINES
from router.accounting.savings.clustered_intervals import LEAST_CLUSTERS
from router.accounting.savings.counterfactual_lengths import LEAST
from router.config import load
from router.config.files.seed_data import load_facts
from router.types import Contracts, Partner

PAGE = ROOT / "docs" / "money.md"
TEXT = PAGE.read_text(encoding="utf-8")
RAMPS, TERMS = blocks(PAGE, "yaml")
(PROGRAM,) = blocks(PAGE, "python")
SHOWN, ASKED = blocks(PAGE, "console")
COLUMNS = "100"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "ramps.yaml").write_text(RAMPS, encoding="utf-8")
    return tmp_path


def printed(folder: Path) -> str:
    """What the example's command prints, once its program has run."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        exec(compile(PROGRAM, "example", "exec"), {})
    finally:
        os.chdir(here)
    shown = fungible(folder, "money", "--data", "example", columns=COLUMNS)
    assert shown.returncode == 0, shown.stderr
    return "\n".join(line.rstrip() for line in shown.stdout.splitlines())


def test_the_example_prints_what_the_page_says(example: Path) -> None:
    actual = printed(example)
    command, output = SHOWN.split("\n", 1)
    assert command == "$ fungible money --data example"
    for piece in output.split("...\n"):
        assert piece.strip("\n") in actual


def test_charged_as_asked_it_prints_the_other_line(example: Path) -> None:
    policies = "default: balanced\npolicies:\n"
    policies += "  balanced: {because: x, band: 0.02, charge: asked}\n"
    policies += "  house-first: {because: x, band: 0.12, prefer: Microsoft}\n"
    (example / "example" / "policies.yaml").write_text(policies)
    assert ASKED.strip("\n") in printed(example)


def test_the_terms_load_and_are_all_there_are(tmp_path: Path) -> None:
    (tmp_path / "contracts.yaml").write_text(TERMS, encoding="utf-8")
    contracts = load(tmp_path).contracts
    assert contracts.partners["OpenAI"].roles[0].role == "agent"
    assert contracts.discounts[0].models[-1] == "llama-4-maverick"
    written = yaml.safe_load(TERMS)
    assert set(written) == {field.name for field in fields(Contracts)}
    assert set(written["partners"]["OpenAI"]) == {field.name for field in fields(Partner)}


def test_the_numbers_and_words_of_the_page_are_the_real_ones() -> None:
    assert f"where they are fewer than {LEAST}, to everybody" in TEXT
    assert f"given from {LEAST_CLUSTERS} conversations on" in TEXT
    for name in BASELINES:
        assert f"`{name}`" in TEXT


def test_shipped_terms_name_facts_that_exist() -> None:
    ids = {fact.id for fact in load_facts()}
    partner = load().contracts.partners["OpenAI"]
    for term in (*partner.shares, *partner.royalty_free):
        named = set(re.findall(r"[a-z]+(?:-[a-z0-9]+)+", term.source))
        assert named
        assert named <= ids, term.source
