"""Traits of a fitted reader move a model's chance by its loadings, in decide() as in the fit."""

from dataclasses import replace
from typing import Any

import pytest

from router.decision.scoring import sigmoid, sumprod
from router.types import Config, Features


def loaded(config: Config, model: str, loadings: tuple[float, ...]) -> Config:
    rows = tuple(
        replace(row, abilities=replace(row.abilities, loadings=loadings)) if row.id == model else row
        for row in config.models
    )
    return replace(config, models=rows)


def test_a_trait_changes_the_choice_through_the_loadings() -> None:
    from datetime import date

    from router.config import load
    from router.decision.decide import decide
    from router.types import Ask, Situation

    plain: dict[str, Any] = {"needs": (), "choices": 1, "output_limit": 0, "input_tokens_error": 0.0}
    features = Features(
        task="coding",
        task_probability=0.9,
        difficulty=2.0,
        difficulty_error=1.0,
        language="en",
        input_tokens=50,
        output_tokens=200,
        **plain,
    )
    ask, day = Ask(asked="quality", policy="quality", model=None, consent="any", unit=""), Situation(date(2026, 11, 21))
    config = loaded(load(), "phi-4-mini", (3.0,))
    assert decide(features, ask, day, config).chosen == "gpt-5"
    moved = decide(replace(features, traits=(2.0,)), ask, day, config)
    assert moved.chosen == "phi-4-mini"
    assert moved.candidate("phi-4-mini").quality == pytest.approx(sigmoid(0.8 + 6.0 - 2.0))
    assert moved.candidate("gpt-5").quality == pytest.approx(sigmoid(3.2 - 2.0))


def test_a_model_without_loadings_is_not_moved_and_nothing_is_moved_without_end() -> None:
    assert sumprod((), (1.0, 2.0)) == 0
    assert sumprod((1.0, -1.0), (3.0, 1.0)) == 2
    assert sumprod((1000.0,), (1000.0,)) == 20
    assert sumprod((-1000.0,), (1000.0,)) == -20
