"""Abilities of a fit are not laid in silence against difficulties that another reader read."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from router.cli.policy.replay_scales import scales_warning, wordless
from router.config import load
from router.types import Config


def with_loadings(count: int, first_only: bool = False) -> Config:
    config = load()
    models = [
        replace(model, abilities=replace(model.abilities, loadings=(0.5,) * count)) if not (first_only and n) else model
        for n, model in enumerate(config.models)
    ]
    return replace(config, models=tuple(models))


def log_of(traits: int) -> Any:
    return SimpleNamespace(traits=np.zeros((3, traits)))


@pytest.mark.parametrize(
    ("loadings", "traits", "words"),
    [(0, 0, ""), (2, 2, ""), (2, 0, "read by the shipped reader"), (0, 2, "read by a fit with 2 traits")],
)
def test_two_scales_are_said(loadings: int, traits: int, words: str) -> None:
    shown = scales_warning(log_of(traits), with_loadings(loadings), "ledger")
    assert words in shown
    assert bool(words) == bool(shown)


def test_a_catalog_of_two_scales_is_said() -> None:
    assert "are not of the fit" in scales_warning(log_of(2), with_loadings(2, first_only=True), "prompts.jsonl")


def test_a_reader_has_nothing_to_read_in_a_ledger() -> None:
    assert "keeps no words" in wordless(Path("fit"), "ledger")
    assert wordless(None, "ledger") == wordless(Path("fit"), "workload") == ""
